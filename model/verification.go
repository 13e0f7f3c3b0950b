package model

import "time"

// VerificationSchema and HistorySchema name the JSON forms of Verification and History.
const (
	VerificationSchema = "updoc.verify/1"
	HistorySchema      = "updoc.history/1"
)

// Verdicts of a Verification.
const (
	VerifyCured   = "cured"   // all that was asked for is in, or needs nothing
	VerifyFailing = "failing" // something still fails, is not in, or is wrong
	VerifyWaiting = "waiting" // for a restart
	VerifyUnseen  = "unseen"  // what would show it was not seen
)

// States of a Verified update.
const (
	UpdateInstalled  = "installed"
	UpdateReplaced   = "replaced"      // a newer one is in that holds it
	UpdateWaiting    = "waiting"       // for a restart
	UpdateFailing    = "failing"       //
	UpdateMissing    = "not-installed" // Windows is older than this update makes it
	UpdateFalseError = "false-error"   // reported as failed, needs no repair
	UpdateUnseen     = "unseen"        //
)

// Verification says whether updates are in and what was wrong is cured.
type Verification struct {
	Schema     string     `json:"schema"`
	Tool       Versioned  `json:"tool"`
	Source     SourceInfo `json:"source"`
	Verdict    string     `json:"verdict"`
	ExitCode   int        `json:"exitCode"`
	Updates    []Verified `json:"updates"`           // as asked for; else all that ever failed
	Conditions []string   `json:"conditions"`        // ids of causes that are confirmed or likely; empty if KBs were asked for
	Tries      int        `json:"tries,omitempty"`   // of a watch: how often it was installed again
	Stopped    string     `json:"stopped,omitempty"` // of a watch: why it gave up: same-again, tries, budget
}

// Verified is one update.
type Verified struct {
	KB    string `json:"kb"`
	Title string `json:"title"`
	State string `json:"state"`
	Signs []Sign `json:"signs"` // what says so
}

// Sign is one thing that tells the state of an update: build, winre, package, history or
// diagnosis. Need is the version that would show it, if the kind has one.
type Sign struct {
	Kind   string    `json:"kind"`
	Have   string    `json:"have"`
	Need   string    `json:"need,omitempty"`
	Time   time.Time `json:"time,omitzero"` // UTC
	Origin Origin    `json:"origin"`
}

// History is the list of journals of a folder, newest first. Waiting is what the repair of
// the running Windows waits for; nil: none does.
type History struct {
	Schema   string        `json:"schema"`
	Folder   string        `json:"folder"`
	Journals []JournalInfo `json:"journals"`
	Waiting  *Waiting      `json:"waiting,omitempty"`
}
