package wim

import (
	"fmt"
	"io"
	"slices"

	"updoc/codec/wintype"
)

// Names of the compressions of a WIM file.
const (
	CompressionNone    = "none"
	CompressionXPRESS  = "xpress"
	CompressionLZX     = "lzx"
	CompressionLZMS    = "lzms" // recognised, not read
	CompressionUnknown = "unknown"
)

// Info is what the header and the XML of a WIM file say.
type Info struct {
	Compression string   `json:"compression"`
	ChunkSize   uint32   `json:"chunkSize"` // bytes; 0 if nothing is compressed
	Version     uint32   `json:"version"`   // 0x10d00; 0xe00 if resources may be solid
	Flags       uint32   `json:"flags"`     // of the header
	ImageCount  uint32   `json:"imageCount"`
	Images      []Image  `json:"images"`    // of the XML; may be fewer than ImageCount if it is damaged
	BootIndex   uint32   `json:"bootIndex"` // 0: no image boots
	Part        uint16   `json:"part"`      // of a split WIM; 1 of 1 otherwise
	TotalParts  uint16   `json:"totalParts"`
	GUID        string   `json:"guid"`      // lower-case with braces
	Integrity   bool     `json:"integrity"` // an integrity table is there; it is not checked
	Solid       bool     `json:"solid"`     // the version allows solid resources, which are not read
	Valid       bool     `json:"valid"`     // no problem was met so far
	Problems    []string `json:"problems"`  // what is damaged, in English for the expert
}

// File is an opened WIM file. It is used by one goroutine at a time and holds nothing that must be closed.
type File struct {
	r        io.ReaderAt
	size     int64
	header   header
	images   []Image
	problems []string
	table    *lookupTable
	metadata map[int]*metadataReader
}

// Open reads the header and the XML of a WIM file of size bytes. The error is ErrNotWIM, ErrDamaged if the header itself is
// cut off, ErrUnsupported for a pipable WIM, or that of r; any other damage is told by Info.
func Open(r io.ReaderAt, size int64) (*File, error) {
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	f := &File{r: r, size: size, header: h, metadata: map[int]*metadataReader{}}
	f.checkHeader()
	f.readXML()
	return f, nil
}

// Info tells what was found so far; it reads nothing.
func (f *File) Info() Info {
	h := f.header
	return Info{
		Compression: h.compression(), ChunkSize: h.chunkSize, Version: h.version, Flags: h.flags,
		ImageCount: h.images, Images: slices.Clone(f.images), BootIndex: h.bootIndex,
		Part: h.part, TotalParts: h.totalParts, GUID: "{" + wintype.GUID(h.guid) + "}",
		Integrity: h.integrity.stored > 0, Solid: h.version == versionSolid,
		Valid: len(f.problems) == 0, Problems: slices.Clone(f.problems),
	}
}

func (h header) compression() string {
	switch {
	case h.flags&flagCompressed == 0:
		return CompressionNone
	case h.flags&(flagXPRESS|flagXPRESS2) != 0:
		return CompressionXPRESS
	case h.flags&flagLZX != 0:
		return CompressionLZX
	case h.flags&flagLZMS != 0:
		return CompressionLZMS
	}
	return CompressionUnknown
}

// problem notes a damage, once.
func (f *File) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(f.problems, text) {
		f.problems = append(f.problems, text)
	}
}

func (f *File) checkHeader() {
	h := f.header
	if h.version != versionStandard && h.version != versionSolid {
		f.problem("unknown version 0x%x", h.version)
	}
	if h.flags&flagWriteInProgress != 0 {
		f.problem("a write to the file was never finished")
	}
	if h.bootIndex > h.images {
		f.problem("image %d is to boot, but there are only %d", h.bootIndex, h.images)
	}
	if h.part == 0 || h.part > h.totalParts {
		f.problem("part %d of %d", h.part, h.totalParts)
	}
	f.checkPlace("the lookup table", h.lookup)
	f.checkPlace("the XML", h.xml)
	f.checkPlace("the metadata of the boot image", h.boot)
	f.checkPlace("the integrity table", h.integrity)
}

func (f *File) checkPlace(what string, at resource) {
	if !at.within(f.size) {
		f.problem("%s (%d bytes at %d) lies beyond the end of the file (%d bytes)", what, at.stored, at.offset, f.size)
	}
}
