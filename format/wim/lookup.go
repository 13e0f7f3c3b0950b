package wim

import "fmt"

const (
	lookupEntrySize = 50
	// maxLookup is the largest lookup table that is read, in bytes: 1.3 million contents.
	maxLookup = 64 << 20
)

// lookupEntry is a row of the lookup table: a resource, the part of a split image that holds it, and its SHA-1.
type lookupEntry struct {
	at   resource
	part uint16
	hash hash
}

// lookupTable finds contents by their SHA-1.
type lookupTable struct {
	byHash   map[hash]lookupEntry
	metadata []lookupEntry // of image 1, 2, …
}

// lookup reads the lookup table at the first call. A table that is cut off gives what is there, and a problem.
func (f *File) lookup() (*lookupTable, error) {
	if f.table != nil {
		return f.table, nil
	}
	b, err := f.readAll(f.header.lookup, maxLookup)
	if err != nil {
		f.problem("the lookup table cannot be read: %v", err)
	}
	if len(b) < lookupEntrySize {
		return nil, fmt.Errorf("%w: no lookup table", ErrDamaged)
	}
	if len(b)%lookupEntrySize != 0 {
		f.problem("the lookup table ends in the middle of an entry")
	}
	f.table = f.parseLookup(b)
	return f.table, nil
}

func (f *File) parseLookup(b []byte) *lookupTable {
	t := &lookupTable{byHash: make(map[hash]lookupEntry, len(b)/lookupEntrySize)}
	outside := 0
	for ; len(b) >= lookupEntrySize; b = b[lookupEntrySize:] {
		e := lookupEntry{at: parseResource(b), part: le.Uint16(b[24:]), hash: hash(b[30:lookupEntrySize])}
		if e.part == f.header.part && e.at.flags&resSolid == 0 && !e.at.within(f.size) {
			outside++
		}
		if e.at.flags&resMetadata != 0 {
			t.metadata = append(t.metadata, e)
		} else if _, twice := t.byHash[e.hash]; !twice {
			t.byHash[e.hash] = e
		}
	}
	if outside > 0 {
		f.problem("%d resources lie beyond the end of the file", outside)
	}
	return t
}
