// Package cut proves that a power cut loses nothing: a disk and a journal's folder in
// memory record everything done to them on one timeline, and can be had again as a cut
// of the power at any moment may have left them.
//
// It may import disk/commit and disk/overlay; it is for tests and benchmarks. It must
// never be kinder than a real disk: what was not flushed may be lost in any part and in
// any order, and so may names, lengths and room.
package cut

import (
	"maps"
	"sync"
)

// Machine is a disk and a folder in memory, and what was done to them since it was made.
// Disk and Folder may be used by several goroutines, Machine itself by one at a time.
type Machine struct {
	Disk   *Disk
	Folder *Folder
	// Before is asked before every call on disk and folder, reads too; an error is
	// returned to the caller and nothing is done. Nil: all is well.
	Before func(Call) error
	// Lies says whose Sync does nothing and reports success: the disk's name is "disk",
	// the folder's own "folder", else the file's. Nil: nobody's.
	Lies func(name string) bool

	mu     sync.Mutex
	start  state
	now    state
	events []event
	lastID int
}

// Call is one call on the disk (Name is "disk"), the folder ("folder") or a file in it.
type Call struct {
	Name      string
	Op        string // read, write, sync, truncate, allocate, create, open, rename, remove
	Off, Size int64  // bytes
}

// New is a machine whose disk holds base, which is shared and never written, and whose
// folder is empty.
func New(base []byte) *Machine {
	disk := &content{sparse: sparse{base: base, pages: map[int64][]byte{}}, size: int64(len(base))}
	return machine(state{contents: map[int]*content{diskID: disk}, names: map[string]int{}})
}

func machine(s state) *Machine {
	m := &Machine{start: s, now: s.clone()}
	m.Disk, m.Folder = &Disk{m}, &Folder{m}
	for id := range s.contents {
		m.lastID = max(m.lastID, id)
	}
	return m
}

// Events is how many events the timeline has.
func (m *Machine) Events() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.events)
}

// At is the machine after a power cut before event i, 0 to Events. What was flushed is
// there; seed decides what else is. The answer has a timeline of its own.
func (m *Machine) At(i int, seed uint64) *Machine {
	r := newReplay(m.start.clone(), seed)
	for _, e := range m.events[:i] {
		r.take(e)
	}
	return machine(r.cut())
}

// state is what a disk and a folder hold. Files are known by number, for their names
// can be lost.
type state struct {
	contents map[int]*content
	names    map[string]int
}

// diskID is the number of the disk among the contents.
const diskID = 0

func (s state) clone() state {
	c := state{make(map[int]*content, len(s.contents)), maps.Clone(s.names)}
	for id, f := range s.contents {
		c.contents[id] = f.clone()
	}
	return c
}

// call is how every call on disk and folder begins and ends.
func (m *Machine) call(c Call, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Before != nil {
		if err := m.Before(c); err != nil {
			return err
		}
	}
	return do()
}

// happen does e and records it.
func (m *Machine) happen(e event) {
	e.apply(m.now)
	m.events = append(m.events, e)
}

func (m *Machine) sync(name string, e event) error {
	return m.call(Call{Name: name, Op: "sync"}, func() error {
		if m.Lies == nil || !m.Lies(name) {
			m.events = append(m.events, e)
		}
		return nil
	})
}
