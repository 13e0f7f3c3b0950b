package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

// bookFlags name the book of deferrals.
type bookFlags struct {
	Book string `help:"the file that holds what was put off; default: that of this PC" placeholder:"FILE" type:"path"`
}

func (b bookFlags) path() (string, error) {
	if b.Book != "" {
		return b.Book, nil
	}
	return doctor.DefaultBook()
}

// hiding reaches Windows Update; nil where no Windows can be asked. That an update is not
// offered is said: it was noted all the same.
func (a *app) hiding(hide bool) doctor.Hiding {
	if a.Windows == nil {
		return nil
	}
	return func(ctx context.Context, d *model.Deferral) error {
		err := doctor.HidingHere(a.Windows, hide)(ctx, d)
		if errors.Is(err, doctor.ErrNotOffered) {
			return errors.Join(err, a.sayLine(a.Err, "ui.deferred.not-offered"))
		}
		return err
	}
}

type deferCmd struct {
	KB     string `arg:"" help:"the update: KB5034441"`
	Until  string `help:"last day it is put off: 2027-01-31" placeholder:"DATE"`
	Reason string `help:"why, for whoever reads it later" placeholder:"TEXT"`
	End    bool   `help:"offer the update again"`
	bookFlags
}

// Run puts an update off, or ends that.
func (c *deferCmd) Run(a *app) error {
	m := kbPattern.FindStringSubmatch(c.KB)
	if m == nil {
		return &model.Error{Code: "kb-needed", Args: model.Args{"what": c.KB}}
	}
	path, err := c.path()
	if err != nil {
		return err
	}
	var d *model.Deferral
	switch kb := "KB" + m[1]; {
	case c.End && (c.Until != "" || c.Reason != ""):
		return &model.Error{Code: "deferral-end"}
	case c.End:
		d, err = doctor.EndDeferral(a.ctx, path, kb, a.hiding(false))
	default:
		d, err = doctor.Defer(a.ctx, path, a.deferral(kb, c), a.hiding(true), time.Now())
	}
	if err != nil {
		return err
	}
	return a.write(func(w io.Writer) error { return report.WriteDeferral(w, d, c.End, a.base, a.reportOptions()) })
}

// deferral is what to note, with what stays open as far as it is known.
func (a *app) deferral(kb string, c *deferCmd) model.Deferral {
	d := model.Deferral{KB: kb, Until: c.Until, Reason: c.Reason}
	if known := a.base.KBs[kb]; known != nil {
		d.CVEs = known.CVEs
	}
	return d
}

type deferredCmd struct{ bookFlags }

// Run lists what was put off. One whose day is over is exit 1, as a condition is: somebody
// has to decide anew.
func (c *deferredCmd) Run(a *app) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	list, err := doctor.Deferrals(path, time.Now())
	if err != nil {
		return err
	}
	if len(list.Deferrals) > 0 && list.Deferrals[0].Expired {
		a.exit = 1
	}
	return a.write(func(w io.Writer) error { return report.WriteDeferred(w, list, a.base, a.reportOptions()) })
}
