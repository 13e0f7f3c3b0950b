package ntfs

import (
	"fmt"
	"slices"
	"sort"

	"updoc/codec/wintype"
)

// Attribute flags.
const (
	flagCompressed = 0x0001
	flagEncrypted  = 0x4000
	flagSparse     = 0x8000
)

// attr is one attribute, or one piece of one that is spread over several records.
type attr struct {
	kind  uint32
	name  string
	flags uint16
	id    uint16
	local bool   // resident: value holds everything
	value []byte // resident only

	first, last       int64 // VCNs, non-resident only from here
	alloc, size, init int64 // bytes; of the piece with first == 0
	unit              uint8
	runs              []Run
}

func parseAttr(b []byte, kind uint32) (attr, error) {
	a := attr{kind: kind, local: b[8] == 0, flags: le.Uint16(b[12:]), id: le.Uint16(b[14:])}
	n, at := int(b[9])*2, int(le.Uint16(b[10:]))
	if n > 0 {
		if at+n > len(b) {
			return a, fmt.Errorf("attribute %#x: name leaves it: %w", kind, ErrDamaged)
		}
		a.name = wintype.UTF16(b[at : at+n])
	}
	if a.local {
		return a, a.parseLocal(b)
	}
	return a, a.parseRemote(b)
}

func (a *attr) parseLocal(b []byte) error {
	n, at := int64(le.Uint32(b[16:])), int64(le.Uint16(b[20:]))
	if at+n > int64(len(b)) {
		return fmt.Errorf("attribute %#x: value leaves it: %w", a.kind, ErrDamaged)
	}
	a.value = b[at : at+n : at+n]
	a.size = n
	return nil
}

func (a *attr) parseRemote(b []byte) error {
	if len(b) < 64 {
		return fmt.Errorf("attribute %#x: %d bytes: %w", a.kind, len(b), ErrDamaged)
	}
	a.first, a.last = int64(le.Uint64(b[16:])), int64(le.Uint64(b[24:]))
	a.unit = b[34]
	a.alloc, a.size, a.init = int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:])), int64(le.Uint64(b[56:]))
	at := int(le.Uint16(b[32:]))
	if at > len(b) || a.first < 0 || a.size < 0 || a.init < 0 || a.unit > 8 {
		return fmt.Errorf("attribute %#x: nonsensical lengths: %w", a.kind, ErrDamaged)
	}
	var err error
	a.runs, err = ParseRuns(b[at:], a.first)
	return err
}

// listEntry is one line of an attribute list: where a piece of an attribute is kept.
type listEntry struct {
	kind   uint32
	name   string
	first  int64
	record uint64
	id     uint16
}

// maxListBytes is the limit Windows itself sets to an attribute list.
const maxListBytes = 256 << 10

// list reads the attribute list of a record, nil if it has none.
func (v *Volume) list(rec *record, mft *stream) ([]listEntry, error) {
	i := slices.IndexFunc(rec.attrs, func(a attr) bool { return a.kind == attrList })
	if i < 0 {
		return nil, nil
	}
	s, err := v.newStream(rec.attrs[i : i+1])
	if err != nil {
		return nil, err
	}
	if s.size > maxListBytes {
		return nil, fmt.Errorf("attribute list of %d bytes: %w", s.size, ErrDamaged)
	}
	s.meta = true
	b := make([]byte, s.size)
	if err := s.readFull(b, 0); err != nil {
		return nil, fmt.Errorf("attribute list: %w", err)
	}
	return parseList(b)
}

func parseList(b []byte) ([]listEntry, error) {
	var out []listEntry
	for len(b) >= 26 {
		size, n, at := int(le.Uint16(b[4:])), int(b[6])*2, int(b[7])
		if size < 26 || size > len(b) || n > 0 && at+n > size {
			return out, fmt.Errorf("attribute list entry of %d bytes: %w", size, ErrDamaged)
		}
		e := listEntry{kind: le.Uint32(b), first: int64(le.Uint64(b[8:])), record: reference(le.Uint64(b[16:])), id: le.Uint16(b[24:])}
		if n > 0 {
			e.name = wintype.UTF16(b[at : at+n])
		}
		out = append(out, e)
		b = b[size:]
	}
	return out, nil
}

// pieces collects all pieces of one attribute in order, reading only the records that hold some. None
// is no error.
func (v *Volume) pieces(rec *record, kind uint32, name string) ([]attr, error) {
	return v.piecesWith(v.mft, rec, kind, name)
}

func (v *Volume) piecesWith(mft *stream, rec *record, kind uint32, name string) ([]attr, error) {
	list, err := v.list(rec, mft)
	if err != nil {
		return nil, err
	}
	if list == nil {
		return rec.matching(kind, name), nil
	}
	var out []attr
	seen := map[uint64]bool{}
	for _, e := range list {
		if e.kind != kind || e.name != name || seen[e.record] {
			continue
		}
		seen[e.record] = true
		found, err := v.extension(mft, rec, e.record, kind, name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].first < out[j].first })
	return out, nil
}

// extension gives the matching attributes of a record that belongs to rec.
func (v *Volume) extension(mft *stream, rec *record, num uint64, kind uint32, name string) ([]attr, error) {
	if num == rec.num {
		return rec.matching(kind, name), nil
	}
	ext, err := v.recordFrom(mft, num)
	if err != nil {
		v.log.Add("mft-record-damaged", int64(min(num, 1<<40))*v.boot.record, "file record %d: %v", num, err)
		return nil, err
	}
	if reference(ext.base) != rec.num || !ext.inUse {
		return nil, fmt.Errorf("record %d does not belong to %d: %w", num, rec.num, ErrDamaged)
	}
	return ext.matching(kind, name), nil
}

func (r *record) matching(kind uint32, name string) []attr {
	var out []attr
	for _, a := range r.attrs {
		if a.kind == kind && a.name == name {
			out = append(out, a)
		}
	}
	return out
}
