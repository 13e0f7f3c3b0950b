package regf

import (
	"encoding/binary"
	"fmt"
)

// leafKind is the kind of subkey list an entry stands in.
type leafKind uint8

const (
	leafPlain leafKind = iota // li: no hint
	leafFast                  // lf: first four characters
	leafHash                  // lh: hash of the upper-case name
)

// mayMatch tells from the hint alone whether the entry can be the wanted name.
func (kind leafKind) mayMatch(hint, hash uint32, want []uint16) bool {
	switch kind {
	case leafHash:
		return hint == hash
	case leafFast:
		return fastHintMatches(hint, want)
	}
	return true
}

func fastHintMatches(hint uint32, want []uint16) bool {
	for i := range 4 {
		c := uint16(hint >> (8 * i) & 0xFF)
		if c == 0 {
			return i == 0 || len(want) == i // a leading zero means the name is not Latin-1
		}
		if i >= len(want) || fold(c) != want[i] {
			return false
		}
	}
	return true
}

// eachEntry calls fn for every entry of the key's subkey lists until fn returns false. The number of entries is bounded by
// what the hive has room for, so lists that contain each other come to an end.
func (k Key) eachEntry(fn func(off, hint uint32, kind leafKind) bool) error {
	budget := int(k.h.pages.limit/keyHeader) + 1
	off := u32(k.nk, 28)
	head, err := k.h.listHead(off)
	if err != nil {
		return err
	}
	if string(head[:2]) != "ri" {
		_, err = k.h.eachLeafEntry(off, &budget, fn)
		return err
	}
	return k.h.eachRootEntry(off, &budget, fn)
}

func (h *Hive) eachRootEntry(off uint32, budget *int, fn func(off, hint uint32, kind leafKind) bool) error {
	var bad damage
	body, err := h.listBody(off, 4)
	bad.add(err)
	for ; len(body) > 0; body = body[4:] {
		more, err := h.eachLeafEntry(binary.LittleEndian.Uint32(body), budget, fn)
		bad.add(err)
		if !more {
			break
		}
	}
	return bad.err()
}

// eachLeafEntry returns false if fn asked to stop or the budget is spent.
func (h *Hive) eachLeafEntry(off uint32, budget *int, fn func(off, hint uint32, kind leafKind) bool) (bool, error) {
	head, err := h.listHead(off)
	if err != nil {
		return true, err
	}
	kind, width, ok := leafOf(head)
	if !ok {
		return true, fmt.Errorf("%w: no subkey list at 0x%x", ErrDamaged, baseSize+int64(off))
	}
	body, short := h.listBody(off, width)
	for ; len(body) > 0; body = body[width:] {
		if *budget--; *budget < 0 {
			return false, fmt.Errorf("%w: more subkeys than it has room for", ErrDamaged)
		}
		hint := uint32(0)
		if width == 8 {
			hint = binary.LittleEndian.Uint32(body[4:])
		}
		if !fn(binary.LittleEndian.Uint32(body), hint, kind) {
			return false, nil
		}
	}
	return true, short
}

func leafOf(head []byte) (kind leafKind, width int, ok bool) {
	switch string(head[:2]) {
	case "lh":
		return leafHash, 8, true
	case "lf":
		return leafFast, 8, true
	case "li":
		return leafPlain, 4, true
	}
	return 0, 0, false
}

func (h *Hive) listHead(off uint32) ([]byte, error) {
	b, err := h.cell(off, 4)
	if err == nil && len(b) < 4 {
		err = errShortList(off)
	}
	return b, err
}

// listBody returns the entries of a list, each width bytes. If the list claims more than its cell holds, those that fit are
// returned together with an error.
func (h *Hive) listBody(off uint32, width int) ([]byte, error) {
	head, err := h.listHead(off)
	if err != nil {
		return nil, err
	}
	want := 4 + int(u16(head, 2))*width
	b, err := h.cell(off, want)
	if err != nil {
		return nil, err
	}
	if len(b) < want {
		return b[4 : 4+(len(b)-4)/width*width], errShortList(off)
	}
	return b[4:], nil
}

func errShortList(off uint32) error {
	return fmt.Errorf("%w: the subkey list at 0x%x is longer than its cell", ErrDamaged, baseSize+int64(off))
}
