package model

// SummarySchema names the JSON form of Summary.
const SummarySchema = "updoc.summary/1"

// SummaryLimit is how many characters (and bytes: they are ASCII) a Summary takes as one
// line of JSON. Intune keeps 2,048 characters of the last line that a script prints; what
// is left is for a word that the script puts in front.
const SummaryLimit = 1900

// Verdict of a step in the Summary of a diagnosis: a fix would carry it out.
const StepReady = "ready"

// Outcomes of a Summary besides those of a diagnosis and the verdicts of a fix.
const (
	SummaryError      = "error"       // updoc could not do what was asked; Code says why
	SummaryCannotLook = "cannot-look" // said by a script that got no answer from updoc
)

// Summary is the result of a diagnosis or a fix for tools that manage many PCs: short,
// free of language, and with nothing in it that names a person or a PC.
type Summary struct {
	Schema    string `json:"schema"`
	Version   string `json:"version"`        // of updoc
	Knowledge string `json:"knowledge"`      // version of the knowledge
	Verb      string `json:"verb"`           // diagnose or fix
	Outcome   string `json:"outcome"`        // of the diagnosis, verdict of the fix, error or cannot-look
	Code      string `json:"code,omitempty"` // of an error
	ExitCode  int    `json:"exitCode"`
	// Remediate decides. After a diagnosis: there is a step that changes something, that
	// updoc can do by itself within what it is allowed, and that has not been done since the
	// failure. After a fix: what was to be done is not done.
	Remediate bool `json:"remediate"`
	// Interrupted: an earlier repair of this PC stopped half-way, or waits for a restart or a
	// person; updoc resume or undo ends it.
	Interrupted bool             `json:"interrupted,omitempty"`
	Failures    []SummaryFailure `json:"failures"`
	Conditions  []string         `json:"conditions"` // ids of likely and confirmed conditions
	Steps       []SummaryStep    `json:"steps"`
	Unseen      int              `json:"unseen"`         // artefacts that could not be seen
	Left        int              `json:"left,omitempty"` // entries of the three lists that were left out to keep it short
}

// SummaryFailure is an update that fails, or failed, with its surest cause.
type SummaryFailure struct {
	KB      string `json:"kb,omitempty"`
	Code    string `json:"code,omitempty"`
	Outcome string `json:"outcome"`
	Cause   string `json:"cause,omitempty"`
	Verdict string `json:"verdict,omitempty"`
}

// SummaryStep is a step of the plan, or of the receipt.
type SummaryStep struct {
	Remedy  string `json:"remedy"`
	Risk    string `json:"risk"`
	Verdict string `json:"verdict"` // ready, or as in a receipt
	Detail  string `json:"detail,omitempty"`
}
