package sd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrDamaged is what the error of Parse wraps.
var ErrDamaged = errors.New("damaged security descriptor")

// Limits of the format: Windows keeps no descriptor above 64 KB, and a SID has at most 15 parts.
const (
	MaxSize  = 64 << 10
	maxParts = 15
	header   = 20
)

// Well-known SIDs. That of TrustedInstaller is the hash of the service's name and the same everywhere.
const (
	System           = "S-1-5-18"
	Administrators   = "S-1-5-32-544"
	Users            = "S-1-5-32-545"
	Everyone         = "S-1-1-0"
	Authenticated    = "S-1-5-11"
	TrustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
)

// Flags of an Entry.
const (
	ObjectInherit    = 0x01
	ContainerInherit = 0x02
	InheritOnly      = 0x08 // it holds for what lies below, not for the thing itself
)

// Descriptor is one security descriptor.
type Descriptor struct {
	Owner, Group string // SIDs as text; empty: none
	// HasDACL is false if there is no list at all: then everybody may do everything, as with an
	// absent (null) list. An empty list lets nobody in.
	HasDACL bool
	DACL    []Entry // in the order that decides
	Unknown int     // entries of a type that is not read: conditional and other rare ones
}

// Entry allows or denies rights to one SID.
type Entry struct {
	Deny  bool
	Flags byte
	Mask  uint32 // access rights
	SID   string
}

var le = binary.LittleEndian

// Parse reads a self-relative descriptor.
func Parse(b []byte) (*Descriptor, error) {
	if len(b) < header || len(b) > MaxSize || b[0] != 1 {
		return nil, fmt.Errorf("%w: %d bytes", ErrDamaged, len(b))
	}
	control := le.Uint16(b[2:])
	if control&0x8000 == 0 {
		return nil, fmt.Errorf("%w: it is not self-relative", ErrDamaged)
	}
	d := &Descriptor{}
	var err error
	if d.Owner, err = sidAt(b, le.Uint32(b[4:])); err != nil {
		return nil, err
	}
	if d.Group, err = sidAt(b, le.Uint32(b[8:])); err != nil {
		return nil, err
	}
	if at := le.Uint32(b[16:]); control&0x0004 != 0 && at != 0 {
		d.HasDACL = true
		return d, d.list(b, at)
	}
	return d, nil
}

func sidAt(b []byte, at uint32) (string, error) {
	if at == 0 {
		return "", nil
	}
	if at < header || int64(at) >= int64(len(b)) {
		return "", fmt.Errorf("%w: a SID at %d", ErrDamaged, at)
	}
	return SID(b[at:])
}

// SID returns the text of the binary SID at the beginning of b.
func SID(b []byte) (string, error) {
	if len(b) < 8 || b[0] != 1 || b[1] > maxParts || len(b) < 8+4*int(b[1]) {
		return "", fmt.Errorf("%w: no SID", ErrDamaged)
	}
	authority := uint64(0)
	for _, c := range b[2:8] {
		authority = authority<<8 | uint64(c)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "S-1-%d", authority)
	for i := range int(b[1]) {
		fmt.Fprintf(&s, "-%d", le.Uint32(b[8+4*i:]))
	}
	return s.String(), nil
}

// list reads the entries of an access list. Its own count and length bound it.
func (d *Descriptor) list(b []byte, at uint32) error {
	if at < header || int64(at)+8 > int64(len(b)) {
		return fmt.Errorf("%w: an access list at %d", ErrDamaged, at)
	}
	acl := b[at:]
	size, count := int(le.Uint16(acl[2:])), int(le.Uint16(acl[4:]))
	if size < 8 || size > len(acl) {
		return fmt.Errorf("%w: an access list of %d bytes", ErrDamaged, size)
	}
	rest := acl[8:size]
	for range count {
		if len(rest) < 8 {
			return fmt.Errorf("%w: the access list ends early", ErrDamaged)
		}
		n := int(le.Uint16(rest[2:]))
		if n < 8 || n > len(rest) {
			return fmt.Errorf("%w: an entry of %d bytes", ErrDamaged, n)
		}
		if err := d.entry(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// entry takes one entry; the types that are read are "allow" and "deny".
func (d *Descriptor) entry(b []byte) error {
	if b[0] > 1 {
		d.Unknown++
		return nil
	}
	sid, err := SID(b[8:])
	if err != nil {
		return err
	}
	d.DACL = append(d.DACL, Entry{Deny: b[0] == 1, Flags: b[1], Mask: le.Uint32(b[4:]), SID: sid})
	return nil
}

// Allows reports whether somebody who is all of sids together has every right of want. The first entry that speaks of a
// right decides; generic has the meaning of the four generic rights for this kind of thing.
func (d *Descriptor) Allows(want uint32, generic Generic, sids ...string) bool {
	if !d.HasDACL {
		return true
	}
	left := want
	for _, e := range d.DACL {
		if e.Flags&InheritOnly != 0 || !slices.Contains(sids, e.SID) {
			continue
		}
		mask := generic.expand(e.Mask)
		if e.Deny && mask&left != 0 {
			return false
		}
		left &^= mask
	}
	return left == 0
}

// Generic is what the generic rights mean for a kind of thing.
type Generic struct{ Read, Write, Execute, All uint32 }

// The kinds of things that are read here.
var (
	File = Generic{Read: 0x120089, Write: 0x120116, Execute: 0x1200a0, All: 0x1f01ff}
	Key  = Generic{Read: 0x20019, Write: 0x20006, Execute: 0x20019, All: 0xf003f}
)

func (g Generic) expand(mask uint32) uint32 {
	for bit, means := range map[uint32]uint32{1 << 31: g.Read, 1 << 30: g.Write, 1 << 29: g.Execute, 1 << 28: g.All} {
		if mask&bit != 0 {
			mask |= means
		}
	}
	return mask
}
