package pe

import (
	"fmt"
	"io"
)

const (
	versionType   = 16   // RT_VERSION
	maxEntries    = 4096 // of one resource directory
	maxVersion    = 64 << 10
	isDirectory   = 1 << 31
	directorySize = 16
	entrySize     = 8
)

// Version reads the headers and the version resource of a PE file of size bytes. A file without version resource is no
// error: HasVersion is false then. Damage of the resources is told by Problems; the errors are ErrNotPE, ErrDamaged for the
// headers, and those of r.
func Version(r io.ReaderAt, size int64) (Info, error) {
	m, info, err := open(r, size)
	if err != nil {
		return info, err
	}
	if m.resource.address == 0 {
		return info, nil
	}
	b, err := m.versionResource()
	if err != nil {
		info.Problems = append(info.Problems, err.Error())
		return info, nil
	}
	info.readVersion(b)
	return info, nil
}

// versionResource returns the bytes of the first version resource, nil if there is none. The resources are a tree of three
// levels: type, name, language.
func (m *image) versionResource() ([]byte, error) {
	base, _, err := m.locate(m.resource.address)
	if err != nil {
		return nil, err
	}
	at, err := m.child(base, 0, func(id uint32) bool { return id == versionType })
	for level := 0; level < 2 && err == nil && at != 0; level++ {
		if at&isDirectory == 0 {
			return nil, fmt.Errorf("%w: the version resource is not where it belongs", ErrDamaged)
		}
		at, err = m.child(base, at&^isDirectory, func(uint32) bool { return true })
	}
	if err != nil || at == 0 {
		return nil, err
	}
	if at&isDirectory != 0 {
		return nil, fmt.Errorf("%w: the tree of resources is too deep", ErrDamaged)
	}
	return m.data(base + int64(at))
}

// child returns where the first wanted entry of a resource directory leads; 0: there is none.
func (m *image) child(base int64, directory uint32, wanted func(id uint32) bool) (uint32, error) {
	at := base + int64(directory)
	head, err := m.read(at, directorySize)
	if err != nil {
		return 0, err
	}
	count := int(le.Uint16(head[12:])) + int(le.Uint16(head[14:]))
	if count > maxEntries {
		return 0, fmt.Errorf("%w: a resource directory of %d entries", ErrDamaged, count)
	}
	b, err := m.read(at+directorySize, count*entrySize)
	if err != nil {
		return 0, err
	}
	for ; len(b) > 0; b = b[entrySize:] {
		if wanted(le.Uint32(b)) {
			return le.Uint32(b[4:]), nil
		}
	}
	return 0, nil
}

// data reads what a data entry points to.
func (m *image) data(entry int64) ([]byte, error) {
	b, err := m.read(entry, 16)
	if err != nil {
		return nil, err
	}
	length := le.Uint32(b[4:])
	at, stored, err := m.locate(le.Uint32(b))
	if err != nil {
		return nil, err
	}
	if length > maxVersion || int64(length) > stored {
		return nil, fmt.Errorf("%w: a version resource of %d bytes", ErrDamaged, length)
	}
	return m.read(at, int(length))
}
