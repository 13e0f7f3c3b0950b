package cli

import (
	"io"
	"slices"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

// sourceFlags name what is looked at.
type sourceFlags struct {
	Source string `arg:"" optional:"" help:"nothing: this PC; else a disk, a disk image, a folder or a bundle"`
	Volume string `help:"the Windows volume, if a disk has several" placeholder:"ID"`
}

type diagnoseCmd struct {
	sourceFlags
	Handover string `help:"also write a sheet to print for a repair shop (HTML)" placeholder:"FILE" type:"path"`
	Mask     bool   `help:"the sheet does not name the PC"`
}

// Run diagnoses a source and prints the whole result.
func (c *diagnoseCmd) Run(a *app) error {
	beside := *a
	beside.Output = c.Handover
	if err := beside.checkOutput(append(slices.Clone(a.Packs), c.Source)); err != nil {
		return err
	}
	d, err := a.examine(c.sourceFlags)
	if err != nil {
		return err
	}
	a.exit = d.ExitCode
	if err := c.handover(a, d); err != nil {
		return err
	}
	return a.write(func(w io.Writer) error { return report.Write(w, d, a.base, a.reportOptions()) })
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

func (a *app) examine(s sourceFlags) (*model.Diagnosis, error) {
	if s.Source == "" {
		return nil, &model.Error{Code: "live-not-yet"}
	}
	bar := a.progress()
	defer bar.done()
	src, err := doctor.Open(a.ctx, s.Source, doctor.OpenOptions{Volume: s.Volume, Progress: bar.bytes})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return doctor.Examine(a.ctx, src, doctor.Options{Knowledge: a.base, Progress: bar.step})
}

func (a *app) reportOptions() report.Options {
	o := report.Options{Format: a.Format, Lang: a.Lang, Verbose: a.Verbose, Color: a.colour(), Width: a.width(a.Out)}
	if _, shown := terminal(a.Out); shown && a.Output == "" {
		o.Plain, o.Wide = a.desk.classic(), a.desk.wide()
	}
	return o
}
