package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"updoc/expr"
	"updoc/model"
	"updoc/remedy/journal"
	"updoc/source"
)

// followUpPath is where remedy.FollowUp leaves a plan, on the volume of Windows.
const followUpPath = "ProgramData/updoc/follow-up.json"

const maxFollowUp = 1 << 20 // bytes

// followUp does what an offline repair left for this Windows. The plan is only a wish:
// each step must apply to the facts as they are, its gates hold, and its risk comes from
// what is known of the remedy.
func (r *liveRun) followUp(ctx context.Context) (*Fixed, error) {
	plan, err := readFollowUp(ctx, r.pc)
	if err != nil {
		return nil, err
	}
	if plan == nil || len(plan.Steps) == 0 { // with none to choose, everything would be chosen
		err := &model.Error{Code: "nothing-to-resume", Args: model.Args{"path": r.folder}}
		return nil, errors.Join(err, r.pc.Done(ctx)) // whatever called us is not needed any more
	}
	now := r.opts.clock().Now().UTC()
	r.state = &liveState{ID: now.Format("20060102-150405"), Started: now, Agreed: agreedOf(r.opts), Receipt: newReceipt("", now), FollowUp: followUpPath}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if err := Refusal(r.facts()); err != nil {
		return nil, err
	}
	r.state.PC, r.state.Receipt.Before = identityOf(r.facts()), layouts(r.facts())
	for _, s := range plan.Steps {
		r.wish(s)
		r.state.Agreed.Only = append(r.state.Agreed.Only, s.Remedy)
	}
	if err := keepRun(r.folder, r.state); err != nil {
		return nil, err
	}
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	out, err := r.loop(ctx)
	return out, r.ifStopped(ctx, err)
}

// readFollowUp reads the plan; nil if there is none. Error: follow-up-damaged.
func readFollowUp(ctx context.Context, pc PC) (*model.FollowUp, error) {
	src, err := pc.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	fsys, err := src.FS(src.Windows())
	if err != nil {
		return nil, nil // what cannot be seen is not done
	}
	f, size, err := source.Open(fsys, followUpPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !isOurs(fsys, followUpPath) {
		return nil, errors.Join(&model.Error{Code: "follow-up-not-trusted", Exit: exitRefused, Args: model.Args{"path": followUpPath}}, f.Close())
	}
	damaged := &model.Error{Code: "follow-up-damaged", Exit: exitRefused, Args: model.Args{"path": followUpPath}, Err: err}
	if err != nil || size > maxFollowUp {
		return nil, damaged
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	out := &model.FollowUp{}
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err == nil && out.Schema != model.FollowUpSchema {
		err = errors.New("schema " + out.Schema)
	}
	if damaged.Err = err; err != nil {
		return nil, damaged
	}
	return out, nil
}

// isOurs tells whether nobody but administrators could have written a file: anybody can
// put one into ProgramData.
func isOurs(fsys fs.FS, name string) bool {
	s, ok := fsys.(source.Secured)
	if !ok {
		return false
	}
	security, err := s.Security(name)
	return err == nil && journal.OnlyOurs(security)
}

// safeOSFolder is where an offline repair leaves a package for the recovery image.
const safeOSFolder = `\programdata\updoc\safe-os\`

// harmless are the parameters of a step without files that somebody names: a plan that was
// left names none but the package that was left with it.
func harmless(params model.Args, file string) model.Args {
	out := model.Args{}
	for name, v := range params {
		text, _ := v.(string)
		left := name == "package" && strings.HasPrefix(strings.ToLower(text), safeOSFolder) && !strings.Contains(text, "..")
		if left || name != "package" && name != file {
			out[name] = v
		}
	}
	return out
}

// wish makes a step of what is left to do, if the plan does not hold it anyway and it
// applies.
func (r *liveRun) wish(s model.FollowUpStep) {
	know := r.base.Remedies[s.Remedy]
	_, ours := r.remedy(s.Remedy)
	planned := slices.ContainsFunc(r.now.Plan.Steps, func(p model.Step) bool { return p.Remedy == s.Remedy })
	if know == nil || !ours || planned {
		return
	}
	if know.Applies.Set() {
		truth, _, err := know.Applies.Truth(expr.Vars{Machine: r.facts(), Windows: r.base.Lifecycle(&r.facts().OS)})
		if err != nil || truth != expr.True {
			return
		}
	}
	step := model.Step{ID: s.ID, For: s.For, Remedy: s.Remedy, Risk: know.Risk, Where: know.Where, Params: harmless(s.Params, know.File), UndoKind: know.UndoKind, Seconds: know.Seconds}
	r.state.Owed = append(r.state.Owed, step)
}
