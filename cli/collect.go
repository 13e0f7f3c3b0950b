package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/source"
	"updoc/source/bundle"
)

type collectCmd struct {
	sourceFlags
	Unmasked bool `help:"keep names, SIDs and serial numbers as they are"`
	Raw      bool `help:"with the files themselves, as they are: nothing is masked"`
}

// Run writes a bundle with the facts of a source. It replaces a bundle that is there.
func (c *collectCmd) Run(a *app) error {
	if a.Output == "" {
		return &model.Error{Code: "output-needed"}
	}
	bar := a.progress()
	defer bar.done()
	src, err := a.open(c.sourceFlags, bar)
	if err != nil {
		return err
	}
	defer src.Close()
	if c.Raw {
		return c.raw(a, src, bar)
	}
	m, err := doctor.Look(a.ctx, src, doctor.Options{Progress: bar.step})
	if err != nil {
		return err
	}
	opts := bundle.Options{Tool: doctor.Tool, Source: src.Info(), Time: time.Now(), Masked: !c.Unmasked}
	if b, ok := src.(*bundle.Source); ok && b.Manifest().Masked {
		opts.Masked, opts.Before = true, true
	} else if opts.Masked {
		opts.Names = bundle.NamesOf(src)
	}
	if err := a.write(func(w io.Writer) error { return bundle.Write(w, m, opts) }); err != nil {
		return err
	}
	bar.done()
	return a.bundleWritten()
}

func (a *app) bundleWritten() error {
	if a.Quiet {
		return nil
	}
	_, err := fmt.Fprintf(a.Err, "%s %s\n", a.text("ui.bundle-written"), a.Output)
	return err
}

// raw writes a bundle with the files that were looked at, and says plainly that it
// holds personal data: even --quiet does not hide that.
func (c *collectCmd) raw(a *app, src source.Source, bar *progress) error {
	if _, facts := src.(*bundle.Source); facts {
		return &model.Error{Code: "raw-of-facts"}
	}
	rec := bundle.Record(src)
	m, err := doctor.Look(a.ctx, rec, doctor.Options{Progress: bar.step})
	if err != nil {
		return err
	}
	opts := bundle.RawOptions{Options: bundle.Options{Tool: doctor.Tool, Source: src.Info(), Time: time.Now()}, Progress: bar.pack}
	var left []bundle.Left
	err = a.write(func(w io.Writer) error {
		left, err = bundle.WriteRaw(a.ctx, w, m, rec, opts)
		return err
	})
	if err != nil {
		return err
	}
	bar.done()
	if err := a.bundleWritten(); err != nil {
		return err
	}
	return a.rawWarning(left)
}

func (a *app) rawWarning(left []bundle.Left) error {
	lines := []string{a.text("ui.raw-holds"), a.text("ui.raw-private")}
	for _, l := range left {
		reason := a.text("ui.reason-short." + l.Why)
		if l.Why == model.ReasonAbsent { // of a file that was seen: there was no room for it
			reason = a.text("ui.raw-too-large")
		}
		lines = append(lines, a.text("ui.raw-left")+" "+l.Path+" ("+reason+")")
	}
	_, err := fmt.Fprintln(a.Err, strings.Join(lines, "\n"))
	return err
}
