package model

import "time"

// ReceiptSchema and the other schema names of documents this program writes.
const (
	ReceiptSchema  = "updoc.receipt/1"
	ManifestSchema = "updoc.manifest/1"
	ErrorSchema    = "updoc.error/1"
)

// Verdicts of a Receipt, and of its steps. A dry run is prepared and thrown away.
const (
	FixCured     = "cured"     // done, and what was expected was seen afterwards
	FixNotCured  = "not-cured" // done and not as expected: the machine is as before
	FixWaiting   = "waiting"   // the rest needs a running Windows, a restart or a person
	FixRefused   = "refused"   // a gate is closed: nothing was changed
	FixHalfDone  = "half-done" // interrupted: resume or undo
	FixUndone    = "undone"    // taken back, byte for byte
	FixNothing   = "nothing"   // nothing to do here
	FixDry       = "dry-run"   // carried out up to PREPARED, then thrown away
	StepDone     = "done"      //
	StepSkipped  = "skipped"   // not chosen, or not possible here; Detail says why
	StepRefused  = "refused"   //
	StepFailed   = "failed"    //
	StepUndone   = "undone"    // taken back
	StepFollowUp = "follow-up" // left for the running Windows or a person
)

// Receipt is what was done by a fix, resume or undo.
type Receipt struct {
	Schema  string        `json:"schema"`
	ID      string        `json:"id"`      // of the journal; empty if there is none
	Journal string        `json:"journal"` // head of the journal's hash chain, lower-case hex; empty if there is none
	Folder  string        `json:"folder"`  // where the journal lies
	Source  SourceInfo    `json:"source"`  //
	State   string        `json:"state"`   // of the journal: PREPARED … VERIFIED, UNDONE, DISCARDED; empty if there is none
	Started time.Time     `json:"started"` // UTC
	Ended   time.Time     `json:"ended"`   // UTC
	Steps   []ReceiptStep `json:"steps"`
	Before  []Layout      `json:"before"`            // partition tables before
	After   []Layout      `json:"after"`             // and afterwards
	Changed Changed       `json:"changed"`           //
	Notes   []string      `json:"notes"`             // ids of texts: what the person should know (dirty-flag, restore-points, …)
	Backup  string        `json:"backup,omitempty"`  // folder that the person's files were copied to first; empty: not for this repair
	Waiting *Waiting      `json:"waiting,omitempty"` // nil: nothing is waited for
	Stopped *Stopped      `json:"stopped,omitempty"` // nil: it came to its end
	Verdict string        `json:"verdict"`
}

// Stopped is why a fix of the running Windows gave up.
type Stopped struct {
	Code  string   `json:"code"`  // same-again, restart-loop
	Tried []string `json:"tried"` // ids of remedies, in order
	Seen  []string `json:"seen"`  // ids of causes that are still seen
}

// Why a fix gave up.
const (
	StoppedSameAgain = "same-again"   // only what was tried already is left to do
	StoppedRestarts  = "restart-loop" // it asked for a restart again and again
	StoppedTries     = "tries"        // of a watch: as often as was asked for
	StoppedBudget    = "budget"       // of a watch: its time is up
)

// ReceiptStep is one step of a Receipt. Detail is the code of an error, or the id of a
// text; Gate names the gate that is closed.
type ReceiptStep struct {
	ID      string `json:"id"`
	Remedy  string `json:"remedy"`
	Risk    string `json:"risk"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail,omitempty"`
	Gate    string `json:"gate,omitempty"`
	Args    Args   `json:"args,omitempty"`

	Operations []string `json:"operations,omitempty"` // of a dry run on a running Windows, which cannot be tried out
}

// Changed is what a commit writes, or would write.
type Changed struct {
	Ranges  []Range `json:"ranges"`  // stretches of the disk, by place
	Bytes   int64   `json:"bytes"`   // in all
	Journal int64   `json:"journal"` // bytes the journal takes
	Seconds int64   `json:"seconds"` // about how long the writing takes; in a receipt, how long all took
}

// Range is a stretch of a disk in bytes.
type Range struct {
	Start uint64 `json:"start"`
	Size  uint64 `json:"size"`
}

// JournalInfo is one journal as history shows it.
type JournalInfo struct {
	ID      string    `json:"id"`
	Folder  string    `json:"folder"`
	Target  string    `json:"target"` // path of the disk as it was given
	State   string    `json:"state"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Remedy  []string  `json:"remedies"`
	Bytes   int64     `json:"bytes"`             // written to the disk
	Problem string    `json:"problem,omitempty"` // code, if the journal is damaged
}

// Manifest describes a bundle. Members maps each member to its lower-case SHA-256.
type Manifest struct {
	Schema  string            `json:"schema"`
	Tool    Versioned         `json:"tool"`
	Source  SourceInfo        `json:"source"`
	Time    time.Time         `json:"time"`
	Zone    string            `json:"zone"`
	Masked  bool              `json:"masked"`
	Raw     bool              `json:"raw"`
	Members map[string]string `json:"members"`
}

// Error is an error for three readers: a stable kebab-case code for scripts, a
// sentence with hints for people, the cause chain for a log. It implements error.
type Error struct {
	Schema  string   `json:"schema"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Hints   []string `json:"hints"`
	Cause   []string `json:"cause"`
	Args    Args     `json:"args,omitempty"`
	Exit    int      `json:"-"` // exit code of the command; 0 means 2
	Err     error    `json:"-"`
}

// Error returns the code and the chain below it; people are shown Message instead.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Code
	}
	return e.Code + ": " + e.Err.Error()
}

// Unwrap returns the next error of the chain.
func (e *Error) Unwrap() error { return e.Err }
