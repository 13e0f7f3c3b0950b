package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"updoc/disk"
	"updoc/disk/commit"
	"updoc/knowledge"
	"updoc/model"
	hostimage "updoc/remedy/host/image"
	"updoc/remedy/journal"
	"updoc/source/image"
)

// repair is one fix of one disk.
type repair struct {
	path    string
	opts    FixOptions
	base    *knowledge.Base
	target  *hostimage.Target
	journal *journal.Journal
	blocks  *commit.Journal
	host    *hostimage.Host
	before  *model.Diagnosis
	facts   *model.Machine // as last read
	receipt *model.Receipt
	kept    bool // the journal stays: something was written
	began   time.Time
}

// newRepair locks the disk and begins a journal. Nothing is written to the disk.
func newRepair(ctx context.Context, path string, opts FixOptions) (r *repair, err error) {
	hostimage.ClearDead()
	opts.tell(Doing{What: "lock"})
	if abs, err := filepath.Abs(path); err == nil {
		path = abs // the journal must find it from anywhere
	}
	r = &repair{path: path, opts: opts, began: time.Now(), receipt: newReceipt(path, opts.now())}
	r.receipt.Backup = opts.Backup
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.base, err = opts.base(); err != nil {
		return r, err
	}
	if r.target, err = hostimage.Open(ctx, path); err != nil {
		return r, err
	}
	r.receipt.Source.Form = r.target.Format()
	if err := r.settledBefore(); err != nil {
		return r, err
	}
	if err := r.begin(); err != nil {
		return r, err
	}
	r.host, err = hostimage.New(r.target, hostimage.Options{
		Store: r.blocks.Delta(), Keep: filepath.Join(r.journal.Path, "keep"), Now: opts.now(), Look: r.look,
	})
	return r, err
}

// settledBefore refuses a disk that an earlier journal has left half-way: what is found
// on it now is neither the old disk nor the new one, and whoever writes to it takes both
// ways out of that journal.
func (r *repair) settledBefore() error {
	path, err := r.opts.folder()
	if err != nil {
		return err
	}
	all, err := journal.List(path)
	if err != nil {
		return err
	}
	for _, j := range all {
		if halfWay(j.State) && sameFile(j.Target, r.path) {
			return &model.Error{Code: "half-done", Exit: exitHalfDone, Args: model.Args{"path": r.path, "id": j.ID, "journal": path}}
		}
	}
	return nil
}

// sameFile tells whether two names are of one disk.
func sameFile(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// begin makes the journal: on another disk, and not in memory.
func (r *repair) begin() error {
	path, err := r.opts.folder()
	if err != nil {
		return err
	}
	if err := r.suits(path); err != nil {
		return err
	}
	more, err := json.Marshal(diskHead{Size: r.target.Size()})
	if err != nil {
		return err
	}
	if r.journal, err = journal.New(path, journal.Head{Target: r.path, Remedies: []string{}, More: more}, nil); err != nil {
		return err
	}
	dir, err := commit.OSDir(r.journal.Path)
	if err != nil {
		return err
	}
	r.blocks, err = commit.Create(dir, r.journal.Head, nil)
	return err
}

// suits makes the folder of journals; one that does not suit is not left behind.
func (r *repair) suits(path string) error {
	_, missing := os.Stat(path)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": path}, Err: err}
	}
	err := r.target.Suits(path)
	if err != nil && missing != nil {
		os.Remove(path) // it is empty
	}
	return err
}

// diskHead is what the journal of a disk keeps beside its plan.
type diskHead struct {
	Size int64 `json:"size"` // of the disk, bytes
}

// look reads the facts of a disk.
func (r *repair) look(ctx context.Context, d *disk.Disk) (*model.Machine, error) {
	src, err := image.OpenDisk(d, r.path, image.Options{Volume: r.opts.Volume})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return Look(ctx, src, r.opts.looking())
}

// close takes away what is not needed any more: the journal too, if nothing was written.
func (r *repair) close() error {
	var err error
	if r.host != nil {
		err = r.host.Close()
	}
	if r.blocks != nil {
		err = errors.Join(err, r.blocks.Close())
	}
	if r.journal != nil {
		if !r.kept {
			err = errors.Join(err, r.journal.Remove())
		}
		err = errors.Join(err, r.journal.Close())
	}
	if r.target != nil {
		err = errors.Join(err, r.target.Close())
	}
	return err
}

// run is the whole way from the diagnosis to the receipt.
func (r *repair) run(ctx context.Context) (*Fixed, error) {
	if err := r.diagnose(ctx); err != nil {
		return nil, err
	}
	done, err := r.steps(ctx)
	if err != nil {
		return nil, err
	}
	if done == 0 {
		return r.nothing()
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if r.opts.DryRun {
		return r.end(model.FixDry, nil), nil
	}
	if err := r.confirmed(); err != nil {
		return nil, err
	}
	if err := r.agreed(); err != nil {
		return nil, err
	}
	if err := r.commit(ctx); err != nil {
		return nil, err
	}
	return r.finish(context.WithoutCancel(ctx)) // it is done: to stop now would hide that
}

func (r *repair) diagnose(ctx context.Context) error {
	m, err := r.host.Machine(ctx)
	if err != nil {
		return err
	}
	r.facts = m
	r.opts.Policy.Files = r.opts.Files
	if r.before, err = Diagnose(m, r.opts.Options); err != nil {
		return err
	}
	r.facts = &r.before.Machine // with what the diagnosis joins
	r.before.Source = r.receipt.Source
	r.opts = PolicyOf(r.facts).Limit(r.opts)
	r.receipt.Before = layouts(m)
	return nil
}

// nothing tells why nothing was done.
func (r *repair) nothing() (*Fixed, error) {
	verdict := model.FixNothing
	for _, s := range r.receipt.Steps {
		switch {
		case s.Verdict == model.StepRefused:
			verdict = model.FixRefused
		case s.Verdict == model.StepFollowUp && verdict == model.FixNothing:
			verdict = model.FixWaiting
		}
	}
	return r.end(verdict, nil), nil
}

func (r *repair) end(verdict string, after *model.Diagnosis) *Fixed {
	r.receipt.Verdict, r.receipt.Ended = verdict, r.opts.now()
	if len(r.receipt.After) == 0 {
		r.receipt.After = r.receipt.Before
	}
	return &Fixed{Receipt: r.receipt, Before: r.before, After: after}
}

// layouts are the partition tables of the facts.
func layouts(m *model.Machine) []model.Layout {
	var out []model.Layout
	for _, d := range m.Disks.Items {
		l := model.Layout{Disk: d.Index}
		for _, p := range d.Partitions {
			l.Partitions = append(l.Partitions, model.LayoutPartition{From: p.ID, Role: p.Role, Start: p.Start, Size: p.Size})
		}
		out = append(out, l)
	}
	return out
}

// speed is what a plain disk writes, for telling how long it will take: bytes a second.
const speed = 80 << 20

func secondsFor(bytes int64) int64 { return max(1, bytes*3/speed) }
