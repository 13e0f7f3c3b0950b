package cli

import (
	"fmt"
	"io"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/source/bundle"
)

type collectCmd struct {
	sourceFlags
	Unmasked bool `help:"keep names, SIDs and serial numbers as they are"`
}

// Run writes a bundle with the facts of a source. It replaces a bundle that is there.
func (c *collectCmd) Run(a *app) error {
	if a.Output == "" {
		return &model.Error{Code: "output-needed"}
	}
	if c.Source == "" {
		return &model.Error{Code: "live-not-yet"}
	}
	bar := a.progress()
	defer bar.done()
	src, err := doctor.Open(a.ctx, c.Source, doctor.OpenOptions{Volume: c.Volume, Progress: bar.bytes})
	if err != nil {
		return err
	}
	defer src.Close()
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
	if a.Quiet {
		return nil
	}
	_, err = fmt.Fprintf(a.Err, "%s %s\n", a.text("ui.bundle-written"), a.Output)
	return err
}
