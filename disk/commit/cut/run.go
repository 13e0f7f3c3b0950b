package cut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"updoc/disk/commit"
	"updoc/disk/overlay"
)

// Config is one change of one disk, and how often the power is cut.
type Config struct {
	Base    []byte // the disk, shared and never written
	Changes []overlay.Change
	Delta   []byte // new content by slot
	Phase   func(block int64) commit.Phase
	Watch   []commit.Range
	Points  int // cut points to check; fewer than the timeline has are spread over it
	Seed    uint64
	Lies    func(name string) bool // see Machine: to see that losses are found
}

// Result is what Run has found. Lost tells of the first loss.
type Result struct {
	Points, Losses int
	Lost           string
}

// Run records the making of a journal, its commit and its undo, and cuts the power at
// moments of that, and up to twice more while it is being resumed or undone. A point is
// lost unless the last resume or undo, which the seed chooses, leaves exactly the bytes
// it should, and a second one writes nothing. The error is one of recording.
func Run(cfg Config) (Result, error) {
	m, err := cfg.record()
	if err != nil {
		return Result{}, err
	}
	w := cfg.Want()
	var next, losses atomic.Int64
	var first sync.Once
	var lost string
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := next.Add(1) - 1; n < int64(cfg.Points); n = next.Add(1) - 1 {
				if err := w.point(m, n, cfg); err != nil {
					losses.Add(1)
					first.Do(func() { lost = fmt.Sprintf("point %d: %v", n, err) })
				}
			}
		})
	}
	workers.Wait()
	return Result{cfg.Points, int(losses.Load()), lost}, nil
}

// record does everything once, without a cut.
func (cfg Config) record() (*Machine, error) {
	m := New(cfg.Base)
	m.Lies = cfg.Lies
	j, err := Prepare(m, cfg)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := j.Commit(context.Background(), m.Disk, nil); err != nil {
		return nil, err
	}
	return m, j.Undo(context.Background(), m.Disk, nil)
}

// Prepare makes the journal of cfg on m.
func Prepare(m *Machine, cfg Config) (*commit.Journal, error) {
	j, err := commit.Create(m.Folder, "cut", nil)
	if err != nil {
		return nil, err
	}
	if _, err := j.Delta().WriteAt(cfg.Delta, 0); err != nil {
		return nil, err
	}
	return j, j.Prepare(context.Background(), cfg.Changes, m.Disk, cfg.Phase, cfg.Watch)
}

// Want is what a disk must hold: the base, or the base with new blocks.
type Want struct {
	base *sparse
	new  map[int64][]byte
}

// Want is what cfg makes of its disk.
func (cfg Config) Want() *Want {
	w := &Want{&sparse{base: cfg.Base}, map[int64][]byte{}}
	for _, c := range cfg.Changes {
		p := bytes.Clone(cfg.Delta[c.Slot*pageSize : (c.Slot+1)*pageSize])
		if end := int64(len(cfg.Base)) - c.Block*pageSize; end < pageSize {
			copy(p[end:], zeroPage[:])
		}
		w.new[c.Block] = p
	}
	return w
}

// Old is an error unless d holds the old bytes everywhere: what was never written is the base.
func (w *Want) Old(d *Disk) error { return d.m.now.contents[diskID].equals(w.base.basePage) }

// New is an error unless d holds the new blocks, and else the base.
func (w *Want) New(d *Disk) error {
	c := d.m.now.contents[diskID]
	for n, p := range w.new {
		if !bytes.Equal(c.page(n), p) {
			return fmt.Errorf("block %d is not new", n)
		}
	}
	return c.equals(func(n int64) []byte {
		if p, ok := w.new[n]; ok {
			return p
		}
		return w.base.basePage(n)
	})
}

// OldBytes is the whole base; it must not be changed.
func (w *Want) OldBytes() []byte { return w.base.base }

// NewBytes is a copy of the base with the new blocks.
func (w *Want) NewBytes() []byte {
	all := bytes.Clone(w.base.base)
	for n, p := range w.new {
		copy(all[n*pageSize:], p)
	}
	return all
}

func (c *content) equals(page func(n int64) []byte) error {
	for n, p := range c.pages {
		if !bytes.Equal(p, page(n)) {
			return fmt.Errorf("block %d is wrong", n)
		}
	}
	return nil
}

// point checks cut point number n.
func (w *Want) point(m *Machine, n int64, cfg Config) error {
	d := dice(cfg.Seed + uint64(n)*0x9e3779b97f4a7c15)
	i := int(n) % (m.Events() + 1)
	if cfg.Points <= m.Events() {
		i = int(n * int64(m.Events()) / int64(cfg.Points))
	}
	m = m.At(i, d.next())
	way := fmt.Sprintf("cut at %d", i)
	for range d.below(3) {
		undo := d.half()
		if _, err := continued(m, undo); err != nil {
			return fmt.Errorf("%s, %s: %w", way, verb(undo), err)
		}
		k := d.below(m.Events() + 1)
		m = m.At(k, d.next())
		way += fmt.Sprintf(", %s cut at %d", verb(undo), k)
	}
	undo := d.half()
	if err := w.ends(m, undo); err != nil {
		return fmt.Errorf("%s, %s: %w", way, verb(undo), err)
	}
	return nil
}

func verb(undo bool) string {
	if undo {
		return "undo"
	}
	return "resume"
}

// ends makes sure that the last resume or undo leaves what it should.
func (w *Want) ends(m *Machine, undo bool) error {
	state, err := continued(m, undo)
	if err != nil {
		return err
	}
	check := w.Old
	if state == commit.Verified {
		check = w.New
	}
	if undo && state == commit.Verified {
		return errors.New("undo left the new disk")
	}
	if err := check(m.Disk); err != nil {
		return fmt.Errorf("state %q: %w", state, err)
	}
	before := m.Events()
	if again, err := continued(m, undo); err != nil || again != state || m.Events() != before {
		return fmt.Errorf("a second time: state %q after %q, %d events: %w", again, state, m.Events()-before, err)
	}
	return nil
}

// continued opens the journal as after a restart and goes on with it.
func continued(m *Machine, undo bool) (state string, err error) {
	j, err := commit.Open(m.Folder, nil)
	if err != nil {
		return "", err
	}
	if undo {
		err = j.Undo(context.Background(), m.Disk, nil)
	} else {
		err = j.Resume(context.Background(), m.Disk, nil)
	}
	if errors.Is(err, commit.ErrUnprepared) {
		err = nil
	}
	return j.State(), err
}

// JournalLost are the disks of a timeline at each cut, the journal gone: before every
// event of the disk, n times each with other losses.
func (m *Machine) JournalLost(n int, seed uint64) iter.Seq2[int, *Disk] {
	return func(yield func(int, *Disk) bool) {
		for i, e := range m.events {
			if e.id != diskID || e.kind != write && e.kind != flush {
				continue
			}
			for k := range uint64(n) {
				if !yield(i, m.At(i, seed+k).Disk) {
					return
				}
			}
		}
	}
}
