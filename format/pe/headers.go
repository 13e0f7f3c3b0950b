package pe

import (
	"errors"
	"fmt"
	"io"
)

const (
	dosHeaderSize     = 64
	peOffsetAt        = 60
	fileHeaderSize    = 24 // with the signature in front of it
	sectionSize       = 40
	maxSections       = 96 // Windows loads no file with more
	maxOptionalHeader = 240
	magic32           = 0x10b
	magic64           = 0x20b
	resourceDirectory = 2 // number of the data directory
)

// image is a PE file whose headers were read.
type image struct {
	r        io.ReaderAt
	size     int64
	sections []section
	resource span // where the resources lie, as an address
}

// section maps a run of addresses to a run of the file.
type section struct {
	address, length uint32
	offset, stored  uint32
}

// span is a run of addresses.
type span struct{ address, length uint32 }

// read returns n bytes at an offset of the file; less is ErrDamaged.
func (m *image) read(at int64, n int) ([]byte, error) {
	if at < 0 || at > m.size || int64(n) > m.size-at {
		return nil, fmt.Errorf("%w: %d bytes at 0x%x lie beyond its end", ErrDamaged, n, at)
	}
	b := make([]byte, n)
	got, err := m.r.ReadAt(b, at)
	switch {
	case got == n:
		return b, nil
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: it ends at 0x%x", ErrDamaged, at+int64(got))
	}
	return nil, err
}

// open reads the headers.
func open(r io.ReaderAt, size int64) (*image, Info, error) {
	m := &image{r: r, size: size}
	dos, err := m.read(0, dosHeaderSize)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, Info{}, err
	}
	if err != nil || dos[0] != 'M' || dos[1] != 'Z' {
		return nil, Info{}, ErrNotPE
	}
	at := int64(le.Uint32(dos[peOffsetAt:]))
	file, err := m.read(at, fileHeaderSize)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, Info{}, err
	}
	if err != nil || string(file[:4]) != "PE\x00\x00" {
		return nil, Info{}, fmt.Errorf("%w: a DOS program, or cut off", ErrNotPE)
	}
	info := Info{Machine: machineName(le.Uint16(file[4:])), Timestamp: le.Uint32(file[8:])}
	optional := int(le.Uint16(file[20:]))
	if err := m.readOptional(at+fileHeaderSize, min(optional, maxOptionalHeader)); err != nil {
		return nil, info, err
	}
	return m, info, m.readSections(at+fileHeaderSize+int64(optional), int(le.Uint16(file[6:])))
}

// readOptional finds the resources in the optional header.
func (m *image) readOptional(at int64, n int) error {
	b, err := m.read(at, n)
	if err != nil {
		return err
	}
	if n < 2 {
		return fmt.Errorf("%w: no optional header", ErrDamaged)
	}
	var count int
	switch le.Uint16(b) {
	case magic32:
		count = 92
	case magic64:
		count = 108
	default:
		return fmt.Errorf("%w: an optional header of kind 0x%x", ErrDamaged, le.Uint16(b))
	}
	entry := count + 4 + 8*resourceDirectory
	if n < entry+8 || le.Uint32(b[count:]) <= resourceDirectory {
		return nil
	}
	m.resource = span{le.Uint32(b[entry:]), le.Uint32(b[entry+4:])}
	return nil
}

func (m *image) readSections(at int64, count int) error {
	b, err := m.read(at, min(count, maxSections)*sectionSize)
	if err != nil {
		return err
	}
	for ; len(b) > 0; b = b[sectionSize:] {
		m.sections = append(m.sections, section{
			length: le.Uint32(b[8:]), address: le.Uint32(b[12:]), stored: le.Uint32(b[16:]), offset: le.Uint32(b[20:]),
		})
	}
	return nil
}

// locate turns an address into an offset of the file and tells how many bytes are stored from there on.
func (m *image) locate(address uint32) (int64, int64, error) {
	for _, s := range m.sections {
		if address >= s.address && address-s.address < s.stored {
			inside := address - s.address
			return int64(s.offset) + int64(inside), int64(s.stored - inside), nil
		}
	}
	return 0, 0, fmt.Errorf("%w: no section has the address 0x%x", ErrDamaged, address)
}
