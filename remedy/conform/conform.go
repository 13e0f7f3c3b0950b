// Package conform is what every host must pass: each remedy is carried out in a
// scenario in which it applies, the power is cut at every step of it, and whatever
// happens the machine ends up as it was or as it should be.
//
// It is for tests. It may import model, disk/commit, remedy and what lies below it, and
// must never know how a host does its work: it sees a Machine.
package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

// Scenario is a machine on which a remedy applies.
type Scenario struct {
	Name   string
	Remedy string                    // id
	PC     func() *fake.PC           // how the machine is
	Params model.Args                // of the step
	Expect func(*model.Machine) bool // how it is to be afterwards

	// Lasts: an operation cannot be taken back (host.Lasts). Undo then restores everything
	// else, and what is expected need not come true where a tool does not do its work.
	Lasts bool
	// Anew: a second run does it all once more.
	Anew bool
}

// Machine is one machine on one host, with a journal of its own for each Apply that is
// not a resumption.
type Machine interface {
	// Facts reads the machine.
	Facts(ctx context.Context) (*model.Machine, error)
	// Apply carries ops out, or goes on with them after a cut.
	Apply(ctx context.Context, ops []host.Op) error
	// Undo takes back what Apply did, or goes on doing so.
	Undo(ctx context.Context) error
	// Again begins a new journal: what was applied stays.
	Again()
	// Snapshot is all that operations could change; equal ones are equal machines.
	Snapshot() string
	// Violations are moments at which something was wrong that must never be.
	Violations() []string
}

// Lasting is a Machine on which operations can change what cannot be taken back.
type Lasting interface {
	// Lasting is all of that; it is no part of Snapshot.
	Lasting() string
}

// Cutter is a Machine whose power can be cut. Not every host needs to be one.
type Cutter interface {
	// CutAt cuts the power before the n-th write from now: of the machine or of the
	// journal. 0: not at all.
	CutAt(n int)
	// Writes counts the writes so far.
	Writes() int
	// Restart starts the machine again; the program begins anew. cut is false if the power
	// was not cut since CutAt.
	Restart() (cut bool)
}

// Troubled is a Machine that misbehaves on demand.
type Troubled interface {
	// Trouble lets it misbehave in the way of that name; empty: not any more.
	Trouble(name string)
}

// Host is what is tested.
type Host struct {
	// New makes a machine like s.PC; nil: this host cannot carry that remedy out.
	New func(t testing.TB, s Scenario) Machine
	// Troubles are the names that Trouble knows.
	Troubles []string
	// Most bounds how many cuts of one kind are tried in a scenario, spread evenly; 0: all.
	Most int
}

// Run tests a host with every remedy there is.
func Run(t *testing.T, h Host) {
	for _, id := range Missing() {
		t.Errorf("remedy %s has no scenario: add one to remedy/conform, a machine on which it applies and how that is to be afterwards", id)
	}
	for _, r := range remedy.All() {
		for _, s := range Of(r.ID) {
			t.Run(s.Remedy+"/"+s.Name, func(t *testing.T) { RunScenario(t, h, s, r) })
		}
	}
}

