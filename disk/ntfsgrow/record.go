package ntfsgrow

import (
	"bytes"
	"fmt"

	"updoc/codec/wintype"
	"updoc/disk/ntfs"
)

// Records with a fixed number.
const (
	recordMirror = 1
	recordLog    = 2
	recordRoot   = 5
	recordBitmap = 6
	recordBoot   = 7
	recordBad    = 8
)

// Attribute types.
const (
	attrList        = 0x20
	attrData        = 0x80
	attrIndexRoot   = 0x90
	attrIndexBlocks = 0xa0
	attrEnd         = 0xffffffff
)

// record is a file record in use, its update sequence undone.
type record struct {
	num int64
	b   []byte
}

// record reads a file record, nil if it is not in use.
func (g *growth) record(from extent, num int64) (*record, error) {
	b := make([]byte, g.geo.Record)
	if err := from.read(b, num*g.geo.Record); err != nil {
		return nil, fmt.Errorf("file record %d: %w", num, err)
	}
	never := len(bytes.Trim(b, "\x00")) == 0
	if never || string(b[:4]) == "FILE" && b[22]&1 == 0 {
		return nil, nil
	}
	if err := ntfs.Fixup(b, "FILE"); err != nil {
		return nil, fmt.Errorf("file record %d: %w", num, err)
	}
	r := &record{num, b}
	stamps, attrs := int(le.Uint16(b[4:])), int(le.Uint16(b[20:]))
	if r.used() > len(b) || int(le.Uint32(b[28:])) != len(b) || stamps < 40 || stamps+2*int(le.Uint16(b[6:])) > attrs {
		return nil, r.damaged("its header")
	}
	return r, nil
}

// used is how many bytes of the record are used.
func (r *record) used() int { return int(le.Uint32(r.b[24:])) }

func (r *record) damaged(what string) error {
	return fmt.Errorf("file record %d: %s: %w", r.num, what, ntfs.ErrDamaged)
}

// seal does the update sequence of a record or index block again, with the next number; 0 and 0xffff are
// not used.
func seal(b []byte) {
	at, count := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	stamp := le.Uint16(b[at:]) + 1
	if stamp == 0xffff || stamp == 0 {
		stamp = 1
	}
	le.PutUint16(b[at:], stamp)
	stride := len(b) / (count - 1)
	for i := 1; i < count; i++ {
		end := b[i*stride-2 : i*stride]
		copy(b[at+2*i:at+2*i+2], end)
		le.PutUint16(end, stamp)
	}
}

// each calls do with the offset of every attribute; do may lengthen the attribute it is called for.
func (r *record) each(do func(at int) error) error {
	at := int(le.Uint16(r.b[20:]))
	for at%8 == 0 && at >= 40 && at+4 <= r.used() {
		if le.Uint32(r.b[at:]) == attrEnd {
			return nil
		}
		if r.attr(at) == nil {
			return r.damaged(fmt.Sprintf("attribute at %d", at))
		}
		if err := do(at); err != nil {
			return err
		}
		at += len(r.attr(at))
	}
	return r.damaged("no end of the attributes")
}

// attr gives the bytes of the attribute at an offset, nil if it contradicts itself.
func (r *record) attr(at int) attribute {
	rest := r.b[at:r.used()]
	if len(rest) < 24 {
		return nil
	}
	size := int64(le.Uint32(rest[4:]))
	if size < 24 || size%8 != 0 || size > int64(len(rest)) {
		return nil
	}
	a := attribute(rest[:size:size])
	name := int(le.Uint16(a[10:])) + 2*int(a[9])
	if a[9] > 0 && name > len(a) {
		return nil
	}
	if a.remote() && (size < 72 || a.pairsAt() < max(64, name) && a[9] > 0 || a.pairsAt() < 64 || a.pairsAt() >= len(a)) {
		return nil
	}
	return a
}

// attribute is the bytes of one attribute in a record.
type attribute []byte

func (a attribute) kind() uint32 { return le.Uint32(a) }
func (a attribute) remote() bool { return a[8] != 0 }
func (a attribute) pairsAt() int { return int(le.Uint16(a[32:])) }
func (a attribute) first() int64 { return int64(le.Uint64(a[16:])) }

// is tells whether it is the data attribute of that name, with clusters of its own.
func (a attribute) is(name string) bool { return a.remote() && a.names(attrData, name) }

// names tells whether it has that type and name.
func (a attribute) names(kind uint32, name string) bool {
	at := int(le.Uint16(a[10:]))
	return a.kind() == kind && int(a[9]) == len(name) && (name == "" || wintype.UTF16(a[at:at+2*int(a[9])]) == name)
}

// value is the content of an attribute that has no clusters, nil if it contradicts itself.
func (a attribute) value() []byte {
	n, at := int64(le.Uint32(a[16:])), int64(le.Uint16(a[20:]))
	if at+n > int64(len(a)) {
		return nil
	}
	return a[at : at+n]
}

// runs decodes where the attribute's clusters lie; what it says of their number must agree.
func (a attribute) runs() ([]ntfs.Run, error) {
	first, last := a.first(), int64(le.Uint64(a[24:]))
	if first < 0 || first > 1<<52 {
		return nil, fmt.Errorf("attribute %#x begins at cluster %d: %w", a.kind(), first, ntfs.ErrDamaged)
	}
	runs, err := ntfs.ParseRuns(a[a.pairsAt():], first)
	if err == nil && counted(runs) != last-first+1 {
		err = fmt.Errorf("attribute %#x has %d clusters, not %d to %d: %w", a.kind(), counted(runs), first, last, ntfs.ErrDamaged)
	}
	return runs, err
}

// setRuns replaces the run list of the attribute at an offset. If it has become longer than the room
// there, what follows in the record moves up.
func (r *record) setRuns(at int, runs []ntfs.Run) error {
	a, pairs := r.attr(at), encode(runs)
	end := at + len(a)
	more := max(0, len(pairs)-(len(a)-a.pairsAt())+7) / 8 * 8
	if r.used()+more > len(r.b) {
		return fmt.Errorf("file record %d: %w", r.num, ErrNoRoom)
	}
	copy(r.b[end+more:], r.b[end:r.used()])
	le.PutUint32(r.b[24:], uint32(r.used()+more))
	le.PutUint32(r.b[at+4:], uint32(len(a)+more))
	to := r.b[at+a.pairsAt() : end+more]
	clear(to[copy(to, pairs):])
	return nil
}

// setSize declares how long the attribute at an offset is: clusters, and bytes.
func (r *record) setSize(at int, clusters, alloc, size int64) {
	le.PutUint64(r.b[at+24:], uint64(clusters-1))
	le.PutUint64(r.b[at+40:], uint64(alloc))
	le.PutUint64(r.b[at+48:], uint64(size))
}
