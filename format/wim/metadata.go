package wim

import (
	"crypto/sha1"
	"fmt"
	"time"

	"updoc/codec/wintype"
)

// maxMetadata is the largest metadata resource that is read, in bytes; that of a server installation has about 30 MB.
const maxMetadata = 128 << 20

// Entry is a file or directory of an image.
type Entry struct {
	Path       string    `json:"path"` // slash-separated, as spelled in the image; empty for the root
	Name       string    `json:"name"`
	ShortName  string    `json:"shortName,omitempty"`
	Attributes uint32    `json:"attributes"`
	Size       int64     `json:"size"` // bytes of the unnamed stream; -1: the image lacks the content
	SHA1       [20]byte  `json:"-"`    // of the unnamed stream; all zero: no content
	Created    time.Time `json:"created"`
	Accessed   time.Time `json:"accessed"`
	Modified   time.Time `json:"modified"`
	Streams    []string  `json:"streams,omitempty"` // names of its other data streams
	children   uint64
}

// IsDir says whether the entry is a directory.
func (e Entry) IsDir() bool { return e.Attributes&AttributeDirectory != 0 }

// metadataReader finds entries in the metadata resource of one image.
type metadataReader struct {
	b    []byte
	root Entry
}

// imageMetadata reads the metadata of image number n, from 1, at the first call.
func (f *File) imageMetadata(n int) (*metadataReader, error) {
	if m := f.metadata[n]; m != nil {
		return m, nil
	}
	t, err := f.lookup()
	if err != nil {
		return nil, err
	}
	if n < 1 || n > len(t.metadata) {
		return nil, fmt.Errorf("image %d of %d: %w", n, len(t.metadata), errNoImage(f.header))
	}
	e := t.metadata[n-1]
	b, err := f.readAll(e.at, maxMetadata)
	if err != nil {
		return nil, fmt.Errorf("metadata of image %d: %w", n, err)
	}
	if sha1.Sum(b) != e.hash {
		f.problem("the metadata of image %d does not have its SHA-1", n)
	}
	m, err := newMetadata(b)
	if err != nil {
		return nil, fmt.Errorf("metadata of image %d: %w", n, err)
	}
	f.metadata[n] = m
	return m, nil
}

// newMetadata skips the security descriptors and reads the root.
func newMetadata(b []byte) (*metadataReader, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("%w: %d bytes", ErrDamaged, len(b))
	}
	security := uint64(max(le.Uint32(b), 8))
	m := &metadataReader{b: b}
	root, _, err := m.entry((security + alignment - 1) &^ (alignment - 1))
	if err != nil {
		return nil, err
	}
	if root == nil || !root.IsDir() {
		return nil, fmt.Errorf("%w: no root directory", ErrDamaged)
	}
	root.Name = ""
	m.root = *root
	return m, nil
}

// entry reads the directory entry at an offset and returns the offset of the next; nil marks the end of a list.
func (m *metadataReader) entry(at uint64) (*Entry, uint64, error) {
	length, err := m.length(at)
	if err != nil || length <= 8 {
		return nil, 0, err
	}
	if length < dentrySize {
		return nil, 0, fmt.Errorf("%w: a directory entry of %d bytes at 0x%x", ErrDamaged, length, at)
	}
	b := m.b[at : at+length]
	e := &Entry{
		Attributes: le.Uint32(b[8:]), children: le.Uint64(b[16:]), SHA1: hash(b[64:84]),
		Created: wintype.Time(le.Uint64(b[40:])), Accessed: wintype.Time(le.Uint64(b[48:])), Modified: wintype.Time(le.Uint64(b[56:])),
	}
	rest := b[dentrySize:]
	name, rest, ok := cutName(rest, int(le.Uint16(b[100:])))
	short, _, ok2 := cutName(rest, int(le.Uint16(b[98:])))
	if !ok || !ok2 {
		return nil, 0, fmt.Errorf("%w: a name longer than its directory entry at 0x%x", ErrDamaged, at)
	}
	e.Name, e.ShortName = name, short
	next, err := m.streams(e, (at+length+alignment-1)&^(alignment-1), int(le.Uint16(b[96:])))
	return e, next, err
}

// length reads the length field of an entry and checks that the entry lies in the resource.
func (m *metadataReader) length(at uint64) (uint64, error) {
	if at%alignment != 0 || at > uint64(len(m.b)) || uint64(len(m.b))-at < 8 {
		return 0, fmt.Errorf("%w: no entry can lie at 0x%x of the metadata", ErrDamaged, at)
	}
	length := le.Uint64(m.b[at:])
	if length > uint64(len(m.b))-at {
		return 0, fmt.Errorf("%w: the entry at 0x%x of the metadata is cut off", ErrDamaged, at)
	}
	return length, nil
}

// cutName takes a name of n bytes and its terminator off b; a terminator that no longer fits may be missing.
func cutName(b []byte, n int) (string, []byte, bool) {
	if n > len(b) {
		return "", nil, false
	}
	if n == 0 {
		return "", b, true
	}
	return wintype.UTF16(b[:n]), b[min(n+2, len(b)):], true
}

// streams reads the stream entries behind a directory entry. The unnamed one holds the hash of the file's own data.
func (m *metadataReader) streams(e *Entry, at uint64, count int) (uint64, error) {
	for range count {
		length, err := m.length(at)
		if err != nil {
			return 0, err
		}
		if length < streamSize {
			return 0, fmt.Errorf("%w: a stream entry of %d bytes at 0x%x", ErrDamaged, length, at)
		}
		b := m.b[at : at+length]
		name, _, ok := cutName(b[streamSize:], int(le.Uint16(b[36:])))
		if !ok {
			return 0, fmt.Errorf("%w: a stream name longer than its entry at 0x%x", ErrDamaged, at)
		}
		if name != "" {
			e.Streams = append(e.Streams, name)
		} else if sum := hash(b[16:36]); e.SHA1 == (hash{}) {
			e.SHA1 = sum
		}
		at = (at + length + alignment - 1) &^ (alignment - 1)
	}
	return at, nil
}

// list calls fn with each entry of a directory and its offset until fn returns false. It stops with an error at damage.
func (m *metadataReader) list(dir *Entry, fn func(at uint64, e *Entry) bool) error {
	if dir.children == 0 {
		return nil
	}
	for at := dir.children; ; {
		e, next, err := m.entry(at)
		if err != nil || e == nil {
			return err
		}
		if !fn(at, e) {
			return nil
		}
		at = next
	}
}
