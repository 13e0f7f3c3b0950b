package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
	"updoc/source"
)

// sourceFlags name what is looked at.
type sourceFlags struct {
	Source string `arg:"" optional:"" help:"nothing: this PC; else a disk, a disk image, a folder or a bundle"`
	Volume string `help:"the Windows volume, if a disk has several" placeholder:"ID"`
}

type diagnoseCmd struct {
	sourceFlags
	Online   bool   `help:"this PC: also ask Windows Update what it offers, and a server for the time"`
	Record   string `help:"this PC: also write down what Windows answered, for tests" placeholder:"FILE" type:"path"`
	Handover string `help:"also write a sheet to print for a repair shop (HTML)" placeholder:"FILE" type:"path"`
	Mask     bool   `help:"the sheet does not name the PC"`
	allowedFlags
	journalFlags
}

// allowedFlags say what a fix may do; in the summary of a diagnosis, what it would be
// allowed to.
type allowedFlags struct {
	MaxRisk string   `help:"do nothing that is riskier than this: R1 to R4" placeholder:"RISK"`
	Only    []string `help:"only this remedy; what must hold still must; may be repeated" placeholder:"REMEDY" sep:"none"`
}

// checkAllowed refuses risks and remedies that do not exist.
func (a *app) checkAllowed(c allowedFlags) error {
	if c.MaxRisk != "" && !slices.Contains([]string{"R0", "R1", "R2", "R3", "R4"}, c.MaxRisk) {
		return &model.Error{Code: "unknown-risk", Args: model.Args{"what": c.MaxRisk}}
	}
	for _, id := range c.Only {
		if a.base.Remedies[id] == nil {
			return a.unknownRemedy(id)
		}
	}
	return nil
}

// Run diagnoses a source and prints the whole result.
func (c *diagnoseCmd) Run(a *app) error {
	beside := *a
	beside.Output = c.Handover
	if err := beside.checkOutput(append(slices.Clone(a.Packs), c.Source)); err != nil {
		return err
	}
	if err := a.checkAllowed(c.allowedFlags); err != nil {
		return err
	}
	d, err := c.examine(a)
	if err != nil {
		return err
	}
	a.exit = d.ExitCode
	if err := c.handover(a, d); err != nil {
		return err
	}
	if a.Format == "summary" {
		return c.summary(a, d)
	}
	return a.write(func(w io.Writer) error { return report.Write(w, d, a.base, a.reportOptions()) })
}

// summary writes one line for a management tool.
func (c *diagnoseCmd) summary(a *app, d *model.Diagnosis) error {
	_, done, err := c.journals()
	if err != nil {
		return err
	}
	last, err := surgery.result(c.Journal)
	if err != nil {
		return err
	}
	s := doctor.Summarise(d, doctor.FixOptions{MaxRisk: c.MaxRisk, Only: c.Only}, done, last)
	return a.write(func(w io.Writer) error { return report.WriteSummary(w, s) })
}

// examine looks at the source, or at this PC as the flags say.
func (c *diagnoseCmd) examine(a *app) (*model.Diagnosis, error) {
	if c.Source != "" {
		if c.Online || c.Record != "" {
			return nil, &model.Error{Code: "only-this-pc", Args: model.Args{"what": c.Source}}
		}
		return a.examine(c.sourceFlags)
	}
	opts := doctor.LiveOptions{Online: c.Online}
	if c.Record == "" {
		return a.examineLive(opts)
	}
	f, err := os.Create(c.Record)
	if err != nil {
		return nil, &model.Error{Code: "output-unwritable", Args: model.Args{"path": c.Record}, Err: err}
	}
	opts.Record = f
	d, err := a.examineLive(opts)
	return d, errors.Join(err, f.Close())
}

// handover writes the sheet for a repair shop beside the report.
func (c *diagnoseCmd) handover(a *app, d *model.Diagnosis) error {
	if c.Handover == "" {
		return nil
	}
	beside := *a
	beside.Output = c.Handover
	return beside.write(func(w io.Writer) error { return report.WriteHandover(w, d, a.base, a.Lang, c.Mask) })
}

type planCmd struct{ sourceFlags }

// Run prints the steps only. Its exit code is that of the diagnosis.
func (c *planCmd) Run(a *app) error {
	d, err := a.examine(c.sourceFlags)
	if err != nil {
		return err
	}
	a.exit = d.ExitCode
	return a.write(func(w io.Writer) error { return report.WritePlan(w, d, a.base, a.reportOptions()) })
}

// open opens what the flags name; nothing is this PC.
func (a *app) open(s sourceFlags, bar *progress) (source.Source, error) {
	if s.Source == "" {
		return surgery.open(a.ctx, doctor.LiveOptions{})
	}
	return doctor.Open(a.ctx, s.Source, doctor.OpenOptions{Volume: s.Volume, Progress: bar.bytes})
}

func (a *app) examine(s sourceFlags) (*model.Diagnosis, error) {
	bar := a.progress()
	defer bar.done()
	src, err := a.open(s, bar)
	if err != nil {
		return nil, err
	}
	return a.examineSource(src, bar)
}

func (a *app) examineLive(opts doctor.LiveOptions) (*model.Diagnosis, error) {
	bar := a.progress()
	defer bar.done()
	src, err := surgery.open(a.ctx, opts)
	if err != nil {
		return nil, err
	}
	return a.examineSource(src, bar)
}

// examineSource closes the source: an error of that, such as a shadow copy that stays, is
// told.
func (a *app) examineSource(src source.Source, bar *progress) (*model.Diagnosis, error) {
	d, err := doctor.Examine(a.ctx, src, doctor.Options{Knowledge: a.base, Progress: bar.step})
	if cerr := src.Close(); err == nil && cerr != nil {
		fmt.Fprintln(a.Err, plain(cerr.Error()))
	}
	if err == nil {
		a.noteOverdue(d)
	}
	return d, err
}

// noteOverdue adds updates that were put off for longer than was meant.
func (a *app) noteOverdue(d *model.Diagnosis) {
	if path, err := doctor.DefaultBook(); err == nil {
		doctor.NoteOverdue(d, path, time.Now())
	}
}

func (a *app) reportOptions() report.Options {
	o := report.Options{Format: a.Format, Lang: a.Lang, Verbose: a.Verbose, Color: a.colour(), Width: a.width(a.Out)}
	if _, shown := terminal(a.Out); shown && a.Output == "" {
		o.Plain, o.Wide = a.desk.classic(), a.desk.wide()
	}
	return o
}
