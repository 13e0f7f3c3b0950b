// Package pe reads the version of Windows programs and libraries, and makes minimal files that have one.
//
// It exists because the version of bootmenuux.dll tells how far a recovery environment was serviced, and that of system
// files how far a Windows was. It imports the standard library and codec only, reads a few kilobytes however large the file is, and
// must never run, load or change a file.
//
// The layout follows Microsoft's "PE Format" and "VERSIONINFO resource" pages.
package pe

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrNotPE means that the file is not a Portable Executable.
var ErrNotPE = errors.New("not a PE file")

// ErrDamaged means that headers or resources of the file contradict it or themselves.
var ErrDamaged = errors.New("damaged PE file")

var le = binary.LittleEndian

// Numbers is a version of four parts, the weightiest first: major, minor, build, revision.
type Numbers [4]uint16

// String returns the version as Windows prints it: 10.0.19041.3920.
func (n Numbers) String() string { return fmt.Sprintf("%d.%d.%d.%d", n[0], n[1], n[2], n[3]) }

// Compare returns -1, 0 or 1 as n is older than, equal to or newer than m.
func (n Numbers) Compare(m Numbers) int {
	for i := range n {
		switch {
		case n[i] < m[i]:
			return -1
		case n[i] > m[i]:
			return 1
		}
	}
	return 0
}

// Info is what the headers and the version resource of a file say. The fixed and the textual version can differ: servicing
// goes by the fixed one, Explorer shows the fixed file version and the textual product version.
type Info struct {
	Machine        string            `json:"machine"`        // amd64, x86, arm64, arm, or the number as 0x%04x
	Timestamp      uint32            `json:"timestamp"`      // seconds since 1970, or a hash in reproducible builds such as Windows 10's
	HasVersion     bool              `json:"hasVersion"`     // a fixed version is there; else the next two are 0.0.0.0
	FileVersion    Numbers           `json:"fileVersion"`    // fixed
	ProductVersion Numbers           `json:"productVersion"` // fixed
	Strings        map[string]string `json:"strings"`        // of the first string table: FileVersion, ProductVersion, OriginalFilename, …; nil: none
	Problems       []string          `json:"problems"`       // damage met in the resources, in English for the expert
}

// machine is a processor type of the file header (IMAGE_FILE_MACHINE_*) with its name.
type machine struct {
	number uint16
	name   string
}

func machines() []machine {
	return []machine{{0x8664, "amd64"}, {0x14c, "x86"}, {0xaa64, "arm64"}, {0x1c4, "arm"}}
}

func machineName(number uint16) string {
	for _, m := range machines() {
		if m.number == number {
			return m.name
		}
	}
	return fmt.Sprintf("0x%04x", number)
}

func machineNumber(name string) (uint16, bool) {
	for _, m := range machines() {
		if m.name == name {
			return m.number, true
		}
	}
	return 0, false
}
