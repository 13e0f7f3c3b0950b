package regf

import (
	"encoding/binary"
	"unicode/utf16"

	"updoc/codec/wintype"
)

// secure returns the cell of a security descriptor, one for all keys that have the same.
func (w *writer) secure(sd []byte) uint32 {
	if sd == nil {
		sd = defaultSecurity()
	}
	off, known := w.security[string(sd)]
	if !known {
		var b []byte
		off, b = w.alloc(20 + len(sd))
		copy(b, "sk")
		binary.LittleEndian.PutUint32(b[16:], uint32(len(sd)))
		copy(b[20:], sd)
		w.security[string(sd)] = off
		w.order = append(w.order, off)
	}
	count := w.cell(off)[12:]
	binary.LittleEndian.PutUint32(count, binary.LittleEndian.Uint32(count)+1)
	return off
}

// linkSecurity closes the ring of security cells.
func (w *writer) linkSecurity() {
	n := len(w.order)
	for i, off := range w.order {
		w.put32(off, 4, w.order[(i+1)%n])
		w.put32(off, 8, w.order[(i+n-1)%n])
	}
}

// defaultSecurity lets SYSTEM and Administrators do everything and Users read, inherited by subkeys.
func defaultSecurity() []byte {
	system := sid(18)
	admins := sid(32, 544)
	users := sid(32, 545)
	const all, read = 0x000F003F, 0x00020019
	acl := []byte{2, 0, 0, 0, 3, 0, 0, 0}
	acl = append(acl, ace(system, all)...)
	acl = append(acl, ace(admins, all)...)
	acl = append(acl, ace(users, read)...)
	binary.LittleEndian.PutUint16(acl[2:], uint16(len(acl)))
	sd := make([]byte, 20)
	sd[0] = 1
	le := binary.LittleEndian
	le.PutUint16(sd[2:], 0x8004) // self-relative, with an access list
	le.PutUint32(sd[16:], 20)
	le.PutUint32(sd[4:], uint32(20+len(acl)))
	le.PutUint32(sd[8:], uint32(20+len(acl)+len(admins)))
	sd = append(sd, acl...)
	sd = append(sd, admins...)
	return append(sd, system...)
}

// sid is S-1-5-… with these parts.
func sid(parts ...uint32) []byte {
	b := []byte{1, byte(len(parts)), 0, 0, 0, 0, 0, 5}
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return b
}

// ace allows a SID these rights, here and in subkeys.
func ace(who []byte, rights uint32) []byte {
	b := []byte{0, 2, 0, 0}
	binary.LittleEndian.PutUint16(b[2:], uint16(8+len(who)))
	b = binary.LittleEndian.AppendUint32(b, rights)
	return append(b, who...)
}

func (w *writer) baseBlock(root uint32) {
	le := binary.LittleEndian
	b := w.buf[:baseSize]
	copy(b, "regf")
	le.PutUint64(b[12:], wintype.Filetime(w.o.Time))
	le.PutUint32(b[20:], 1)
	le.PutUint32(b[24:], w.o.Minor)
	le.PutUint32(b[32:], 1)
	le.PutUint32(b[36:], root)
	le.PutUint32(b[40:], uint32(len(w.buf)-baseSize))
	le.PutUint32(b[44:], 1)
	name := utf16.Encode([]rune(w.o.Name))
	for i, c := range name[max(0, len(name)-31):] {
		le.PutUint16(b[48+2*i:], c)
	}
	stamp(b, w.o.Sequence, w.o.Sequence)
}

// stamp sets the sequence numbers of a base block and seals it.
func stamp(b []byte, primary, secondary uint32) {
	binary.LittleEndian.PutUint32(b[4:], primary)
	binary.LittleEndian.PutUint32(b[8:], secondary)
	binary.LittleEndian.PutUint32(b[508:], checksum(b))
}
