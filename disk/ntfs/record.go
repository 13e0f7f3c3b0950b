package ntfs

import (
	"bytes"
	"fmt"
)

// Attribute types.
const (
	attrStandardInfo = 0x10
	attrList         = 0x20
	attrFileName     = 0x30
	attrVolumeName   = 0x60
	attrVolumeInfo   = 0x70
	attrData         = 0x80
	attrIndexRoot    = 0x90
	attrIndexAlloc   = 0xa0
	attrBitmap       = 0xb0
	attrReparse      = 0xc0
	attrEnd          = 0xffffffff
)

// record is one parsed file record; its byte slices are its own.
type record struct {
	num      uint64
	sequence uint16
	links    uint16
	inUse    bool
	dir      bool
	base     uint64 // reference of the base record, 0 in a base record
	attrs    []attr
}

// reference takes the record number out of a file reference.
func reference(ref uint64) uint64 { return ref & (1<<48 - 1) }

// record reads and parses record num. Damage is noted once per record.
func (v *Volume) record(num uint64) (*record, error) {
	rec, err := v.recordFrom(v.mft, num)
	if err != nil {
		v.log.Add("mft-record-damaged", int64(min(num, 1<<40))*v.boot.record, "file record %d: %v", num, err)
	}
	return rec, err
}

func (v *Volume) recordFrom(mft *stream, num uint64) (*record, error) {
	if num >= uint64(mft.size/v.boot.record) {
		return nil, fmt.Errorf("record %d lies past the file table: %w", num, ErrDamaged)
	}
	b := make([]byte, v.boot.record)
	if err := mft.readFull(b, int64(num)*v.boot.record); err != nil {
		return nil, fmt.Errorf("record %d: %w", num, err)
	}
	return parseRecord(b, num)
}

// follow reads the record a file reference names and checks that it still is that file.
func (v *Volume) follow(ref uint64) (*record, error) {
	rec, err := v.record(reference(ref))
	if err != nil {
		return nil, err
	}
	if !rec.inUse || rec.base != 0 || uint16(ref>>48) != 0 && uint16(ref>>48) != rec.sequence {
		v.log.Add("stale-reference", int64(min(rec.num, 1<<40))*v.boot.record, "a folder points to file record %d, which is another file now", rec.num)
		return nil, fmt.Errorf("record %d is not the file meant: %w", rec.num, ErrDamaged)
	}
	return rec, nil
}

// parseRecord undoes the update sequence in place and reads the attributes.
func parseRecord(b []byte, num uint64) (*record, error) {
	if err := Fixup(b, "FILE"); err != nil {
		return nil, fmt.Errorf("record %d: %w", num, err)
	}
	flags := le.Uint16(b[22:])
	rec := &record{
		num: num, sequence: le.Uint16(b[16:]), links: le.Uint16(b[18:]), base: le.Uint64(b[32:]),
		inUse: flags&1 != 0, dir: flags&2 != 0,
	}
	used := min(int64(le.Uint32(b[24:])), int64(len(b)))
	at := int64(le.Uint16(b[20:]))
	for at+8 <= used {
		kind, size := le.Uint32(b[at:]), int64(le.Uint32(b[at+4:]))
		if kind == attrEnd {
			return rec, nil
		}
		if size < 24 || at+size > used {
			return rec, fmt.Errorf("record %d: attribute of %d bytes at %d: %w", num, size, at, ErrDamaged)
		}
		a, err := parseAttr(b[at:at+size], kind)
		if err != nil {
			return rec, fmt.Errorf("record %d: %w", num, err)
		}
		rec.attrs = append(rec.attrs, a)
		at += size
	}
	return rec, nil
}

// Fixup puts back the last two bytes of each stride of a record that begins with magic; NTFS replaces
// them to recognise torn writes. A record that is torn, or none, gives ErrDamaged.
func Fixup(b []byte, magic string) error {
	if !bytes.HasPrefix(b, []byte(magic)) {
		return fmt.Errorf("begins with %q, not %s: %w", b[:4], magic, ErrDamaged)
	}
	at, count := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	if count < 2 || at+2*count > len(b) || len(b)%(count-1) != 0 {
		return fmt.Errorf("update sequence of %d at %d: %w", count, at, ErrDamaged)
	}
	stride := len(b) / (count - 1)
	if stride < 256 {
		return fmt.Errorf("update sequence of %d at %d: %w", count, at, ErrDamaged)
	}
	for i := 1; i < count; i++ {
		end := b[i*stride-2 : i*stride]
		if !bytes.Equal(end, b[at:at+2]) {
			return fmt.Errorf("torn write in part %d: %w", i, ErrDamaged)
		}
		copy(end, b[at+2*i:at+2*i+2])
	}
	return nil
}

// resident finds a resident attribute without a name in this very record, nil if there is none.
func (r *record) resident(kind uint32) *attr {
	for i := range r.attrs {
		if a := &r.attrs[i]; a.kind == kind && a.name == "" && a.local {
			return a
		}
	}
	return nil
}
