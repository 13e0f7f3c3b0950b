package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"updoc/knowledge"
	"updoc/model"
	"updoc/plan"
	"updoc/remedy"
	"updoc/remedy/host"
	"updoc/remedy/journal"
)

// FixLive carries out the plan for the running Windows, one step at a time: it looks,
// plans, does the first step that may be done, looks again and plans anew. What waits for
// a restart or a person ends with the verdict waiting, and ResumeLive goes on. Errors are
// *model.Error: exit code 2 or 6 if nothing was changed, 4 if it stopped half-way, 5 if an
// earlier run is waiting.
func FixLive(ctx context.Context, pc PC, opts FixOptions) (*Fixed, error) {
	if opts.DryRun {
		return dryLive(ctx, pc, opts)
	}
	r, err := newLive(pc, opts)
	if err != nil {
		return nil, err
	}
	defer r.held.Close()
	defer fresh(ctx, pc)
	if err := r.settledBefore(); err != nil {
		return nil, err
	}
	now := r.opts.clock().Now().UTC()
	r.state = &liveState{ID: now.Format("20060102-150405"), Started: now, Agreed: agreedOf(opts), Receipt: newReceipt("", now)}
	r.state.Receipt.Backup = opts.Backup
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if err := Refusal(r.facts()); err != nil {
		return nil, err
	}
	r.state.PC, r.state.Receipt.Before = identityOf(r.facts()), layouts(r.facts())
	out, err := r.loop(ctx)
	return out, r.ifStopped(ctx, err)
}

// liveRun is one run on a running Windows.
type liveRun struct {
	pc       PC
	opts     FixOptions
	base     *knowledge.Base
	folder   string // of journals
	held     *journal.Held
	state    *liveState
	first    *model.Diagnosis // of this process; nil before it looked
	now      *model.Diagnosis
	agentEnd time.Time                // until when an update that runs is waited for
	end      time.Time                // after it nothing more is begun; zero: never
	armed    bool                     // it goes on by itself, also soon
	judged   bool                     // now is how the last step left things
	full     model.Plan               // as if nothing had been tried yet
	offered  *model.List[model.Offer] // nil: the update agent was not asked
	undoing  string                   // id of the run that was being taken back: all of its journals are gone through again
}

// newLive takes the lock: one run at a time.
func newLive(pc PC, opts FixOptions) (*liveRun, error) {
	r := &liveRun{pc: pc, opts: opts}
	var err error
	if r.base, err = opts.base(); err != nil {
		return nil, err
	}
	if r.folder, err = opts.folder(); err != nil {
		return nil, err
	}
	if opts.Limit > 0 {
		r.end = opts.clock().Now().Add(opts.Limit)
	}
	opts.tell(Doing{What: "live-lock"})
	if err := shareData(r.folder); err != nil {
		return nil, mayNotWrite(r.folder, err)
	}
	if r.held, err = journal.Hold(r.folder, "run", opts.clock().Now); err != nil {
		return nil, mayNotWrite(r.folder, err)
	}
	return r, nil
}

// mayNotWrite says what is wrong with the folder of journals. Whoever is no administrator is
// told that, and not of the first folder that he may not make.
func mayNotWrite(folder string, err error) error {
	var known *model.Error
	switch {
	case errors.Is(err, fs.ErrPermission) && programData() != "":
		return &model.Error{Code: "live-not-administrator", Err: err}
	case errors.As(err, &known):
		return known
	}
	return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": folder}, Err: err}
}

// settledBefore refuses to begin while an earlier run is half-way or waits.
func (r *liveRun) settledBefore() error {
	s, err := readRun(r.folder)
	if err != nil || s == nil || s.Ended {
		return err
	}
	args := model.Args{"id": s.ID, "journal": r.folder}
	switch {
	case s.Waiting != nil:
		return &model.Error{Code: "run-waits", Exit: exitWaits, Args: args}
	case s.Undone, s.Open != "" && r.isBegun(s.Open):
		return &model.Error{Code: "live-half-done", Exit: exitHalfDone, Args: args}
	}
	return nil
}

// isBegun tells whether anything of a journal was begun; of one that cannot be read it is
// assumed.
func (r *liveRun) isBegun(id string) bool {
	j, err := r.held.Open(id)
	if err != nil {
		return true
	}
	defer j.Close()
	return j.Steps().State() != ""
}

func (r *liveRun) facts() *model.Machine { return &r.now.Machine }

// look reads the facts and plans.
func (r *liveRun) look(ctx context.Context) error {
	d, err := examinePC(ctx, r.pc, r.opts)
	if err != nil {
		return err
	}
	r.now = d
	if r.first == nil {
		r.first = d
		r.state.Receipt.Source = d.Source
	}
	return r.plan(ctx)
}

// plan plans on what was seen: what was tried is left out.
func (r *liveRun) plan(ctx context.Context) (err error) {
	r.opts = limit(r.state.Agreed.options(r.opts), r.facts())
	policy := r.opts.Policy
	policy.Files = r.opts.Files
	if r.full, err = plan.Make(r.now, r.base, policy); err != nil {
		return err
	}
	policy.Without = r.tried()
	if r.now.Plan, err = plan.Make(r.now, r.base, policy); err != nil {
		return err
	}
	return r.askAgent(ctx)
}

// afterStep plans anew. A step that was just judged by what was seen is not looked at twice.
func (r *liveRun) afterStep(ctx context.Context) error {
	if !r.judged {
		return r.look(ctx)
	}
	r.judged = false
	return r.plan(ctx)
}

