package fat

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// Attributes of an entry.
const (
	attrLabel     = 0x08
	attrDirectory = 0x10
	attrLongName  = 0x0f
)

// entry is one file, folder or label.
type entry struct {
	name       string // long if there is one, else short in the case it is shown in
	short      string // as stored, for example "BOOTX64.EFI"
	attributes byte
	cluster    uint32
	size       uint32
	modified   time.Time
}

func (e *entry) dir() bool { return e.attributes&attrDirectory != 0 }

// root is the root folder as an entry.
func (v *Volume) root() *entry {
	return &entry{name: ".", attributes: attrDirectory, cluster: v.g.rootCluster}
}

// maxFolder is the limit of the format: 65,536 entries of 32 bytes.
const maxFolder = 65536 * 32

// entries reads a folder. On damage it gives what is readable with the error.
func (v *Volume) entries(dir *entry) ([]entry, error) {
	b, err := v.folder(dir)
	return parseFolder(b), err
}

// folder reads the bytes of a folder.
func (v *Volume) folder(dir *entry) ([]byte, error) {
	if dir.name == "." && v.g.kind != 32 {
		b := make([]byte, v.g.rootSize)
		n, err := v.r.ReadAt(b, v.g.rootAt)
		if n == len(b) {
			err = nil
		}
		return b[:n], err
	}
	limit := uint32(max(1, maxFolder/v.g.cluster))
	runs, err := v.chain(dir.cluster, limit)
	if err != nil {
		v.log.Add("folder-damaged", v.offset(dir.cluster), "folder %s: %v", dir.name, err)
		runs = untilRepeat(runs)
	}
	c := &content{v: v, runs: runs}
	for _, r := range runs {
		c.size += int64(r.count) * v.g.cluster
	}
	b := make([]byte, c.size)
	n, rerr := c.ReadAt(b, 0)
	if rerr != nil && rerr != io.EOF {
		err = rerr
	}
	return b[:n], err
}

// untilRepeat cuts a looping chain where it comes back, so that no name is listed twice.
func untilRepeat(runs []run) []run {
	seen := map[uint32]bool{}
	for i, r := range runs {
		for n := range r.count {
			if seen[r.first+n] {
				return append(runs[:i:i], run{r.first, n})
			}
			seen[r.first+n] = true
		}
	}
	return runs
}

// offset is where a cluster begins, -1 if there is no such cluster.
func (v *Volume) offset(cluster uint32) int64 {
	if cluster < 2 || cluster-2 >= v.g.clusters {
		return -1
	}
	return v.g.dataAt + int64(cluster-2)*v.g.cluster
}

// parseFolder reads entries up to the end mark, joining the parts of long names.
func parseFolder(b []byte) []entry {
	var out []entry
	var long longName
	for ; len(b) >= 32 && b[0] != 0; b = b[32:] {
		row := b[:32]
		switch {
		case row[0] == 0xe5:
			long = longName{}
		case row[11]&0x3f == attrLongName:
			long.add(row)
		default:
			e := parseEntry(row)
			if name, ok := long.name(row[:11]); ok && e.attributes&attrLabel == 0 {
				e.name = name
			}
			long = longName{}
			if e.name != "." && e.name != ".." {
				out = append(out, e)
			}
		}
	}
	return out
}

func parseEntry(row []byte) entry {
	e := entry{
		attributes: row[11],
		cluster:    uint32(le.Uint16(row[20:]))<<16 | uint32(le.Uint16(row[26:])),
		size:       le.Uint32(row[28:]),
		modified:   dosTime(le.Uint16(row[24:]), le.Uint16(row[22:])),
	}
	base, ext := oem(row[:8]), oem(row[8:11])
	if e.attributes&attrLabel != 0 {
		e.short = base + ext
		e.name = strings.TrimRight(e.short, " ")
		return e
	}
	base, ext = strings.TrimRight(base, " "), strings.TrimRight(ext, " ")
	e.short = join(base, ext)
	// Windows stores names that are all lower case in a part without a long name.
	if row[12]&0x08 != 0 {
		base = strings.ToLower(base)
	}
	if row[12]&0x10 != 0 {
		ext = strings.ToLower(ext)
	}
	e.name = join(base, ext)
	return e
}

func join(base, ext string) string {
	if ext == "" {
		return base
	}
	return base + "." + ext
}

// cp437 is the upper half of the code page short names are read in; names outside ASCII always have a
// long name as well.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

func oem(b []byte) string {
	var s strings.Builder
	for i, c := range b {
		switch {
		case i == 0 && c == 0x05:
			s.WriteRune(cp437[0xe5-0x80])
		case c >= 0x80:
			s.WriteRune(cp437[c-0x80])
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

// dosTime has no zone: it is the PC's local time, given here as if it were UTC.
func dosTime(date, clock uint16) time.Time {
	if date == 0 {
		return time.Time{}
	}
	return time.Date(1980+int(date>>9), time.Month(date>>5&15), int(date&31),
		int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}

// longName gathers the parts of a long name, which stand before its entry, last part first.
type longName struct {
	units []uint16
	next  int // the number the next part must have; 0 when complete or absent
	sum   byte
	ok    bool
}

// add takes one part; parts out of order spoil the name.
func (l *longName) add(row []byte) {
	n := int(row[0] & 0x1f)
	switch {
	case row[0]&0x40 != 0 && n >= 1 && n <= 20:
		*l = longName{units: make([]uint16, 13*n), next: n, sum: row[13], ok: true}
	case !l.ok || n == 0 || n != l.next || row[13] != l.sum:
		*l = longName{}
		return
	}
	for i, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
		l.units[13*(n-1)+i] = le.Uint16(row[at:])
	}
	l.next = n - 1
}

// name gives the long name if it is complete and belongs to the short one.
func (l *longName) name(short []byte) (string, bool) {
	if !l.ok || l.next != 0 || l.sum != checksum(short) {
		return "", false
	}
	u := l.units
	for i, c := range u {
		if c == 0 {
			u = u[:i]
			break
		}
	}
	return string(utf16.Decode(u)), len(u) > 0
}

func checksum(short []byte) byte {
	var sum byte
	for _, c := range short {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// find looks a name up in any case, long names first.
func (v *Volume) find(dir *entry, name string) (*entry, error) {
	entries, err := v.entries(dir)
	key := fold(name)
	for _, short := range []bool{false, true} {
		for i := range entries {
			e := &entries[i]
			if e.attributes&attrLabel == 0 && (!short && fold(e.name) == key || short && fold(e.short) == key) {
				return e, nil
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", dir.name, err)
	}
	return nil, fs.ErrNotExist
}

// fold maps letters as Windows does: one capital for each letter, without regard to language.
func fold(s string) string { return strings.Map(unicode.ToUpper, s) }
