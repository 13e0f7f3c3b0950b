package model

import "time"

// FollowUpSchema names the JSON form of FollowUp.
const FollowUpSchema = "updoc.followup/1"

// FollowUp is what is left to do for the Windows on a disk that was repaired while it
// did not run. It lies on the volume of that Windows until `updoc resume` there has done
// it.
type FollowUp struct {
	Schema  string         `json:"schema"`
	Tool    Versioned      `json:"tool"`    // who left it
	Made    time.Time      `json:"made"`    // UTC
	Journal string         `json:"journal"` // id of the journal of what was done before
	Steps   []FollowUpStep `json:"steps"`   // in order
}

// FollowUpStep is one step that only a running Windows, or a person in front of it, can
// do. Whatever it says is checked against the facts again before it is done.
type FollowUpStep struct {
	ID     string   `json:"id"` // of the step in the plan
	Remedy string   `json:"remedy"`
	Params Args     `json:"params"`
	For    []string `json:"for"`    // ids of failures, or of conditions
	TextID string   `json:"textId"` // text that says why
}
