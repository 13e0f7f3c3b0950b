package casekit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// digest returns 32 bytes that depend on the PC's story and a label only.
func (pc *PC) digest(label string) [32]byte {
	return sha256.Sum256([]byte(pc.seed + "\x00" + label))
}

// guid returns the GUID of a labelled thing, lower case without braces. It has the
// form of a random (version 4) GUID and is always the same for the same PC.
func (pc *PC) guid(label string) string {
	d := pc.digest(label)
	d[6], d[8] = d[6]&0x0f|0x40, d[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", d[0:4], d[4:6], d[6:8], d[8:10], d[10:16])
}

// number returns a 32-bit number of a labelled thing, never 0.
func (pc *PC) number(label string) uint32 {
	d := pc.digest(label)
	return binary.LittleEndian.Uint32(d[:4]) | 1
}

// serial returns a 64-bit volume serial number.
func (pc *PC) serial(label string) uint64 {
	d := pc.digest("serial " + label)
	return binary.LittleEndian.Uint64(d[:8])
}

func braced(guid string) string { return "{" + guid + "}" }
