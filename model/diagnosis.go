package model

import "time"

// DiagnosisSchema names the JSON form of Diagnosis.
const DiagnosisSchema = "updoc.diagnosis/1"

// Outcomes of a failure and of a whole diagnosis.
const (
	OutcomeFailing    = "failing"
	OutcomeHealed     = "healed"
	OutcomeFalseError = "false-error"
	OutcomeHealthy    = "healthy"   // whole diagnosis only: nothing fails, nothing is wrong
	OutcomeCondition  = "condition" // nothing fails, but something is wrong
	OutcomeUnseen     = "unseen"    // nothing found, but something that could show a fault was not seen
)

// Verdicts of a cause, surest first.
const (
	VerdictConfirmed = "confirmed"
	VerdictLikely    = "likely"
	VerdictPossible  = "possible"
	VerdictRuledOut  = "ruled-out"
)

// Failure is an update that fails, or failed.
type Failure struct {
	ID        string    `json:"id"`
	KB        string    `json:"kb"`
	Title     string    `json:"title"`
	UpdateID  string    `json:"updateId"`
	Class     string    `json:"class"`     // update class of knowledge: winre, lcu, defender-intelligence, …
	ClassFrom string    `json:"classFrom"` // what tells the class: update (its KB or title), evidence; empty: nothing does
	Code      string    `json:"code"`      // outer code of the last failed attempt
	InnerCode string    `json:"innerCode"`
	Stage     string    `json:"stage"`
	Attempts  []Attempt `json:"attempts"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Outcome   string    `json:"outcome"`
	Causes    []Cause   `json:"causes"`
	Contrast  *Contrast `json:"contrast,omitempty"`  // why the surest cause and not the next one
	IfNothing string    `json:"ifNothing,omitempty"` // filled by report: what happens if nothing is done
}

// Contrast says what separates the surest cause of a failure from the one that comes
// next. It is computed from the evidence.
type Contrast struct {
	Cause   string    `json:"cause"`          // the surest
	Next    string    `json:"next"`           // empty: no other known cause can be meant
	Odds    float64   `json:"odds,omitempty"` // how many times likelier the surest is; 0: the next is ruled out
	Holds   []string  `json:"holds"`          // ids of the findings for the surest
	Against []Finding `json:"against"`        // what speaks against the next
	Lacking []Finding `json:"lacking"`        // what would speak for the next and is not so; it has no place
}

// Cause is a known reason with its verdict for one failure, or for the machine as a
// whole (a condition).
type Cause struct {
	ID          string    `json:"id"`
	Refines     string    `json:"refines"`
	Fault       bool      `json:"fault"` // false: no fault of the PC (false error, vendor's side)
	Verdict     string    `json:"verdict"`
	Probability float64   `json:"probability"`
	Args        Args      `json:"args,omitempty"` // values its texts show
	For         []Finding `json:"for"`
	Against     []Finding `json:"against"`
	Missing     []Missing `json:"missing"`
	Remedies    []string  `json:"remedies"`
	Text        *Words    `json:"text,omitempty"` // filled by report, in the reader's language
}

// Words are the sentences of a cause or step in one language. They are filled in by
// report and are empty everywhere else.
type Words struct {
	Title  string `json:"title"`
	Home   string `json:"home,omitempty"`
	Expert string `json:"expert,omitempty"`

	IfNothing string `json:"ifNothing,omitempty"` // what happens if nothing is done
}

// Args are the named values that a text shows: string, int64, float64, bool or
// time.Time.
type Args map[string]any

// Finding is one fact for or against a cause. TextID with Args is what it says,
// free of language; Text is filled by report.
type Finding struct {
	ID     string   `json:"id"`
	Text   string   `json:"text"`
	TextID string   `json:"textId"`
	Args   Args     `json:"args"`
	Origin Origin   `json:"origin"`
	Also   []Origin `json:"also,omitempty"` // further places that say the same
	Value  any      `json:"value"`
}

// Missing is evidence that would settle a cause but was not seen.
type Missing struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	TextID   string `json:"textId"`
	Fact     string `json:"fact"`               // path of the unseen fact
	Artifact string `json:"artifact,omitempty"` // what it would have been read from
	Reason   string `json:"reason"`
	How      string `json:"how"`
}

// UnseenEntry is an artefact that could not be read, and the causes that it keeps
// from being decided.
type UnseenEntry struct {
	Artifact string   `json:"artifact"`
	Path     string   `json:"path,omitempty"`
	Reason   string   `json:"reason"`
	Detail   string   `json:"detail,omitempty"`
	How      string   `json:"how"`
	Text     string   `json:"text,omitempty"` // filled by report
	Blocks   []string `json:"blocks"`
}

// Versioned names a component and its version.
type Versioned struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version"`
}

// SourceInfo names what was looked at.
type SourceInfo struct {
	Kind string `json:"kind"` // disk, folder, bundle, live
	Path string `json:"path"`
	Form string `json:"form,omitempty"` // raw, vhd, vhdx, qcow2, … of a disk
}

// Diagnosis is the whole result, free of language until report fills the texts.
type Diagnosis struct {
	Schema      string        `json:"schema"`
	Tool        Versioned     `json:"tool"`
	Knowledge   Versioned     `json:"knowledge"`
	GeneratedAt time.Time     `json:"generatedAt"`
	Lang        string        `json:"lang"`
	Outcome     string        `json:"outcome"`
	ExitCode    int           `json:"exitCode"`
	Source      SourceInfo    `json:"source"`
	Machine     Machine       `json:"machine"`
	Failures    []Failure     `json:"failures"`
	Conditions  []Cause       `json:"conditions"`
	Unseen      []UnseenEntry `json:"unseen"`
	Plan        Plan          `json:"plan"`
}
