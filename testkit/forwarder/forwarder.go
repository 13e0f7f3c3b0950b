// Package forwarder makes a library for Windows that passes a function on, for a Wine that
// lacks one which every Go program asks for. It may import the standard library alone, and
// must never be part of the program.
package forwarder

import (
	"bytes"
	"encoding/binary"
)

// Library is a library for Windows (amd64) of one kilobyte without code, that passes
// one function on: export is forwarded to target ("LIBRARY.Function"). The layout is that
// of Microsoft's "PE Format": one section, which holds the export directory.
func Library(name, export, target string) []byte {
	const alignment, section, directory = 0x200, 0x1000, 40
	le := binary.LittleEndian
	data := make([]byte, directory+4+4+2)
	text := func(s string) uint32 {
		at := section + uint32(len(data))
		data = append(append(data, s...), 0)
		return at
	}
	le.PutUint32(data[12:], text(name))
	le.PutUint32(data[16:], 1) // number of the first export
	le.PutUint32(data[20:], 1) // addresses
	le.PutUint32(data[24:], 1) // names
	le.PutUint32(data[28:], section+directory)
	le.PutUint32(data[32:], section+directory+4)
	le.PutUint32(data[36:], section+directory+8)
	le.PutUint32(data[directory:], text(target)) // an address inside the directory is a forwarder
	le.PutUint32(data[directory+4:], text(export))

	head := make([]byte, 64, 2*alignment)
	copy(head, "MZ")
	le.PutUint32(head[60:], 64)
	head = append(head, "PE\x00\x00"...)
	for _, v := range []any{uint16(0x8664), uint16(1), uint32(0), uint64(0), uint16(240), uint16(0x2022)} {
		head, _ = binary.Append(head, le, v)
	}
	optional := make([]byte, 240)
	le.PutUint16(optional, 0x20b)
	le.PutUint64(optional[24:], 0x180000000) // where it likes to lie
	le.PutUint32(optional[32:], 0x1000)
	le.PutUint32(optional[36:], alignment)
	le.PutUint16(optional[40:], 6) // version of the system
	le.PutUint16(optional[48:], 6)
	le.PutUint32(optional[56:], 0x2000) // size in memory
	le.PutUint32(optional[60:], alignment)
	le.PutUint16(optional[68:], 3)
	le.PutUint32(optional[108:], 16) // directories
	le.PutUint32(optional[112:], section)
	le.PutUint32(optional[116:], uint32(len(data)))
	header := make([]byte, 40)
	copy(header, ".edata")
	le.PutUint32(header[8:], uint32(len(data)))
	le.PutUint32(header[12:], section)
	le.PutUint32(header[16:], alignment)
	le.PutUint32(header[20:], alignment)
	le.PutUint32(header[36:], 0x40000040)
	file := append(append(head, optional...), header...)
	file = append(file, bytes.Repeat([]byte{0}, alignment-len(file))...)
	file = append(file, data...)
	return append(file, make([]byte, 2*alignment-len(file))...)
}
