package ntfs

import (
	"fmt"
	"io/fs"
)

// The file that keeps every security descriptor once, and where things are in it.
const (
	recordSecure   = 9
	attrSecurity   = 0x50 // a file's own descriptor, as Windows wrote it before version 3.0
	sdsName        = "$SDS"
	siiName        = "$SII"
	sdsHeader      = 20
	securityIDAt   = 52       // in $STANDARD_INFORMATION of version 3.0
	maxDescriptor  = 64 << 10 // Windows keeps none above
	siiEntryLength = 20 + sdsHeader
)

// Security returns the security descriptor of a file or folder as it is stored, self-relative. Links are followed. The error
// wraps fs.ErrNotExist if the file has none.
func (v *Volume) Security(name string) ([]byte, error) {
	n, err := v.find("security", name, true)
	if err != nil {
		return nil, err
	}
	b, err := v.descriptor(n.rec)
	if err != nil {
		return nil, pathError("security", name, err)
	}
	return b, nil
}

func (v *Volume) descriptor(rec *record) ([]byte, error) {
	own, err := v.pieces(rec, attrSecurity, "")
	if err != nil {
		return nil, err
	}
	if len(own) > 0 {
		return v.ownDescriptor(own)
	}
	std := rec.resident(attrStandardInfo)
	if std == nil || len(std.value) < securityIDAt+4 {
		return nil, fs.ErrNotExist
	}
	id := le.Uint32(std.value[securityIDAt:])
	if id == 0 {
		return nil, fs.ErrNotExist
	}
	return v.sharedDescriptor(id)
}

func (v *Volume) ownDescriptor(pieces []attr) ([]byte, error) {
	s, err := v.newStream(pieces)
	if err != nil {
		return nil, err
	}
	if s.size > maxDescriptor {
		return nil, fmt.Errorf("security descriptor of %d bytes: %w", s.size, ErrDamaged)
	}
	b := make([]byte, s.size)
	return b, s.readFull(b, 0)
}

// sharedDescriptor reads the descriptor with a number from $Secure. What lies at the place its index names must carry the
// number itself.
func (v *Volume) sharedDescriptor(id uint32) ([]byte, error) {
	rec, err := v.record(recordSecure)
	if err != nil {
		return nil, err
	}
	at, size, err := v.securityPlace(rec, id)
	if err != nil {
		return nil, fmt.Errorf("security descriptor %d: %w", id, err)
	}
	if size < sdsHeader || size > sdsHeader+maxDescriptor {
		return nil, fmt.Errorf("security descriptor %d of %d bytes: %w", id, size, ErrDamaged)
	}
	pieces, err := v.pieces(rec, attrData, sdsName)
	if err != nil {
		return nil, err
	}
	s, err := v.newStream(pieces)
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if err := s.readFull(b, at); err != nil {
		return nil, err
	}
	if le.Uint32(b[4:]) != id || int64(le.Uint32(b[16:])) != size {
		return nil, fmt.Errorf("security descriptor %d is another one: %w", id, ErrDamaged)
	}
	return b[sdsHeader:], nil
}

// securityPlace looks a number up in the index $SII: where in $SDS, and how many bytes.
func (v *Volume) securityPlace(rec *record, id uint32) (at, size int64, err error) {
	x, err := v.openTree(rec, siiName)
	if err != nil {
		return 0, 0, err
	}
	node := x.root
	for range maxDepth {
		found, down, err := searchSecurity(node, id)
		if err != nil {
			return 0, 0, x.note(err)
		}
		if found != nil {
			return int64(le.Uint64(found[8:])), int64(le.Uint32(found[16:])), nil
		}
		if down < 0 {
			return 0, 0, fmt.Errorf("it is not in the index: %w", ErrDamaged)
		}
		if node, err = x.child(down); err != nil {
			return 0, 0, x.note(err)
		}
	}
	return 0, 0, x.note(fmt.Errorf("the index of descriptors is too deep: %w", ErrDamaged))
}

// searchSecurity looks for a number in one node; else it tells which child to go to, -1 for none. Entries hold the number as
// key and, as data, the header that stands in $SDS too.
func searchSecurity(node []byte, id uint32) (found []byte, child int64, err error) {
	for {
		if len(node) < 16 {
			return nil, 0, fmt.Errorf("index node ends without a last entry: %w", ErrDamaged)
		}
		size, flags := int(le.Uint16(node[8:])), le.Uint16(node[12:])
		if size < 16 || size > len(node) {
			return nil, 0, fmt.Errorf("index entry of %d bytes: %w", size, ErrDamaged)
		}
		e, down := node[:size], int64(-1)
		if flags&entryHasChild != 0 {
			if size < 24 {
				return nil, 0, fmt.Errorf("index entry of %d bytes with a child: %w", size, ErrDamaged)
			}
			down = int64(le.Uint64(e[size-8:]))
		}
		if flags&entryLast != 0 {
			return nil, down, nil
		}
		if size < siiEntryLength {
			return nil, 0, fmt.Errorf("index entry of %d bytes: %w", size, ErrDamaged)
		}
		switch key := le.Uint32(e[16:]); {
		case key == id:
			return e[20:siiEntryLength], 0, nil
		case key > id:
			return nil, down, nil
		}
		node = node[size:]
	}
}
