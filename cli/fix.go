package cli

import (
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

type fixCmd struct {
	sourceFlags
	journalFlags
	Yes    bool     `help:"do not ask before writing (R3 and R4 need --accept too)"`
	Accept []string `help:"accept the risk R3 or R4, or a condition that only you can know; may be repeated" placeholder:"WHAT" sep:"none"`
	allowedFlags
	liveFlags
	taskFlags
	DryRun bool   `help:"try it out to the end and show the result; the disk is not written to"`
	Backup string `help:"copy important files to this folder first" placeholder:"DIR" type:"path"`
	fileFlags
}

// fileFlags are files that a person has got for a remedy. Their names are those by which
// remedies ask for them.
type fileFlags struct {
	InstallWim        string `help:"install.wim of this Windows: for the recovery environment, or to mend the component store" placeholder:"FILE" type:"path"`
	SafeOSUpdate      string `name:"safe-os-update" help:"Safe OS Dynamic Update for the recovery environment" placeholder:"FILE" type:"path"`
	StandalonePackage string `help:"this PC: an update from the Microsoft Update Catalog (.msu or .cab)" placeholder:"FILE" type:"path"`
	MsiPackage        string `name:"msi-package" help:"this PC: the .msi of the installed version, for Windows Installer" placeholder:"FILE" type:"path"`
	DotnetInstaller   string `name:"dotnet-installer" help:"this PC: the installer of the .NET runtime that is broken (.exe)" placeholder:"FILE" type:"path"`
	NetfxRepairTool   string `name:"netfx-repair-tool" help:"this PC: Microsoft's .NET Framework Repair Tool (.exe)" placeholder:"FILE" type:"path"`
}

func (f fileFlags) files() map[string]string {
	out := map[string]string{
		"install-wim": f.InstallWim, "safe-os-update": f.SafeOSUpdate, "standalone-package": f.StandalonePackage,
		"msi-package": f.MsiPackage, "dotnet-installer": f.DotnetInstaller, "netfx-repair-tool": f.NetfxRepairTool,
	}
	maps.DeleteFunc(out, func(_, path string) bool { return path == "" })
	return out
}

// onDrives refuses files of another computer: whoever goes on after a restart is SYSTEM,
// which has no access there. Paths are absolute by now; on a drive none has two backslashes
// in a row.
func onDrives(files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.Contains(files[name], `\\`) {
			return &model.Error{Code: "file-on-network", Args: model.Args{"path": files[name]}}
		}
	}
	return nil
}

// Run carries out the plan for a disk, or for this PC, and prints what was done.
func (c *fixCmd) Run(a *app) error {
	if c.TaskLog != "" && c.Source == "" {
		task := *c
		task.TaskLog = ""
		return task.inTask(a, c.TaskLog)
	}
	if err := c.check(a); err != nil {
		return err
	}
	if c.Backup != "" && !c.DryRun {
		if err := c.backupFirst(a); err != nil {
			return err
		}
	}
	switch {
	case c.Source == "" && c.AsTask:
		return c.askTask(a)
	case c.Source == "":
		return c.fixLive(a)
	}
	bar := a.progress()
	defer bar.done()
	fixed, err := a.fixAccepted(c.Source, c.options(a, bar), bar)
	return a.receipt(fixed, err, bar)
}

func (c *fixCmd) check(a *app) error {
	if c.AsTask && (c.Source != "" || c.DryRun) {
		return &model.Error{Code: "as-task-not-here"}
	}
	if c.Source == "" {
		if _, err := surgery.pc(); err != nil {
			return err
		}
		if err := onDrives(c.files()); err != nil {
			return err
		}
	}
	if err := a.checkAllowed(c.allowedFlags); err != nil {
		return err
	}
	for i, what := range c.Accept {
		if risk := strings.ToUpper(what); risk == model.RiskHard || risk == model.RiskPartition {
			c.Accept[i] = risk
		} else if !a.base.Gates[what].Answerable(c.Source == "") {
			return &model.Error{Code: "unknown-accept", Args: model.Args{"what": what, "gates": strings.Join(a.personalGates(), ", ")}}
		}
	}
	if !c.Yes && !c.DryRun && !a.canAsk() {
		return &model.Error{Code: "answer-needed"}
	}
	return nil
}

// unknownRemedy hints at remedies with a part of the name.
func (a *app) unknownRemedy(id string) error {
	e := &model.Error{Code: "unknown-remedy", Args: model.Args{"what": id}}
	for _, known := range slices.Sorted(maps.Keys(a.base.Remedies)) {
		if id != "" && (strings.Contains(known, id) || strings.Contains(id, known)) {
			e.Hints = append(e.Hints, strings.ReplaceAll(a.text("ui.did-you-mean"), "{what}", known))
		}
	}
	return e
}

