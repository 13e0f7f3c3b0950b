// Package model is the leaf everyone speaks: the facts about a machine, and what
// the stages of the pipeline hand to each other. It holds types and their JSON
// form, and no logic about Windows. It may import the standard library only, and
// must never read a file, a clock or the environment.
package model

import (
	"encoding/json"
	"time"
)

// Origin says where a fact was read, so that a person can look there too. Every
// part but Artifact may be empty.
type Origin struct {
	Artifact string `json:"artifact"`         // kind of evidence: "hive", "evtx", "cbs", "gpt", "ntfs", "wim", …
	Volume   string `json:"volume,omitempty"` // volume id, as in Volume.ID
	Path     string `json:"path,omitempty"`   // Windows path without drive letter, backslashes
	Record   uint64 `json:"record,omitempty"` // event record id
	Line     int64  `json:"line,omitempty"`   // 1-based line of a text log
	Key      string `json:"key,omitempty"`    // registry key and value, or XML element
	Offset   int64  `json:"offset,omitempty"` // byte offset in the artefact
}

// Unseen says why a fact is not known and how a person can make it known. Reason is
// a stable kebab-case word of the list in Reasons; Detail is free text for an expert.
type Unseen struct {
	Artifact string `json:"artifact,omitempty"`
	Reason   string `json:"reason"`
	Detail   string `json:"detail,omitempty"`
	How      string `json:"how,omitempty"` // stable word of the list in Hows
}

// Why a fact is unseen.
const (
	ReasonNotLooked   = "not-looked"   // nobody looked: the zero value of a Fact
	ReasonAbsent      = "absent"       // the artefact does not exist in this source
	ReasonDamaged     = "damaged"      // it exists, but cannot be read
	ReasonEncrypted   = "encrypted"    // it lies on an encrypted volume
	ReasonUnsupported = "unsupported"  // it is in a form this program does not read
	ReasonPermission  = "permission"   // this user may not read it
	ReasonInUse       = "in-use"       // another program holds it open
	ReasonOffline     = "offline"      // only a running Windows knows it
	ReasonOutOfRange  = "out-of-range" // the log does not reach back, or forward, far enough
	ReasonNoDisk      = "no-disk"      // a folder or bundle holds no partition table
	ReasonMasked      = "masked"       // taken out of a bundle to protect the owner
)

// How an unseen fact can be made known.
const (
	HowDisk       = "diagnose-the-disk"
	HowUnlock     = "unlock-the-volume"
	HowLive       = "run-on-the-pc"
	HowAdmin      = "run-as-administrator"
	HowOnline     = "ask-online"
	HowOlderLogs  = "older-logs"
	HowRaw        = "collect-raw"
	HowCopyFolder = "copy-the-whole-folder"
	HowRestart    = "restart-windows"
	HowNothing    = "cannot-be-seen"
)

// Fact is a value that was seen, with its origin, or was not, with the reason. The
// zero Fact is unseen: forgetting to look never reads as "no" or "0".
type Fact[T any] struct {
	Value  T       // meaningful only if Known
	Known  bool    // the value was seen
	Origin Origin  // where; zero if unseen
	Why    *Unseen // why not; nil if Known, or if nobody looked
}

// Known returns a fact seen at o.
func Known[T any](v T, o Origin) Fact[T] { return Fact[T]{Value: v, Known: true, Origin: o} }

// NotSeen returns a fact that could not be seen because of why.
func NotSeen[T any](why Unseen) Fact[T] { return Fact[T]{Why: &why} }

// Reason returns why the fact is unseen; the zero Unseen if it is known.
func (f Fact[T]) Reason() Unseen {
	switch {
	case f.Known:
		return Unseen{}
	case f.Why == nil:
		return Unseen{Reason: ReasonNotLooked, How: HowDisk}
	}
	return *f.Why
}

type factJSON[T any] struct {
	Value  *T      `json:"value,omitempty"`
	Origin *Origin `json:"origin,omitempty"`
	Unseen *Unseen `json:"unseen,omitempty"`
}

// MarshalJSON writes {"value":…,"origin":…} or {"unseen":…}.
func (f Fact[T]) MarshalJSON() ([]byte, error) {
	if f.Known {
		return json.Marshal(factJSON[T]{Value: &f.Value, Origin: &f.Origin})
	}
	why := f.Reason()
	return json.Marshal(factJSON[T]{Unseen: &why})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Fact[T]) UnmarshalJSON(b []byte) error {
	var j factJSON[T]
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*f = Fact[T]{Why: j.Unseen}
	if j.Value != nil {
		f.Value, f.Known = *j.Value, true
		if j.Origin != nil {
			f.Origin = *j.Origin
		}
	}
	return nil
}

// Coverage says how much of what existed a List holds. Only a complete list, or one
// whose span includes the time asked about, can prove that something did not happen.
type Coverage struct {
	Complete bool      `json:"complete"`
	From     time.Time `json:"from,omitzero"` // UTC; with To the span that is covered; both zero: none
	To       time.Time `json:"to,omitzero"`
	Why      *Unseen   `json:"why,omitempty"` // why it is not complete
}

// Covers reports whether the list is known to hold everything at time t. A zero t
// asks for all time.
func (c Coverage) Covers(t time.Time) bool {
	if c.Complete {
		return true
	}
	if t.IsZero() || c.From.IsZero() || c.To.IsZero() {
		return false
	}
	return !t.Before(c.From) && !t.After(c.To)
}

// Reason returns why the list is incomplete; a general reason if none was noted.
func (c Coverage) Reason() Unseen {
	if c.Why != nil {
		return *c.Why
	}
	return Unseen{Reason: ReasonNotLooked, How: HowDisk}
}

// List is a collection of things seen, with its coverage. The zero List covers
// nothing: that no item is in it proves nothing.
type List[T any] struct {
	Items    []T      `json:"items"`
	Coverage Coverage `json:"coverage"`
}

// Complete returns a list that holds all there is.
func Complete[T any](items []T) List[T] {
	return List[T]{Items: items, Coverage: Coverage{Complete: true}}
}

// Partial returns a list that holds what could be seen; why says what is lacking.
func Partial[T any](items []T, why Unseen) List[T] {
	return List[T]{Items: items, Coverage: Coverage{Why: &why}}
}
