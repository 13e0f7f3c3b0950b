package cli

import (
	"io"
	"strings"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

// liveFlags are of a repair of this PC alone.
type liveFlags struct {
	NoRestart bool          `help:"this PC: never restart it; say that it must be, and wait"`
	Wait      time.Duration `help:"this PC: how long to wait for an update that is being installed" default:"10m" placeholder:"DURATION"`
	TimeLimit time.Duration `help:"this PC: begin nothing more after this time; what was begun goes on by itself later" placeholder:"DURATION"`
}

// limit gives o what the flags allow.
func (f liveFlags) limit(o *doctor.FixOptions) {
	o.NoRestart, o.Wait, o.Limit = f.NoRestart, f.Wait, f.TimeLimit
}

// fixLive carries the plan out on this PC.
func (c *fixCmd) fixLive(a *app) error {
	pc, err := surgery.pc()
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.done()
	o := c.options(a, bar)
	c.limit(&o)
	if o.Confirm != nil {
		a.askLive(&o, bar)
	}
	fixed, err := surgery.fixLive(a.ctx, pc, o)
	return a.receipt(fixed, err, bar)
}

// askLive lets the person be asked before steps, risks, gates and restarts.
func (a *app) askLive(o *doctor.FixOptions, bar *progress) {
	o.Confirm = func(p *doctor.Proposal) (bool, error) { return a.proposeLive(p, bar) }
	o.Accepts = func(what string) (bool, error) {
		bar.done()
		err := a.askAccept(what)
		if codeOf(err) == "declined" {
			return false, nil
		}
		return err == nil, err
	}
}

// proposeLive shows what is about to be done on this PC and asks.
func (a *app) proposeLive(p *doctor.Proposal, bar *progress) (bool, error) {
	bar.done()
	if p.Restart {
		return a.yes(a.text("ui.ask.live.restart"))
	}
	o := a.reportOptions()
	o.Format = "text"
	if err := report.WriteLiveProposal(a.Err, p.Steps, p.Diagnosis, a.base, o); err != nil {
		return false, err
	}
	return a.yes(a.text("ui.ask.live.begin"))
}

// resumeLive goes on with what waits on this PC; tried is false if there is nothing, or
// this is no Windows.
func (a *app) resumeLive(o doctor.FixOptions, bar *progress) (fixed *doctor.Fixed, tried bool, err error) {
	pc, err := surgery.pc()
	if err != nil {
		return nil, false, nil
	}
	if a.canAsk() {
		a.askLive(&o, bar)
	}
	fixed, err = surgery.resumeLive(a.ctx, pc, o)
	return fixed, codeOf(err) != "nothing-to-resume", err
}

// undoLive takes back what was done on this PC, after a yes.
func (a *app) undoLive(id string, o doctor.FixOptions, yes bool, bar *progress) (fixed *doctor.Fixed, tried bool, err error) {
	pc, err := surgery.pc()
	if err != nil {
		return nil, false, nil
	}
	if !yes {
		o.Confirm = func(*doctor.Proposal) (bool, error) {
			bar.done()
			if !a.canAsk() {
				return false, &model.Error{Code: "answer-needed"}
			}
			return a.yes(a.text("ui.ask.live.undo"))
		}
	}
	fixed, err = surgery.undoLive(a.ctx, pc, id, o)
	return fixed, codeOf(err) != "nothing-to-undo", err
}

// last shows how the last repair of this PC came out, or what it waits for.
func (c *historyCmd) last(a *app) error {
	r, err := surgery.result(c.Journal)
	if err != nil {
		return err
	}
	if r == nil {
		return a.write(func(w io.Writer) error {
			_, err := io.WriteString(w, a.text("ui.live.result.none")+"\n")
			return err
		})
	}
	err = a.write(func(w io.Writer) error { return report.WriteReceipt(w, r, nil, a.base, a.reportOptions()) })
	if err == nil && c.Pause && a.canAsk() {
		_, err = a.ask(a.text("ui.live.pause"))
	}
	return err
}

type watchCmd struct {
	For    string        `help:"KB number of the update" placeholder:"KB"`
	Tries  int           `help:"how often it is tried at most" default:"3" placeholder:"N"`
	Budget time.Duration `help:"stop after this time" placeholder:"DURATION"`
	Every  time.Duration `help:"time between two tries" default:"15m" placeholder:"DURATION"`
	Yes    bool          `help:"do not ask before the first try"`
	journalFlags
	liveFlags
}

// Run installs one update again until it is in, or no further try would change anything.
func (c *watchCmd) Run(a *app) error {
	m := kbPattern.FindStringSubmatch(c.For)
	switch {
	case m == nil:
		return &model.Error{Code: "watch-kb-needed"}
	case !c.Yes && !a.canAsk():
		return &model.Error{Code: "answer-needed"}
	}
	pc, err := surgery.pc()
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.done()
	o := doctor.FixOptions{Options: doctor.Options{Knowledge: a.base}, Journal: c.Journal, Doing: bar.doing}
	c.limit(&o)
	if !c.Yes {
		a.askLive(&o, bar)
	}
	v, fixed, err := surgery.watch(a.ctx, pc, doctor.WatchOptions{FixOptions: o, KB: "KB" + m[1], Tries: c.Tries, Budget: c.Budget, Between: c.Every})
	bar.done()
	if err != nil {
		return err
	}
	return a.watched(v, fixed)
}

// watched prints how the update stands; a try that waits or was refused says why.
func (a *app) watched(v *model.Verification, fixed *doctor.Fixed) error {
	if fixed != nil && v.Verdict != model.VerifyCured && v.Stopped == "" {
		if verdict := fixed.Receipt.Verdict; verdict == model.FixRefused || verdict == model.FixWaiting {
			return a.receipt(fixed, nil, a.progress())
		}
	}
	a.exit = v.ExitCode
	return a.write(func(w io.Writer) error { return report.WriteVerify(w, v, a.base, a.reportOptions()) })
}

type remindCmd struct {
	Text  string `arg:"" help:"id of the text that is shown"`
	Until string `help:"condition that ends the reminder" required:"" placeholder:"CONDITION"`
}

// Run reminds whoever signs in of what a repair left to the person. A task starts it, so
// the window waits until it was read; what needs no reminder any more shows nothing.
func (c *remindCmd) Run(a *app) error {
	if !strings.HasPrefix(c.Text, "remind.") || a.text(c.Text) == "" {
		return &model.Error{Code: "unexpected-argument", Args: model.Args{"what": c.Text}}
	}
	pc, err := surgery.pc()
	if err != nil {
		return err
	}
	still, err := surgery.remind(a.ctx, pc, c.Until, doctor.Options{Knowledge: a.base})
	if err != nil || !still {
		return err
	}
	if err := a.sayLine(a.Out, c.Text); err != nil || !a.canAsk() {
		return err
	}
	_, err = a.ask("\n" + a.text("ui.live.pause"))
	return err
}