func (a *app) personalGates() []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(a.base.Gates)) {
		if a.base.Gates[id].Answerable(false) {
			out = append(out, id)
		}
	}
	return out
}

func (c *fixCmd) backupFirst(a *app) error {
	b := backupCmd{Folder: c.Backup, sourceFlags: c.sourceFlags}
	r, err := b.copy(a)
	if r != nil && !a.Quiet {
		o := a.reportOptions()
		o.Format = "text"
		if err := report.WriteBackup(a.Err, r, a.base, o); err != nil {
			return err
		}
	}
	if err == nil && backupExit(r) != exitOK {
		err = &model.Error{Code: "backup-incomplete", Exit: exitRefused}
	}
	return err
}

func (c *fixCmd) options(a *app, bar *progress) doctor.FixOptions {
	o := doctor.FixOptions{
		Options: doctor.Options{Knowledge: a.base, Progress: bar.step}, Volume: c.Volume, Journal: c.Journal, Only: c.Only, MaxRisk: c.MaxRisk,
		Accept: c.Accept, NoRestart: c.NoRestart, DryRun: c.DryRun, Doing: bar.doing, Files: c.files(),
	}
	if c.Backup != "" || c.Backed {
		o.Backed, o.Accept = true, append(slices.Clone(o.Accept), "backup") // it was made just now, and compared
	}
	if !c.DryRun {
		o.Backup = c.Backup
	}
	if !c.Yes && !c.DryRun {
		o.Confirm = func(p *doctor.Proposal) (bool, error) { return a.propose(p, bar) }
	}
	return o
}

// propose shows what is about to be written and asks.
func (a *app) propose(p *doctor.Proposal, bar *progress) (bool, error) {
	bar.done()
	o := a.reportOptions()
	o.Format = "text"
	if err := report.WriteProposal(a.Err, p.Receipt, p.Diagnosis, a.base, o); err != nil {
		return false, err
	}
	return a.yes(a.text("ui.ask.begin"))
}

// fixAccepted carries the plan out. What only a person can accept is asked on a terminal,
// once each, and then it is begun anew; without a terminal it stays refused.
func (a *app) fixAccepted(path string, o doctor.FixOptions, bar *progress) (*doctor.Fixed, error) {
	for {
		fixed, err := surgery.fix(a.ctx, path, o)
		what := a.acceptable(fixed, err)
		if what == "" || slices.Contains(o.Accept, what) || o.Confirm == nil || !a.canAsk() {
			return fixed, err
		}
		bar.done()
		if err := a.askAccept(what); err != nil {
			return nil, err
		}
		o.Accept = append(slices.Clone(o.Accept), what)
	}
}

// acceptable names the risk or the gate for which a plan was refused and that a person
// can accept; empty: there is none.
func (a *app) acceptable(fixed *doctor.Fixed, err error) string {
	if what := a.acceptableOf(codeOf(err), argOf(err, "risk"), argOf(err, "gate")); what != "" {
		return what
	}
	if fixed == nil || fixed.Receipt == nil || fixed.Receipt.Verdict != model.FixRefused {
		return ""
	}
	for _, s := range fixed.Receipt.Steps {
		if what := a.acceptableOf(s.Detail, s.Risk, s.Gate); s.Verdict == model.StepRefused && what != "" {
			return what
		}
	}
	return ""
}

func (a *app) acceptableOf(code, risk, gate string) string {
	switch {
	case (code == "risk-not-accepted" || code == "backup-needed") && (risk == model.RiskHard || risk == model.RiskPartition):
		return risk
	case (code == "gate-closed" || code == "gate-unseen") && a.base.Gates[gate].Answerable(false):
		return gate
	}
	return ""
}

// receipt prints what was done and sets the exit code.
func (a *app) receipt(fixed *doctor.Fixed, err error, bar *progress) error {
	bar.done()
	if err != nil {
		return err
	}
	code, ok := exits[fixed.Receipt.Verdict]
	if !ok {
		code = exitBug
	}
	a.exit = code
	return a.write(func(w io.Writer) error {
		if a.Format == "summary" {
			return report.WriteSummary(w, doctor.SummariseFix(fixed, code))
		}
		return report.WriteReceipt(w, fixed.Receipt, fixed.Before, a.base, a.reportOptions())
	})
}

type undoCmd struct {
	ID string `arg:"" optional:"" help:"name of the journal; default: the newest"`
	journalFlags
	Disk string `help:"where the disk is now; default: where it was" placeholder:"PATH" type:"path"`
	Yes  bool   `help:"do not ask before writing"`
}

