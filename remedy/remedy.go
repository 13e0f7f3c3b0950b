// Package remedy is what can be done: each remedy turns the facts and the parameters of
// its step into operations of remedy/host, and refuses with the reason where it cannot.
// One file per remedy; all.go is the ordered list.
//
// It may import model, disk, format and codec. It must never act itself, and never know
// why a remedy was chosen: what it needs stands in the step's parameters.
package remedy

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// Remedy is one named cure as it can be carried out. Its texts, risk and gates are in
// knowledge/remedies under the same id.
type Remedy struct {
	ID string
	// Ops are the operations that carry it out, in order. It is pure: the same facts and
	// parameters give the same operations, and none if all is as it should be. A refusal
	// is a *model.Error with exit code 6.
	Ops func(m *model.Machine, p model.Args) ([]host.Op, error)
}

// Later tells that what is expected of the remedy cannot be seen before Windows has run
// again.
func (r Remedy) Later() bool { return slices.Contains(later, r.ID) }

// Offered tells that the remedy does more if the update agent was asked what it offers.
func (r Remedy) Offered() bool { return slices.Contains(byOffers, r.ID) }

// All returns every remedy, in order.
func All() []Remedy { return slices.Clone(all) }

// Find returns the remedy of that id; ok is false if updoc itself cannot carry it out.
func Find(id string) (r Remedy, ok bool) {
	for _, r := range all {
		if r.ID == id {
			return r, true
		}
	}
	return Remedy{}, false
}
