package model

import "time"

// ReceiptSchema and the other schema names of documents this program writes.
const (
	ReceiptSchema  = "updoc.receipt/1"
	ManifestSchema = "updoc.manifest/1"
	ErrorSchema    = "updoc.error/1"
)

// Receipt is what was done by a fix. Journal is the head of the journal's hash chain.
type Receipt struct {
	Schema  string        `json:"schema"`
	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended"`
	Journal string        `json:"journal"`
	Steps   []ReceiptStep `json:"steps"`
	Verdict string        `json:"verdict"` // cured, not-cured, waiting, refused, half-done
}

// ReceiptStep is one step of a Receipt.
type ReceiptStep struct {
	ID      string `json:"id"`
	Remedy  string `json:"remedy"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail,omitempty"`
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
