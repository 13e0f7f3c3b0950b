package cab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// What an error of this package is.
var (
	ErrNotCab      = errors.New("not a cabinet file")
	ErrDamaged     = errors.New("damaged cabinet file")
	ErrUnsupported = errors.New("unsupported cabinet file")
)

var errEndless = errors.New("a name without an end")

const (
	magic      = "MSCF"
	headerSize = 36
	folderSize = 8
	fileSize   = 16
	maxFolders = 4096
	maxName    = 256  // bytes, by the format
	listBuffer = 4096 // bytes read at once of the list of files
)

// Flags of the header.
const (
	hasPrevious = 1 << iota
	hasNext
	hasReserve
)

// Method is how a folder is compressed.
type Method uint16

// The methods of the format.
const (
	Stored Method = iota
	MSZIP
	Quantum
	LZX
)

// String returns the name used in reports.
func (m Method) String() string {
	if m > LZX {
		return fmt.Sprintf("method %d", uint16(m))
	}
	return [...]string{"stored", "mszip", "quantum", "lzx"}[m]
}

// Cabinet is an opened cabinet.
type Cabinet struct {
	Files    []File
	Problems []string // damage of the directory; what stands before it is in Files

	r       io.ReaderAt
	size    int64
	folders []folder
	reserve int // bytes in front of the data of each block
}

// File is one file of a cabinet.
type File struct {
	Name   string    // as the cabinet says: never a path to write to
	Size   int64     // bytes, as the cabinet claims
	Time   time.Time // local time of the machine that packed it, two seconds exact; zero: none
	Method Method

	folder int
	offset int64 // in its folder
}

// Before is how many bytes must be unpacked on the way to the file.
func (f File) Before() int64 {
	if f.Method == Stored {
		return 0
	}
	return f.offset
}

// folder is one stream of blocks.
type folder struct {
	start  int64
	blocks int
	method Method
	window int // LZX: bytes
}

// Open reads the directory of a cabinet of size bytes.
func Open(r io.ReaderAt, size int64) (*Cabinet, error) {
	in := &cursor{r: r, size: size}
	head := in.take(headerSize)
	if len(head) < len(magic) || string(head[:4]) != magic {
		return nil, errors.Join(ErrNotCab, in.err)
	}
	if in.err != nil {
		return nil, fmt.Errorf("%w: the header ends too early", ErrDamaged)
	}
	c := &Cabinet{r: r, size: size}
	flags := u16(head, 30)
	folderReserve := c.readReserve(in, flags)
	for range 2 * (flags & hasPrevious) {
		in.text()
	}
	for range flags & hasNext {
		in.text()
	}
	c.readFolders(in, u16(head, 26), folderReserve)
	if in.err != nil {
		return nil, fmt.Errorf("%w: the list of folders: %w", ErrDamaged, in.err)
	}
	c.readFiles(int64(u32(head, 16)), u16(head, 28))
	return c, nil
}

// readReserve skips what the maker of the cabinet kept for itself.
func (c *Cabinet) readReserve(in *cursor, flags int) (inFolder int) {
	if flags&hasReserve == 0 {
		return 0
	}
	sizes := in.take(4)
	if in.err != nil {
		return 0
	}
	in.at += int64(u16(sizes, 0))
	c.reserve = int(sizes[3])
	return int(sizes[2])
}

func (c *Cabinet) readFolders(in *cursor, n, reserve int) {
	if n > maxFolders {
		in.err = fmt.Errorf("%d folders", n)
		return
	}
	for range n {
		b := in.take(folderSize + reserve)
		if in.err != nil {
			return
		}
		kind := u16(b, 6)
		c.folders = append(c.folders, folder{start: int64(u32(b, 0)), blocks: u16(b, 4), method: Method(kind & 15), window: 1 << (kind >> 8 & 31)})
	}
}

// readFiles reads the list of files at a place as far as it is whole.
func (c *Cabinet) readFiles(at int64, n int) {
	list := bufio.NewReaderSize(io.NewSectionReader(c.r, at, max(c.size-at, 0)), listBuffer)
	for i := range n {
		f, err := readFile(list)
		if err != nil {
			c.Problems = append(c.Problems, fmt.Sprintf("file %d of %d: %v", i+1, n, err))
			return
		}
		if f.folder < len(c.folders) {
			f.Method = c.folders[f.folder].method
		}
		c.Files = append(c.Files, f)
	}
}

func readFile(list *bufio.Reader) (File, error) {
	b := make([]byte, fileSize)
	if _, err := io.ReadFull(list, b); err != nil {
		return File{}, err
	}
	name, err := list.ReadSlice(0)
	switch {
	case err == nil && len(name) > maxName, errors.Is(err, bufio.ErrBufferFull):
		return File{}, errEndless
	case err != nil:
		return File{}, err
	}
	return File{Size: int64(u32(b, 0)), offset: int64(u32(b, 4)), folder: u16(b, 8), Time: dosTime(u16(b, 10), u16(b, 12)), Name: toText(name[:len(name)-1])}, nil
}

// dosTime reads a date and a time of FAT.
func dosTime(date, clock int) time.Time {
	if date == 0 {
		return time.Time{}
	}
	return time.Date(1980+date>>9, time.Month(date>>5&15), date&31, clock>>11, clock>>5&63, clock&31*2, 0, time.UTC)
}

// cursor reads on from a place; its first error stays.
type cursor struct {
	r    io.ReaderAt
	size int64
	at   int64
	err  error
}

// take returns the next n bytes, zeros if there are not so many.
func (c *cursor) take(n int) []byte {
	b := make([]byte, n)
	if c.err != nil {
		return b
	}
	if c.at+int64(n) > c.size {
		c.err = io.ErrUnexpectedEOF
	}
	if got, err := c.r.ReadAt(b, c.at); got < n && c.err == nil {
		c.err = err
	}
	c.at += int64(n)
	return b
}

// text returns the next text up to its zero.
func (c *cursor) text() string {
	var b []byte
	for len(b) < maxName {
		next := c.take(1)
		if c.err != nil {
			return ""
		}
		if next[0] == 0 {
			return toText(b)
		}
		b = append(b, next[0])
	}
	c.err = errEndless
	return ""
}

func toText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

func u16(b []byte, at int) int    { return int(binary.LittleEndian.Uint16(b[at:])) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
