package model

import "time"

// DeferredSchema names the JSON form of Deferred.
const DeferredSchema = "updoc.deferred/1"

// Deferred is the book of updates that were put off on a PC, and what `updoc deferred`
// prints.
type Deferred struct {
	Schema    string     `json:"schema"`
	Deferrals []Deferral `json:"deferrals"`
}

// Deferral is one update that was put off. What it mends stays open until it is in.
type Deferral struct {
	KB       string    `json:"kb"`
	Title    string    `json:"title,omitempty"`    // as Windows Update names it; empty: not known
	UpdateID string    `json:"updateId,omitempty"` // of the update that was hidden, lower case; a new revision is shown again
	Until    string    `json:"until"`              // last day it is put off, yyyy-mm-dd in the zone of the PC
	Reason   string    `json:"reason"`             // in the words of who put it off
	CVEs     []string  `json:"cves"`               // what stays open, as known when it was put off
	Made     time.Time `json:"made"`               // UTC
	Hidden   bool      `json:"hidden"`             // Windows Update was told to hide it; false: only noted
	Expired  bool      `json:"expired,omitempty"`  // said when listed: the day is over, it should be offered again
}
