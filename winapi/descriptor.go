package winapi

import (
	"bytes"
	"encoding/binary"
)

// Layout of SECURITY_DESCRIPTOR_RELATIVE and bits of its Control. Source: winnt.h.
const (
	descriptorHead = 20
	selfRelative   = 0x8000 // SE_SELF_RELATIVE
	daclPresent    = 0x0004 // SE_DACL_PRESENT
	inheritReq     = 0x0100 // SE_DACL_AUTO_INHERIT_REQ
	inherited      = 0x0400 // SE_DACL_AUTO_INHERITED
	daclProtected  = 0x1000 // SE_DACL_PROTECTED
)

// asStored is a descriptor in the form in which Windows stores it as it is: it keeps
// SE_DACL_AUTO_INHERITED only if SE_DACL_AUTO_INHERIT_REQ, which is not stored, stands beside it.
// Source: SECURITY_DESCRIPTOR_CONTROL; [MS-DTYP] 2.4.6, DT and DI.
func asStored(b []byte) []byte {
	out := bytes.Clone(b)
	if control := binary.LittleEndian.Uint16(out[2:]); control&inherited != 0 {
		binary.LittleEndian.PutUint16(out[2:], control|inheritReq)
	}
	return out
}

// SameRights tells whether two self-relative descriptors name one owner and one group and
// grant the same; other bytes are compared as they are. Where its parts lie, and how it was
// made, do not matter.
func SameRights(a, b []byte) bool {
	if !relativeDescriptor(a) || !relativeDescriptor(b) {
		return bytes.Equal(a, b)
	}
	const counts = daclPresent | daclProtected
	if (binary.LittleEndian.Uint16(a[2:])^binary.LittleEndian.Uint16(b[2:]))&counts != 0 {
		return false
	}
	for _, i := range []int{0, 1, 3} { // owner, group, DACL; the SACL is not asked for
		if !bytes.Equal(descriptorPart(a, i), descriptorPart(b, i)) {
			return false
		}
	}
	return true
}

// descriptorPart is one of the four parts of a descriptor that relativeDescriptor takes.
func descriptorPart(b []byte, i int) []byte {
	at := uint64(binary.LittleEndian.Uint32(b[4+4*i:]))
	if at == 0 {
		return nil
	}
	return b[at : at+partSize(b, at, i < 2)]
}

// relativeDescriptor tells whether every part of a security descriptor lies inside it, so
// that Windows can be given it.
func relativeDescriptor(b []byte) bool {
	if len(b) < descriptorHead || b[0] != 1 || binary.LittleEndian.Uint16(b[2:])&selfRelative == 0 {
		return false
	}
	for i := range 4 {
		at := uint64(binary.LittleEndian.Uint32(b[4+4*i:]))
		if at != 0 && !partInside(b, at, i < 2) {
			return false
		}
	}
	return true
}

// partInside measures a SID or an ACL.
func partInside(b []byte, at uint64, sid bool) bool {
	if at < descriptorHead || at+8 > uint64(len(b)) {
		return false
	}
	return at+partSize(b, at, sid) <= uint64(len(b))
}

func partSize(b []byte, at uint64, sid bool) uint64 {
	if sid {
		return 8 + 4*uint64(b[at+1])
	}
	return uint64(binary.LittleEndian.Uint16(b[at+2:])) // AclSize
}
