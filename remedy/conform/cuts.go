package conform

import (
	"fmt"
	"strings"
)

// cuts cuts the power before every write of a run, and then of what follows.
func (c *course) cuts() {
	if _, ok := c.h.New(c.t, c.s).(Cutter); !ok {
		return
	}
	for _, n := range c.spread(c.apply) {
		c.cutOnce(n)
		if c.t.Failed() {
			return
		}
	}
	for _, n := range c.spread(c.undo) {
		c.cutInUndo(n)
		if c.t.Failed() {
			return
		}
	}
}

// spread are the numbers from 1 to n, no more than Most of them.
func (c *course) spread(n int) []int {
	step := 1
	if c.h.Most > 0 {
		step = max(1, (n+c.h.Most-1)/c.h.Most)
	}
	var all []int
	for i := 1; i <= n; i += step {
		all = append(all, i)
	}
	return all
}

// cutAfter is a machine whose power was cut at the n-th write of apply.
func (c *course) cutAfter(n int) Machine {
	c.t.Helper()
	m := c.h.New(c.t, c.s)
	m.(Cutter).CutAt(n)
	err := m.Apply(c.t.Context(), c.ops)
	if cut := m.(Cutter).Restart(); !cut || err == nil {
		c.t.Fatalf("apply was not cut at write %d: %v", n, err)
	}
	return m
}

// cutOnce cuts apply at write n, then goes on, or back, being cut again at every write.
func (c *course) cutOnce(n int) {
	c.t.Helper()
	on := func(m Machine) error { return m.Apply(c.t.Context(), c.ops) }
	back := func(m Machine) error { return m.Undo(c.t.Context()) }
	c.again(n, "resume", c.after, on)
	c.again(n, "undo", c.before, back)
}

// again finishes a machine that was cut at write n by do; then others of its kind,
// cutting do as well, once at each write.
func (c *course) again(n int, what, want string, do func(Machine) error) {
	c.t.Helper()
	m := c.cutAfter(n)
	when := fmt.Sprintf("cut at write %d of %d, %s", n, c.apply, what)
	writes := c.count(m, func() { c.must(when, do(m)) })
	c.equal(m, want, when)
	c.sound(m, when)
	for _, k := range c.spread(writes) {
		m := c.cutAfter(n)
		m.(Cutter).CutAt(k)
		err := do(m)
		when := fmt.Sprintf("%s cut at write %d of %d", when, k, writes)
		if cut := m.(Cutter).Restart(); !cut || err == nil {
			c.t.Fatalf("%s: was not cut: %v", when, err)
		}
		c.must(when, do(m))
		c.equal(m, want, when)
		c.sound(m, when)
	}
}

// cutInUndo cuts the undo of a whole run at write n and goes on.
func (c *course) cutInUndo(n int) {
	c.t.Helper()
	m := c.h.New(c.t, c.s)
	c.must("apply", m.Apply(c.t.Context(), c.ops))
	m.(Cutter).CutAt(n)
	err := m.Undo(c.t.Context())
	when := fmt.Sprintf("undo cut at write %d of %d", n, c.undo)
	if cut := m.(Cutter).Restart(); !cut || err == nil {
		c.t.Fatalf("%s: was not cut: %v", when, err)
	}
	c.must(when, m.Undo(c.t.Context()))
	c.equal(m, c.before, when)
	c.sound(m, when)
}

// troubles lets the machine misbehave in every way it knows. Either all is as expected
// at the end, or it can be taken back: at the latest when the trouble is over.
func (c *course) troubles() {
	for _, name := range c.h.Troubles {
		m := c.h.New(c.t, c.s)
		troubled, ok := m.(Troubled)
		if !ok {
			return
		}
		troubled.Trouble(name)
		when := "trouble " + name
		if err := m.Apply(c.t.Context(), c.ops); err == nil && !c.s.Lasts {
			c.expected(m, when)
		}
		c.sound(m, when)
		_ = m.Undo(c.t.Context()) // may fail as long as the trouble lasts
		c.sound(m, when+", undo")
		troubled.Trouble("")
		c.must(when+", undo once it is over", m.Undo(c.t.Context()))
		c.equal(m, c.before, when+", undo")
		c.sound(m, when+", undo once it is over")
	}
}

// difference shows the first line in which two snapshots differ, with the lines around.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			around := func(s []string) string { return clip(s[min(max(i-6, 0), len(s)):min(i+6, len(s))]) }
			return fmt.Sprintf("line %d of the snapshot\n--- want\n%s\n--- got\n%s", i+1, around(w), around(g))
		}
	}
	return "no difference"
}

// clip joins lines, each cut short.
func clip(lines []string) string {
	out := ""
	for _, l := range lines {
		out += l[:min(len(l), 160)] + "\n"
	}
	return out
}