// Missing are the ids of remedies that have no scenario.
func Missing() []string {
	var ids []string
	for _, r := range remedy.All() {
		if len(Of(r.ID)) == 0 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Of returns the scenarios of a remedy.
func Of(id string) []Scenario {
	return slices.DeleteFunc(slices.Clone(scenarios), func(s Scenario) bool { return s.Remedy != id })
}

// RunScenario tests a host with one remedy.
func RunScenario(t testing.TB, h Host, s Scenario, r remedy.Remedy) {
	if h.New(t, s) == nil {
		t.Skip("not for this host")
	}
	c := &course{t: t, h: h, s: s, r: r}
	c.whole()
	if t.Failed() {
		return
	}
	c.cuts()
	c.troubles()
}

// course is one scenario on one host.
type course struct {
	t             testing.TB
	h             Host
	s             Scenario
	r             remedy.Remedy
	ops           []host.Op
	before, after string
	untouched     string // what lasts, before
	apply, undo   int    // writes of a run without cuts
}

// whole runs without any trouble, and learns how the machine is before and after.
func (c *course) whole() {
	c.t.Helper()
	m := c.h.New(c.t, c.s)
	c.before, c.untouched = m.Snapshot(), lasting(m)
	c.ops = c.plan(m)
	if len(c.ops) == 0 {
		c.t.Fatal("the remedy does nothing on the machine of its scenario")
	}
	if lasts := slices.ContainsFunc(c.ops, host.Lasts); lasts != c.s.Lasts {
		c.t.Fatalf("the scenario says lasts: %v, the operations say %v", c.s.Lasts, lasts)
	}
	c.apply = c.count(m, func() { c.must("apply", m.Apply(c.t.Context(), c.ops)) })
	c.after = m.Snapshot() + lasting(m)
	if c.after == c.before+c.untouched {
		c.t.Fatal("nothing has changed")
	}
	c.expected(m, "apply")
	c.must("apply once more", m.Apply(c.t.Context(), c.ops))
	c.equal(m, c.after, "the same run once more")
	c.undo = c.count(m, func() { c.must("undo", m.Undo(c.t.Context())) })
	c.equal(m, c.before, "undo")
	c.must("undo once more", m.Undo(c.t.Context()))
	c.equal(m, c.before, "undo once more")
	c.sound(m, "whole run")
	c.secondRun()
}

// secondRun is a fix of a machine that was fixed before.
func (c *course) secondRun() {
	c.t.Helper()
	m := c.h.New(c.t, c.s)
	c.must("apply", m.Apply(c.t.Context(), c.ops))
	m.Again()
	if ops := c.plan(m); len(ops) > 0 && !c.s.Anew {
		c.must("second run", m.Apply(c.t.Context(), ops))
		c.equal(m, c.after, "a second run")
		c.must("undo of the second run", m.Undo(c.t.Context()))
		c.equal(m, c.after, "undo of a second run")
	}
}

func (c *course) plan(m Machine) []host.Op {
	c.t.Helper()
	facts, err := m.Facts(c.t.Context())
	c.must("facts", err)
	ops, err := c.r.Ops(facts, c.s.Params)
	c.must("operations", err)
	return ops
}

func (c *course) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %s", what, whole(err))
	}
}

// whole is an error with its arguments.
func whole(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%v %v", err, e.Args)
	}
	return err.Error()
}

func (c *course) expected(m Machine, when string) {
	c.t.Helper()
	facts, err := m.Facts(c.t.Context())
	c.must("facts", err)
	if !c.s.Expect(facts) {
		c.t.Errorf("%s: not as expected:\n%s", when, m.Snapshot())
	}
}

// equal wants the machine as it was before, or as it is afterwards. What lasts need not
// be as before where the scenario says so.
func (c *course) equal(m Machine, want, when string) {
	c.t.Helper()
	got := m.Snapshot()
	if want == c.before && !c.s.Lasts {
		want += c.untouched
	}
	if want != c.before || !c.s.Lasts {
		got += lasting(m)
	}
	if got != want {
		c.t.Errorf("%s: %s", when, difference(want, got))
	}
}

func lasting(m Machine) string {
	if l, ok := m.(Lasting); ok {
		return l.Lasting()
	}
	return ""
}

func (c *course) sound(m Machine, when string) {
	c.t.Helper()
	for _, v := range m.Violations() {
		c.t.Errorf("%s: %s", when, v)
	}
}

func (c *course) count(m Machine, do func()) int {
	cutter, ok := m.(Cutter)
	if !ok {
		do()
		return 0
	}
	n := cutter.Writes()
	do()
	return cutter.Writes() - n
}
