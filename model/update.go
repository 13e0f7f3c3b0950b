package model

import "time"

// UpdateFacts are what is known about one update, in the form expressions see (as
// the variable kb). What nobody has published is unseen, never zero.
type UpdateFacts struct {
	ID         string          `json:"id"`    // KB5034441; empty if the failing update is not known
	Class      string          `json:"class"` // update class
	Released   Fact[time.Time] `json:"released"`
	Withdrawn  Fact[time.Time] `json:"withdrawn"`  // known and zero: never withdrawn
	ReplacedBy Fact[string]    `json:"replacedBy"` // empty: nothing replaces it
	Target     Fact[string]    `json:"target"`     // version of what it services, once it is in
	NeedFree   Fact[int64]     `json:"needFree"`   // bytes of free space in the recovery partition
	FalseError Fact[bool]      `json:"falseError"` // the vendor confirmed that it reports an error although it went in
}
