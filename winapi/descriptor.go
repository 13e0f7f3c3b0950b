package winapi

import "encoding/binary"

// Layout of SECURITY_DESCRIPTOR_RELATIVE. Source: winnt.h.
const (
	descriptorHead = 20
	selfRelative   = 0x8000 // SE_SELF_RELATIVE
)

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
	size := uint64(binary.LittleEndian.Uint16(b[at+2:])) // AclSize
	if sid {
		size = 8 + 4*uint64(b[at+1])
	}
	return at+size <= uint64(len(b))
}