// hostOf opens the Windows to be changed by the journal in a folder, which also keeps what
// is replaced: partitions have other names in the facts of another journal.
func (r *liveRun) hostOf(folder string) (host.Stepwise, error) {
	keep, err := filepath.Abs(filepath.Join(folder, "keep"))
	if err != nil {
		return nil, err
	}
	return r.pc.Host(func(ctx context.Context) (*model.Machine, error) {
		d, err := examinePC(ctx, r.pc, r.opts)
		if err != nil {
			return nil, err
		}
		return &d.Machine, nil
	}, keep)
}

// run does the operations of a journal, or goes on with them; back takes them back.
func (r *liveRun) run(ctx context.Context, j *journal.Journal) error {
	h, err := r.hostOf(j.Path)
	if err != nil {
		return err
	}
	steps := j.Steps()
	steps.MayBegin = r.inTime
	err = steps.Run(ctx, h)
	var later *host.Interrupted
	if !errors.As(err, &later) { // while it is waited for, nothing changes
		fresh(ctx, r.pc)
	}
	return err
}

func (r *liveRun) back(ctx context.Context, j *journal.Journal) error {
	h, err := r.hostOf(j.Path)
	if err != nil {
		return err
	}
	defer fresh(ctx, r.pc)
	return j.Steps().Undo(ctx, h)
}

// examinePC looks at the running Windows and diagnoses it.
func examinePC(ctx context.Context, pc PC, opts FixOptions) (*model.Diagnosis, error) {
	src, err := pc.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	look := opts.looking()
	look.Now = opts.clock().Now()
	return Examine(ctx, src, look)
}

// tried are the remedies that are not tried again in this run. Windows may be restarted
// again when something was done since.
func (r *liveRun) tried() []string {
	out := []string{}
	for _, s := range r.state.Receipt.Steps {
		if s.Verdict == model.StepDone && s.Remedy != restartRemedy {
			out = slices.DeleteFunc(out, func(id string) bool { return id == restartRemedy })
		}
		out = append(out, s.Remedy)
	}
	return out
}

const restartRemedy = "restart"

// loop does one step after the other, until none is left or something is waited for.
func (r *liveRun) loop(ctx context.Context) (*Fixed, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d := r.next()
		if d == nil {
			return r.finished(ctx)
		}
		if r.inTime() != nil {
			return r.notNow(ctx, model.WaitTime, model.ReceiptStep{Verdict: model.StepRefused, Detail: timeIsUp})
		}
		ended, err := r.mayBegin(ctx, d)
		if ended != nil || err != nil {
			return ended, err
		}
		if d.verdict == "" && !d.asked {
			if ended, err = r.begin(ctx, d); ended != nil || err != nil {
				return ended, err
			}
		}
		if err := r.afterStep(ctx); err != nil {
			return nil, r.lost(err)
		}
	}
}

// lost is an error after which it is not known how things are: between two steps nothing
// is half-done.
func (r *liveRun) lost(err error) error {
	if r.state.Open == "" || errors.Is(err, context.Canceled) && r.state.Open == "" {
		return err
	}
	return &model.Error{Code: "live-half-done", Exit: exitHalfDone, Args: model.Args{"id": r.state.ID, "journal": r.folder}, Err: err}
}

// begin writes down what will be done, then does it.
func (r *liveRun) begin(ctx context.Context, d *liveDecision) (*Fixed, error) {
	more, err := json.Marshal(liveHead{r.state.ID, r.state.PC})
	if err != nil {
		return nil, err
	}
	if err := r.arm(ctx, d.ops); err != nil {
		return nil, err
	}
	j, err := r.held.Create(journal.Head{Target: targetOf(r.facts()), Remedies: []string{d.step.Remedy}, Ops: d.ops, More: more})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	for _, id := range d.notes {
		r.note(id)
	}
	s := r.state
	s.Journals, s.Open, s.Doing, s.Serves, s.Failed, s.With = append(s.Journals, j.Head.ID), j.Head.ID, &d.step, r.served(d.step), "", nil
	if err := keepRun(r.folder, s); err != nil {
		return nil, err
	}
	return r.carryOut(ctx, j)
}

// liveHead is what the journal of a step on a running Windows keeps beside its operations.
type liveHead struct {
	Run string   `json:"run"`
	PC  identity `json:"pc"`
}

// targetOf names the PC in the list of journals.
func targetOf(m *model.Machine) string {
	if m.Name.Known {
		return m.Name.Value
	}
	return "PC"
}

func (r *liveRun) served(s model.Step) *model.Failure {
	for _, f := range r.now.Failures {
		if slices.Contains(s.For, f.ID) {
			return &f
		}
	}
	return nil
}

func (r *liveRun) remedy(id string) (remedy.Remedy, bool) { return r.opts.remedy(id) }

func (o FixOptions) remedy(id string) (remedy.Remedy, bool) {
	if o.find != nil {
		return o.find(id)
	}
	return remedy.Find(id)
}

// opsOf are the operations of a step on the facts as they are now, and the ids of what
// should be said about them.
func opsOf(rem remedy.Remedy, s model.Step, m *model.Machine) (ops []host.Op, notes []string, err error) {
	params := model.Args{}
	for name, value := range s.Params {
		params[name] = value
	}
	if err := inside(params, m); err != nil {
		return nil, nil, err
	}
	ops, err = rem.Ops(m, params)
	return ops, remedy.StandaloneUnchecked(rem.ID, m, params), err
}

// describe names operations for an expert.
func describe(ops []host.Op) []string {
	var out []string
	for _, op := range ops {
		what := []string{op.Kind}
		for _, part := range []string{op.Partition, op.From.Path, op.To.Path, op.Key, op.Name, op.Text} {
			if part != "" {
				what = append(what, part)
			}
		}
		out = append(out, fmt.Sprint(what, op.Args))
	}
	return out
}
