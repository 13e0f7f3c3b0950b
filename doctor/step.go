package doctor

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"syscall"

	"updoc/diagnose"
	"updoc/expr"
	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/host"
)

// steps carries out on the overlay what may be, and counts it.
func (r *repair) steps(ctx context.Context) (int, error) {
	done := 0
	for _, d := range decide(r.before.Plan, r.opts) {
		said := model.ReceiptStep{ID: d.step.ID, Remedy: d.step.Remedy, Risk: d.step.Risk, Verdict: d.verdict, Detail: d.detail, Gate: d.gate, Args: d.args}
		if d.verdict == "" {
			changed, err := r.step(ctx, d)
			if err != nil {
				return 0, err
			}
			said.Verdict = model.StepDone
			if !changed {
				said.Verdict, said.Detail = model.StepSkipped, "as-it-should-be"
			} else {
				done++
			}
		}
		r.receipt.Steps = append(r.receipt.Steps, said)
	}
	if done > 0 {
		return done, r.leaveFollowUp(ctx)
	}
	return done, nil
}

// step carries out one remedy and looks whether it did what is expected. changed is false
// if there was nothing to do.
func (r *repair) step(ctx context.Context, d decision) (changed bool, err error) {
	r.opts.tell(Doing{What: "step", Remedy: d.step.Remedy})
	params := model.Args{}
	for name, value := range d.step.Params {
		params[name] = value
	}
	if err := inside(params, r.facts); err != nil {
		return false, err
	}
	ops, err := d.remedy.Ops(r.facts, params)
	if err != nil || len(ops) == 0 {
		return false, err
	}
	was := r.host.Overlay().Writes()
	for _, op := range ops {
		if err := r.do(ctx, op); err != nil {
			return false, err
		}
	}
	if r.host.Overlay().Writes() == was {
		return false, nil // it was so already, which no fact told
	}
	r.journal.Head.Remedies = append(r.journal.Head.Remedies, d.step.Remedy)
	m, err := r.host.Machine(ctx)
	if err != nil {
		return false, err
	}
	r.facts = diagnose.WithSecurity(m, r.base)
	return true, r.expect(d)
}

// inside adds what the files that the person names are and hold.
func inside(params model.Args, m *model.Machine) error {
	for name, look := range map[string]func(f *os.File, size int64) (model.Args, error){
		"install-wim":        func(f *os.File, size int64) (model.Args, error) { return remedy.InstallWim(f, size, m) },
		"standalone-package": func(f *os.File, size int64) (model.Args, error) { return remedy.Standalone(f, size) },
	} {
		path, ok := params[name].(string)
		if !ok {
			continue
		}
		more, err := lookInside(path, look)
		maps.Copy(params, more)
		if err != nil {
			return err
		}
	}
	return nil
}

func lookInside(path string, look func(f *os.File, size int64) (model.Args, error)) (model.Args, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a pipe would wait for its other end
		err = errors.New("not a file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, &model.Error{Code: "source-not-found", Args: model.Args{"path": path}, Err: err}
	}
	defer f.Close()
	return look(f, info.Size())
}

func (r *repair) do(ctx context.Context, op host.Op) error {
	r.journal.Head.Ops = append(r.journal.Head.Ops, op)
	err := r.host.Do(ctx, op)
	var known *model.Error
	if ctx.Err() != nil {
		return ctx.Err() // whatever a tool that was stopped made of it
	}
	if errors.Is(err, syscall.ENOSPC) {
		return r.noRoom(err)
	}
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &model.Error{Code: "step-failed", Exit: exitNotCured, Args: model.Args{"operation": op.Kind, "path": r.path}, Err: err}
}

// noRoom is of a journal that did not fit: the disk was not written to.
func (r *repair) noRoom(err error) error {
	return &model.Error{Code: "journal-no-room", Exit: exitRefused, Args: model.Args{"path": filepath.Dir(r.journal.Path)}, Err: err}
}

// Exit codes of a fix (DESIGN.md).
const (
	exitNotCured  = 1
	exitHalfDone  = 4
	exitRefused   = 6
	exitCancelled = 130
)

// expect holds the step to its word, on the facts read after it.
func (r *repair) expect(d decision) error {
	var served *model.Failure
	for i := range r.before.Failures {
		if f := &r.before.Failures[i]; len(d.step.For) > 0 && f.ID == d.step.For[0] {
			served = f
		}
	}
	return expected(r.base, r.facts, d.remedy, served)
}

// expected is nil if what is known to follow from a remedy is seen in m. served is the
// failure it was done for, nil for a condition.
func expected(base *knowledge.Base, m *model.Machine, done remedy.Remedy, served *model.Failure) error {
	know := base.Remedies[done.ID]
	if know == nil || !know.Expect.Set() || done.Later() {
		return nil
	}
	vars := expr.Vars{Machine: m, Windows: base.Lifecycle(&m.OS)}
	if served != nil {
		vars.Failure, vars.KB, vars.At = served, base.Facts(served.KB), served.Last
	}
	truth, missing, err := know.Expect.Truth(vars)
	if err != nil {
		return err
	}
	if truth == expr.True {
		return nil
	}
	e := &model.Error{Code: "not-as-expected", Exit: exitNotCured, Args: model.Args{"remedy": done.ID}}
	if len(missing) > 0 {
		e.Err = errors.New("unseen: " + missing[0].Path)
	}
	return e
}

// leaveFollowUp leaves on the disk what only a running Windows can do.
func (r *repair) leaveFollowUp(ctx context.Context) error {
	ops, err := remedy.FollowUp(r.facts, model.FollowUp{Tool: Tool, Made: r.opts.now(), Journal: r.journal.Head.ID, Steps: r.left()})
	if err != nil || len(ops) == 0 {
		return err
	}
	r.receipt.Notes = append(r.receipt.Notes, "follow-up")
	for _, op := range ops {
		if err := r.do(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

// left are the steps that are for the running Windows.
func (r *repair) left() []model.FollowUpStep {
	var out []model.FollowUpStep
	for i, said := range r.receipt.Steps {
		s := r.before.Plan.Steps[i]
		switch said.Verdict {
		case model.StepDone:
			out = append(out, remedy.Rest(s)...)
		case model.StepFollowUp:
			out = append(out, model.FollowUpStep{ID: s.ID, Remedy: s.Remedy, Params: s.Params, For: s.For, TextID: "remedy." + s.Remedy + ".why"})
		}
	}
	return out
}
