package casekit

import "encoding/binary"

// ownedByAdmins is a self-relative security descriptor: owner and group
// Administrators; SYSTEM and Administrators may do everything, users may read.
// Inheritable. Source: MS-DTYP 2.4.
func ownedByAdmins() []byte {
	admins, system, users := sid(32, 544), sid(18), sid(32, 545)
	acl := acl(ace(0x001f01ff, system), ace(0x001f01ff, admins), ace(0x001200a9, users))
	const head = 20
	b := make([]byte, head)
	b[0] = 1
	binary.LittleEndian.PutUint16(b[2:], 0x8004) // self-relative, DACL present
	binary.LittleEndian.PutUint32(b[4:], head)
	binary.LittleEndian.PutUint32(b[8:], head+uint32(len(admins)))
	binary.LittleEndian.PutUint32(b[16:], head+2*uint32(len(admins)))
	b = append(b, admins...)
	b = append(b, admins...)
	return append(b, acl...)
}

// sid is S-1-5-… in binary form.
func sid(sub ...uint32) []byte {
	b := []byte{1, byte(len(sub)), 0, 0, 0, 0, 0, 5}
	for _, s := range sub {
		b = binary.LittleEndian.AppendUint32(b, s)
	}
	return b
}

// ace allows mask to who, for this folder and all below it.
func ace(mask uint32, who []byte) []byte {
	b := []byte{0, 3, 0, 0}
	binary.LittleEndian.PutUint16(b[2:], uint16(8+len(who)))
	b = binary.LittleEndian.AppendUint32(b, mask)
	return append(b, who...)
}

func acl(aces ...[]byte) []byte {
	b := []byte{2, 0, 0, 0, byte(len(aces)), 0, 0, 0}
	for _, a := range aces {
		b = append(b, a...)
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}
