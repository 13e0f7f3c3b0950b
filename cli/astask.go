package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

// taskFlags let a fix of this PC be carried out outside this session. What is hidden is for
// the task itself.
type taskFlags struct {
	AsTask  bool   `help:"this PC: carry it out as SYSTEM outside this session, as it must be when connected by WinRM or SSH"`
	TaskLog string `hidden:"" help:"where the task writes what it says" type:"path"`
	Backed  bool   `hidden:"" help:"important files were copied before the task began"`
}

// askTask registers the task and says where it stands.
func (c *fixCmd) askTask(a *app) error {
	pc, err := surgery.pc()
	if err != nil {
		return err
	}
	if !c.Yes {
		yes, err := a.yes(a.text("ui.ask.as-task"))
		if err == nil && !yes {
			err = declined()
		}
		if err != nil {
			return err
		}
	}
	bar := a.progress()
	defer bar.done()
	log, err := surgery.asTask(a.ctx, pc, c.options(a, bar), func(log string) []string { return c.order(a, log) })
	bar.done()
	if err != nil {
		return err
	}
	return a.write(func(w io.Writer) error {
		if a.Format == "summary" { // it goes on by itself
			return report.WriteSummary(w, doctor.SummariseFix(&doctor.Fixed{Receipt: &model.Receipt{Verdict: model.FixWaiting}}, a.exit))
		}
		o := &model.Ordered{Schema: model.OrderedSchema, Task: doctor.OrderPath, Log: log, Journal: c.Journal}
		return report.WriteOrdered(w, o, a.base, a.reportOptions())
	})
}

// order is this command line once more, for the task. Paths are absolute by now.
func (c *fixCmd) order(a *app, log string) []string {
	args := []string{"fix", "--yes", "--quiet", "--lang=" + a.Lang, "--wait=" + c.Wait.String(), "--task-log=" + log}
	with := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				args = append(args, "--"+name+"="+v)
			}
		}
	}
	with("journal", c.Journal)
	with("max-risk", c.MaxRisk)
	with("only", c.Only...)
	with("accept", c.Accept...)
	with("knowledge", a.Packs...)
	files := c.files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		with(name, files[name])
	}
	if c.TimeLimit > 0 {
		with("time-limit", c.TimeLimit.String())
	}
	if c.NoRestart {
		args = append(args, "--no-restart")
	}
	if c.Backup != "" {
		args = append(args, "--backed")
	}
	return args
}

// inTask is a fix that the task carries out. Nobody sees its window: what it says goes into
// a file, an error too. The task is taken away however it ends.
func (c *fixCmd) inTask(a *app, log string) error {
	f, err := doctor.CreateOrderLog(log)
	if err != nil {
		return err
	}
	a.Out, a.Err, a.Output = f, f, "" // it is open until this program ends
	pc, err := surgery.pc()
	if err != nil {
		return err
	}
	err = c.Run(a)
	if t, ok := pc.(doctor.Tasking); ok {
		err = errors.Join(err, t.TaskDone(context.WithoutCancel(a.ctx)))
	}
	return err
}
