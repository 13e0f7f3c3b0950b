package doctor

import (
	"context"
	"time"

	"updoc/model"
	"updoc/remedy"
	hostimage "updoc/remedy/host/image"
)

// FixOptions say what Fix may do. The zero value changes nothing that needs a yes.
type FixOptions struct {
	Options
	Volume  string            // id of the Windows volume, when a disk has several
	Journal string            // folder that holds the journals; empty: DefaultJournal
	Only    []string          // these remedies alone; gates still hold
	MaxRisk string            // highest risk that may be done; empty: R4
	Accept  []string          // said in words: "R3", "R4" (the risk), and ids of gates that only a person can answer
	Files   map[string]string // what the person names: as file: of its remedy → local path
	Backed  bool              // the person's files were copied and compared in this run
	Backup  string            // to this folder; for the receipt
	DryRun  bool              // carry out on the overlay up to PREPARED, then throw it away
	Confirm func(*Proposal) (bool, error)
	Doing   func(Doing) // nil: nobody is told

	// Of the running Windows alone.
	NoRestart bool                            // never restart it: say that it must be, and wait
	Wait      time.Duration                   // how long to wait for an update that is being installed
	Limit     time.Duration                   // after it nothing more is begun now; 0: none
	Accepts   func(what string) (bool, error) // asks for a risk (R3, R4) or a gate of Accept; nil: nobody can be asked
	Clock     Clock                           // nil: that of this computer

	administrators MachinePolicy                         // set by MachinePolicy.Limit
	find           func(id string) (remedy.Remedy, bool) // nil: remedy.Find
}

// Proposal is what is about to be written, shown before it is: everything was done on
// the overlay and verified there. Confirm answers it; nil stands for yes.
//
// On a running Windows nothing can be tried out: Steps are what will be done, one after
// the other, or Restart asks for a restart.
type Proposal struct {
	Diagnosis *model.Diagnosis // before
	Receipt   *model.Receipt   // what would be done, with both partition maps
	Steps     []model.Step     // nil: it was tried out
	Restart   bool
}

// Doing tells what is being done. Done and Total are bytes, or 0.
type Doing struct {
	What        string // id of a text below ui.doing: look, lock, step, verify, undo-copy, write, read-back, …
	Remedy      string // of a step
	Done, Total int64
}

// Fixed is what a fix, resume or undo came to.
type Fixed struct {
	Receipt       *model.Receipt
	Before, After *model.Diagnosis // nil where nothing was looked at
}

// errNeedsLinux is said at once where no disk can be worked on. The condition is a constant:
// what would work on it is not even built into such a program.
var errNeedsLinux = &model.Error{Code: "disk-needs-linux", Exit: exitRefused}

// Fix carries out the plan for the disk at path. Errors are *model.Error: exit code 2 or
// 6 if nothing was changed, 4 if it stopped half-way.
func Fix(ctx context.Context, path string, opts FixOptions) (*Fixed, error) {
	if !hostimage.Supported {
		return nil, errNeedsLinux
	}
	r, err := newRepair(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.run(ctx)
}

func (o FixOptions) tell(d Doing) {
	if o.Doing != nil {
		o.Doing(d)
	}
}

// looking passes the steps of looking on as what is being done.
func (o FixOptions) looking() Options {
	out := o.Options
	out.Progress = func(_ string, done, total int) { o.tell(Doing{What: "look", Done: int64(done), Total: int64(total)}) }
	return out
}

func newReceipt(path string, now time.Time) *model.Receipt {
	return &model.Receipt{
		Schema: model.ReceiptSchema, Source: model.SourceInfo{Kind: "disk", Path: path}, Started: now,
		Steps: []model.ReceiptStep{}, Before: []model.Layout{}, After: []model.Layout{}, Changed: model.Changed{Ranges: []model.Range{}}, Notes: []string{},
	}
}