// Run takes back what a fix did. What is done and in use is not undone without a yes;
// what is half-done is.
func (c *undoCmd) Run(a *app) error {
	folder, list, err := c.journals()
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.done()
	o := doctor.FixOptions{Options: doctor.Options{Knowledge: a.base, Progress: bar.step}, Journal: folder, Doing: bar.doing}
	if c.Disk == "" {
		if fixed, tried, err := a.undoLive(c.ID, o, c.Yes, bar); tried {
			return a.receipt(fixed, err, bar)
		}
	}
	if j := toUndo(list, c.ID); j != nil && !c.Yes {
		if err := a.confirmUndo(j); err != nil {
			return err
		}
	}
	fixed, err := surgery.undo(a.ctx, c.ID, c.Disk, o)
	return a.receipt(fixed, err, bar)
}

// toUndo is the journal that an undo would take back, if all of it is on the disk.
func toUndo(list []model.JournalInfo, id string) *model.JournalInfo {
	for i, j := range list {
		untouched := slices.Contains([]string{"", "PREPARED", "UNDO_SYNCED", "UNDONE", "DISCARDED"}, j.State)
		if j.ID != id && (id != "" || untouched) {
			continue
		}
		if j.State == "APPLIED" || j.State == "VERIFIED" {
			return &list[i]
		}
		return nil
	}
	return nil
}

func (a *app) confirmUndo(j *model.JournalInfo) error {
	if !a.canAsk() {
		return &model.Error{Code: "answer-needed"}
	}
	ok, err := a.yes(strings.NewReplacer("{id}", j.ID, "{target}", plain(j.Target)).Replace(a.text("ui.ask.undo")))
	if err == nil && !ok {
		err = declined()
	}
	return err
}

type resumeCmd struct {
	ID string `arg:"" optional:"" help:"name of the journal; default: the newest"`
	journalFlags
	liveFlags
	Disk string `help:"where the disk is now; default: where it was" placeholder:"PATH" type:"path"`
}

// Run goes on with what was interrupted. It was agreed to before it began, so nothing is
// asked.
func (c *resumeCmd) Run(a *app) error {
	folder, err := c.folder()
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.done()
	o := doctor.FixOptions{Options: doctor.Options{Knowledge: a.base, Progress: bar.step}, Journal: folder, Doing: bar.doing}
	c.limit(&o)
	if c.ID == "" && c.Disk == "" {
		if fixed, tried, err := a.resumeLive(o, bar); tried {
			return a.receipt(fixed, err, bar)
		}
	}
	fixed, err := surgery.resume(a.ctx, c.ID, c.Disk, o)
	return a.receipt(fixed, err, bar)
}

type historyCmd struct {
	journalFlags
	Last  bool `help:"how the last repair of this PC came out, or what it waits for"`
	Pause bool `help:"with --last: wait for a key before the window closes"`
}

// Run lists the journals.
func (c *historyCmd) Run(a *app) error {
	if c.Last {
		return c.last(a)
	}
	folder, list, err := c.journals()
	if err != nil {
		return err
	}
	h := &model.History{Schema: model.HistorySchema, Folder: folder, Journals: append([]model.JournalInfo{}, list...)}
	last, err := surgery.result(c.Journal)
	if err != nil {
		return err
	}
	if last != nil {
		h.Waiting = last.Waiting
	}
	return a.write(func(w io.Writer) error { return report.WriteHistory(w, h, a.base, a.reportOptions()) })
}

// kbPattern is a KB number as people write it.
var kbPattern = regexp.MustCompile(`^(?i:kb)?([0-9]{6,7})$`)

type verifyCmd struct {
	Thing  []string `arg:"" optional:"" help:"disk image, block device, folder or bundle, and KBs to check"`
	Volume string   `help:"the Windows volume, if a disk has several" placeholder:"ID"`
}

// Run looks whether updates are in and what was wrong is cured.
func (c *verifyCmd) Run(a *app) error {
	from, kbs, err := c.split()
	if err != nil {
		return err
	}
	d, err := a.examine(from)
	if err != nil {
		return err
	}
	v := doctor.Verify(d, a.base, kbs)
	a.exit = v.ExitCode
	return a.write(func(w io.Writer) error { return report.WriteVerify(w, &v, a.base, a.reportOptions()) })
}

// split tells KBs from the one source.
func (c *verifyCmd) split() (sourceFlags, []string, error) {
	from := sourceFlags{Volume: c.Volume}
	var kbs []string
	for _, thing := range c.Thing {
		if m := kbPattern.FindStringSubmatch(thing); m != nil {
			kbs = append(kbs, "KB"+m[1])
			continue
		}
		if from.Source != "" {
			return from, nil, &model.Error{Code: "unexpected-argument", Args: model.Args{"what": thing}}
		}
		from.Source = thing
	}
	return from, kbs, nil
}
