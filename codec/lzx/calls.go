package lzx

import (
	"bytes"
	"encoding/binary"
)

const (
	callOpcode = 0xe8
	callTail   = 10       // bytes at the end in which no call is translated
	fileSize   = 12000000 // the constant that WIM and CompactOS use
)

// untranslate turns the targets of x86 calls back from absolute to relative. Compression had made them absolute, so that
// calls of one function look alike. base is where the chunk stands, size the size of the file that the calls are in.
func untranslate(chunk []byte, base, size int32) {
	for at := 0; at < len(chunk)-callTail; {
		next := bytes.IndexByte(chunk[at:len(chunk)-callTail], callOpcode)
		if next < 0 {
			return
		}
		at += next
		target := chunk[at+1 : at+5]
		value := int32(binary.LittleEndian.Uint32(target))
		binary.LittleEndian.PutUint32(target, uint32(relative(value, base+int32(at), size)))
		at += 5
	}
}

// relative returns the target of a call at a position; a value that cannot have been translated stays as it is.
func relative(value, position, size int32) int32 {
	switch {
	case value >= 0 && value < size:
		return value - position
	case value < 0 && value >= -position:
		return value + size
	}
	return value
}
