package overlay

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"updoc/testkit"
)

// store is a Store in memory that grows. It refuses to write while broken is set, after
// the first half of what it was given.
type store struct {
	data   []byte
	broken error
}

func (s *store) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.data).ReadAt(p, off)
}

func (s *store) WriteAt(p []byte, off int64) (int, error) {
	if s.broken != nil {
		half, _ := (&store{data: s.data}).WriteAt(p[:len(p)/2], off)
		return half, s.broken
	}
	if need := int(off) + len(p) - len(s.data); need > 0 {
		s.data = append(s.data, make([]byte, need)...)
	}
	return copy(s.data[off:], p), nil
}

// patient is a base with a stretch that cannot be read.
type patient struct {
	testkit.Memory
	bad, badEnd int64
}

var errBase, errStore = errors.New("the base cannot be read"), errors.New("the store is full")

func (b *patient) ReadAt(p []byte, off int64) (int, error) {
	if off < b.badEnd && off+int64(len(p)) > b.bad {
		return 0, errBase
	}
	return b.Memory.ReadAt(p, off)
}

func content(t interface {
	Helper()
	Fatal(...any)
}, r io.ReaderAt, size int64) []byte {
	t.Helper()
	p := make([]byte, size)
	if n, err := r.ReadAt(p, 0); err != nil && !(err == io.EOF && int64(n) == size) {
		t.Fatal(err)
	}
	return p
}

// machine compares an overlay with a plain slice of bytes through any sequence of
// writes, failed writes, looks at the changes and compactions.
type machine struct {
	base    *patient
	want    []byte
	store   *store
	overlay *Overlay
}

func (m *machine) at(t *rapid.T) (off, length int) {
	off = rapid.IntRange(0, len(m.want)).Draw(t, "off")
	if rapid.Bool().Draw(t, "aligned") {
		off -= off % BlockSize
	}
	length = rapid.OneOf(rapid.IntRange(0, 6*BlockSize), rapid.SampledFrom([]int{BlockSize, 2 * BlockSize, 512})).Draw(t, "length")
	return off, min(length, len(m.want)-off)
}

func (m *machine) write(t *rapid.T) {
	off, length := m.at(t)
	data := bytes.Repeat([]byte{rapid.Byte().Draw(t, "value")}, length)
	if rapid.Bool().Draw(t, "back to the base") {
		copy(data, m.base.Memory[off:])
	}
	if n, err := m.overlay.WriteAt(data, int64(off)); n != length || err != nil {
		t.Fatal(n, err)
	}
	copy(m.want[off:], data)
}

func (m *machine) failToWrite(t *rapid.T) {
	off, length := m.at(t)
	m.store.broken = errStore
	n, err := m.overlay.WriteAt(bytes.Repeat([]byte{0xee}, length), int64(off))
	m.store.broken = nil
	if n != 0 || length > 0 && !errors.Is(err, errStore) {
		t.Fatal(n, err)
	}
}

func (m *machine) read(t *rapid.T) {
	off, length := m.at(t)
	p := make([]byte, length+rapid.IntRange(0, 3).Draw(t, "more"))
	n, err := m.overlay.ReadAt(p, int64(off))
	if end := off == len(m.want) || off+len(p) > len(m.want); end != (err == io.EOF) || !end && err != nil {
		t.Fatal(n, err)
	}
	if !bytes.Equal(p[:n], m.want[off:min(off+len(p), len(m.want))]) {
		t.Fatalf("read at %d of %d bytes differs", off, len(p))
	}
}

func (m *machine) changes(t *rapid.T) {
	got, err := m.overlay.Changes()
	if err != nil {
		t.Fatal(err)
	}
	m.compare(t, got)
}

func (m *machine) compact(t *rapid.T) {
	m.store.broken = errStore
	if _, err := m.overlay.Compact(); err != nil && !errors.Is(err, errStore) {
		t.Fatal(err)
	}
	m.store.broken = nil
	m.check(t)
	got, err := m.overlay.Compact()
	if err != nil {
		t.Fatal(err)
	}
	m.compare(t, got)
	for _, c := range got {
		if c.Slot >= int64(len(got)) {
			t.Fatalf("%d blocks, one in slot %d", len(got), c.Slot)
		}
	}
	m.store.data = m.store.data[:len(got)*BlockSize]
}

// compare wants the changes to be what differs, each once, and the slots to hold it.
func (m *machine) compare(t *rapid.T, got []Change) {
	var blocks []int64
	used := map[int64]bool{}
	for i := 0; i < len(m.want); i += BlockSize {
		if end := min(i+BlockSize, len(m.want)); !bytes.Equal(m.want[i:end], m.base.Memory[i:end]) {
			blocks = append(blocks, int64(i/BlockSize))
		}
	}
	for i, c := range got {
		if i >= len(blocks) || c.Block != blocks[i] || used[c.Slot] {
			t.Fatalf("changes %v, the blocks that differ are %v", got, blocks)
		}
		used[c.Slot] = true
		block := m.store.data[c.Slot*BlockSize:][:BlockSize]
		disk := slices.Clone(m.want[c.Block*BlockSize : min((c.Block+1)*BlockSize, int64(len(m.want)))])
		if !bytes.Equal(block, append(disk, make([]byte, BlockSize-len(disk))...)) {
			t.Fatalf("slot %d does not hold block %d with zeros behind", c.Slot, c.Block)
		}
	}
	if len(got) != len(blocks) {
		t.Fatalf("changes %v, the blocks that differ are %v", got, blocks)
	}
}

