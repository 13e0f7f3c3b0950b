package ntfs

import (
	"cmp"
	"unicode"
	"unicode/utf16"
)

// loadUpCase reads the volume's own table of capital letters, by which its folders are sorted. Without
// it Unicode's simple mapping stands in, which agrees for nearly all names.
func (v *Volume) loadUpCase() {
	v.upcase = make([]uint16, 1<<16)
	b := make([]byte, 2<<16)
	if err := v.readSystem(recordUpCase, b); err != nil {
		v.log.Add("upcase-damaged", -1, "$UpCase is unreadable, Unicode's mapping is used: %v", err)
		for i := range v.upcase {
			v.upcase[i] = simpleUpper(uint16(i))
		}
		return
	}
	for i := range v.upcase {
		v.upcase[i] = le.Uint16(b[2*i:])
	}
}

// readSystem fills b from the start of a metadata file's content.
func (v *Volume) readSystem(num uint64, b []byte) error {
	s, err := v.system(num)
	if err != nil {
		return err
	}
	return s.readFull(b, 0)
}

// system opens the content of a metadata file.
func (v *Volume) system(num uint64) (*stream, error) {
	rec, err := v.record(num)
	if err != nil {
		return nil, err
	}
	pieces, err := v.pieces(rec, attrData, "")
	if err != nil {
		return nil, err
	}
	return v.newStream(pieces)
}

func simpleUpper(c uint16) uint16 {
	if utf16.IsSurrogate(rune(c)) {
		return c
	}
	if up := unicode.ToUpper(rune(c)); up < 1<<16 {
		return uint16(up)
	}
	return c
}

// collate orders two names as NTFS sorts a folder, without regard to case.
func (v *Volume) collate(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(v.upcase[a[i]], v.upcase[b[i]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
