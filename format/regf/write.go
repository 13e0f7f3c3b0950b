package regf

import (
	"encoding/binary"
	"slices"
	"time"

	"updoc/codec/wintype"
)

// BuildOptions says how a hive is written; the zero value is good.
type BuildOptions struct {
	Name     string    // path of the hive for its base block; only the last 31 characters are kept
	Time     time.Time // UTC, for the hive and keys without a time of their own; zero is 2024-01-01
	Minor    uint32    // minor version 3, 4, 5 or 6; 0 is 5
	Sequence uint32    // number of the last write; 0 is 1
}

func (o BuildOptions) filled() BuildOptions {
	if o.Time.IsZero() {
		o.Time = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Minor == 0 {
		o.Minor = 5
	}
	if o.Sequence == 0 {
		o.Sequence = 1
	}
	return o
}

// leafEntries is how many subkeys one list holds before an index root is needed: as many as fit into one page.
const leafEntries = 500

// Build writes a complete, clean hive. The same tree and options always give the same bytes. Trees larger than the format
// allows (4 GiB, 32 million subkeys of one key) are the caller's mistake and give a hive that no reader accepts.
func Build(root *BuilderKey, o BuildOptions) []byte {
	o = o.filled()
	w := writer{o: o, security: map[string]uint32{}}
	w.buf = make([]byte, baseSize)
	nk := w.newKey(root, nowhere, true)
	w.fillKey(root, nk)
	w.linkSecurity()
	w.closeBin()
	w.baseBlock(nk)
	return w.buf
}

// writer lays cells one after another into hive bins.
type writer struct {
	o        BuildOptions
	buf      []byte // the file so far
	bin      int    // where the open bin begins; 0 = none
	end      int    // where it ends
	at       int    // next free byte in it
	security map[string]uint32
	order    []uint32 // security cells as they came
}

// alloc returns the offset of a new cell for n bytes and the room itself, which is valid until the next call.
func (w *writer) alloc(n int) (uint32, []byte) {
	size := (n + 4 + 7) &^ 7
	if w.bin == 0 || w.at+size > w.end {
		w.closeBin()
		w.openBin(size)
	}
	at := w.at
	w.at += size
	binary.LittleEndian.PutUint32(w.buf[at:], uint32(-size))
	return uint32(at - baseSize), w.buf[at+4 : at+4+n]
}

func (w *writer) openBin(need int) {
	size := (32 + need + pageSize - 1) &^ (pageSize - 1)
	w.bin, w.at, w.end = len(w.buf), len(w.buf)+32, len(w.buf)+size
	w.buf = append(w.buf, make([]byte, size)...)
	head := w.buf[w.bin:]
	copy(head, "hbin")
	binary.LittleEndian.PutUint32(head[4:], uint32(w.bin-baseSize))
	binary.LittleEndian.PutUint32(head[8:], uint32(size))
	if w.bin == baseSize {
		binary.LittleEndian.PutUint64(head[20:], wintype.Filetime(w.o.Time))
	}
}

// closeBin turns what is left of the open bin into one free cell.
func (w *writer) closeBin() {
	if w.bin != 0 && w.at < w.end {
		binary.LittleEndian.PutUint32(w.buf[w.at:], uint32(w.end-w.at))
	}
	w.bin = 0
}

// at returns the content of a cell made before.
func (w *writer) cell(off uint32) []byte { return w.buf[baseSize+int(off)+4:] }

func (w *writer) put32(off uint32, field int, v uint32) {
	binary.LittleEndian.PutUint32(w.cell(off)[field:], v)
}

func (w *writer) blob(b []byte) uint32 {
	off, room := w.alloc(len(b))
	copy(room, b)
	return off
}

// newKey writes the key node itself; what hangs on it is filled in later.
func (w *writer) newKey(k *BuilderKey, parent uint32, root bool) uint32 {
	name, comp := storedName(k.name)
	off, b := w.alloc(keyHeader + len(name))
	copy(b, "nk")
	flags := uint16(0)
	if comp {
		flags |= flagCompName
	}
	if root {
		flags |= 0x000C // root of its hive, not to be deleted
	}
	t := k.time
	if t.IsZero() {
		t = w.o.Time
	}
	le := binary.LittleEndian
	le.PutUint16(b[2:], flags)
	le.PutUint64(b[4:], wintype.Filetime(t))
	le.PutUint32(b[16:], parent)
	for _, field := range []int{28, 32, 40, 44, 48} {
		le.PutUint32(b[field:], nowhere)
	}
	le.PutUint16(b[72:], uint16(len(name)))
	copy(b[keyHeader:], name)
	return off
}

// fillKey writes all that hangs on a key node, then its subkeys.
func (w *writer) fillKey(k *BuilderKey, nk uint32) {
	w.put32(nk, 44, w.secure(k.security))
	if len(k.class) > 0 {
		off := w.blob(k.class)
		w.put32(nk, 48, off)
		binary.LittleEndian.PutUint16(w.cell(nk)[74:], uint16(len(k.class)))
	}
	w.writeValues(k, nk)
	w.writeSubkeys(k, nk)
}

func (w *writer) writeSubkeys(k *BuilderKey, nk uint32) {
	if len(k.subkeys) == 0 {
		return
	}
	subs := sorted(k.subkeys)
	offs := make([]uint32, len(subs))
	longest, class := 0, 0
	for i, s := range subs {
		offs[i] = w.newKey(s, nk, false)
		longest, class = max(longest, len(wintype.AppendUTF16(nil, s.name))), max(class, len(s.class))
	}
	w.put32(nk, 20, uint32(len(subs)))
	w.put32(nk, 28, w.subkeyList(subs, offs))
	w.put32(nk, 52, uint32(longest))
	w.put32(nk, 56, uint32(class))
	for i, s := range subs {
		w.fillKey(s, offs[i])
	}
}

// sorted returns the subkeys in the order every list must have: by folded name.
func sorted(keys []*BuilderKey) []*BuilderKey {
	type pair struct {
		name []uint16
		key  *BuilderKey
	}
	pairs := make([]pair, len(keys))
	for i, k := range keys {
		pairs[i] = pair{foldName(k.name), k}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return slices.Compare(a.name, b.name) })
	out := make([]*BuilderKey, len(keys))
	for i, p := range pairs {
		out[i] = p.key
	}
	return out
}