func (m *machine) check(t *rapid.T) {
	if !bytes.Equal(content(t, m.overlay, m.overlay.Size()), m.want) {
		t.Fatal("the disk differs")
	}
}

func TestLikeAPlainDisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 20*BlockSize).Draw(t, "size")
		base := testkit.Noise(1, size)
		m := &machine{base: &patient{Memory: slices.Clone(base)}, want: slices.Clone(base), store: &store{}}
		m.overlay = New(m.base, int64(size), m.store)
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "write": m.write, "fail": m.failToWrite, "read": m.read, "changes": m.changes, "compact": m.compact,
		})
		if !bytes.Equal(base, m.base.Memory) {
			t.Fatal("the base was written")
		}
	})
}

func newOverlay(size int) (*Overlay, *patient, *store) {
	base, s := &patient{Memory: testkit.Noise(1, size)}, &store{}
	return New(base, int64(size), s), base, s
}

func TestWriteThatLeavesTheDiskWritesNothing(t *testing.T) {
	o, base, s := newOverlay(3*BlockSize + 100)
	for _, off := range []int64{-1, o.Size() - 9, o.Size() + 1, 1 << 62} {
		if n, err := o.WriteAt(make([]byte, 10), off); n != 0 || !errors.Is(err, ErrPastEnd) {
			t.Errorf("at %d: %d, %v", off, n, err)
		}
	}
	if !bytes.Equal(content(t, o, o.Size()), base.Memory) || len(s.data) > 0 {
		t.Error("something was written")
	}
}

func TestErrorsOfTheBaseAreTold(t *testing.T) {
	o, base, _ := newOverlay(4 * BlockSize)
	base.bad, base.badEnd = BlockSize+512, BlockSize+1024
	if n, err := o.ReadAt(make([]byte, 3*BlockSize), 0); n > BlockSize || !errors.Is(err, errBase) {
		t.Errorf("read: %d, %v", n, err)
	}
	if n, err := o.WriteAt([]byte{1}, BlockSize); n != 0 || !errors.Is(err, errBase) {
		t.Errorf("write of a part: %d, %v", n, err)
	}
	// A whole block is written without a look at what it held.
	if _, err := o.WriteAt(make([]byte, BlockSize), BlockSize); err != nil {
		t.Error(err)
	}
	if _, err := o.ReadAt(make([]byte, 3*BlockSize), 0); err != nil {
		t.Error(err)
	}
	if _, err := o.Changes(); !errors.Is(err, errBase) {
		t.Errorf("changes: %v", err)
	}
}

func TestBaseShorterThanSaid(t *testing.T) {
	o := New(testkit.Memory(make([]byte, 100)), BlockSize, &store{})
	if _, err := o.ReadAt(make([]byte, BlockSize), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

// What belongs together is read and written together: the tools' megabytes must not
// become single blocks.
func TestStretchesAreReadAtOnce(t *testing.T) {
	o, _, s := newOverlay(64 * BlockSize)
	if _, err := o.WriteAt(make([]byte, 40*BlockSize), 8*BlockSize); err != nil {
		t.Fatal(err)
	}
	if _, _, together := o.stretch(8*BlockSize+10, 30*BlockSize); together != 30*BlockSize {
		t.Errorf("%d bytes of the store are read together", together)
	}
	if _, _, together := o.stretch(0, 64*BlockSize); together != 8*BlockSize {
		t.Errorf("%d bytes of the base are read together", together)
	}
	if len(s.data) != 40*BlockSize {
		t.Errorf("the store has %d bytes", len(s.data))
	}
}

func TestManyAtOnce(t *testing.T) {
	const each = 16 * BlockSize
	base := testkit.Noise(1, 8*each)
	o := New(testkit.Memory(base), int64(len(base)), &lockedStore{})
	var all sync.WaitGroup
	for w := range int64(8) {
		all.Go(func() {
			for round := range 20 {
				data := bytes.Repeat([]byte{byte(round)}, each-100)
				if _, err := o.WriteAt(data, w*each+50); err != nil {
					t.Error(err)
				}
				got := make([]byte, len(data))
				if _, err := o.ReadAt(got, w*each+50); err != nil || !bytes.Equal(got, data) {
					t.Errorf("writer %d reads something else: %v", w, err)
				}
				if _, err := o.Compact(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// lockedStore is a store for several goroutines, as a file is.
type lockedStore struct {
	mu sync.Mutex
	store
}

func (s *lockedStore) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.ReadAt(p, off)
}

func (s *lockedStore) WriteAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.WriteAt(p, off)
}
