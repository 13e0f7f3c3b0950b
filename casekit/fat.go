package casekit

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// fatVolume writes a fresh FAT32 volume. Files and folders lie one behind the other.
// Source: Microsoft's FAT file system specification 1.03.
type fatVolume struct {
	w        io.WriterAt
	zone     *time.Location // FAT keeps local time
	sector   int64
	perClus  int64 // sectors of a cluster
	fatSects int64
	clusters uint32
	fat      []uint32
	next     uint32
}

const (
	fatReserved = 32
	fatEnd      = 0x0fffffff
	fatEntry    = 32
	fatRoot     = 2 // cluster of the root folder
	attrVolume  = 0x08
	attrDir     = 0x10
	attrArchive = 0x20
	attrLong    = 0x0f
)

// writeFAT32 fills w, size bytes of zeros, with a FAT32 volume that holds v.
func writeFAT32(w io.WriterAt, size int64, sector int, serial, hiddenSectors uint32, v *volume, zone *time.Location) error {
	f := &fatVolume{w: w, zone: zone, sector: int64(sector), perClus: 1, next: fatRoot}
	if size/f.sector > 1<<20 {
		f.perClus = 8
	}
	f.measure(size)
	f.fat = []uint32{0x0ffffff8, fatEnd}
	if err := f.plantAll(v); err != nil {
		return err
	}
	if f.next > f.clusters+2 {
		return fmt.Errorf("the files need %d clusters, the FAT32 volume has %d", f.next-2, f.clusters)
	}
	return f.writeHead(size, serial, hiddenSectors, v.label)
}

// measure finds how many clusters fit beside their own table.
func (f *fatVolume) measure(size int64) {
	total := size / f.sector
	f.fatSects = 1
	for {
		f.clusters = uint32((total - fatReserved - 2*f.fatSects) / f.perClus)
		need := (int64(f.clusters+2)*4 + f.sector - 1) / f.sector
		if need <= f.fatSects {
			return
		}
		f.fatSects = need
	}
}

// plantAll writes all folders and files, the root first.
func (f *fatVolume) plantAll(v *volume) error {
	top := newFatDir("")
	for _, file := range v.sorted() {
		top.add(strings.Split(file.path, `\`), file)
	}
	root := f.take(top.bytes())
	entries, err := f.plantDir(top, 0, v.at)
	if err != nil {
		return err
	}
	if v.label != "" {
		entries = append(f.entry(shortLabel(v.label), attrVolume, 0, 0, v.at), entries...)
	}
	return f.put(root, entries)
}

// fatDir is a folder with what is in it, in order.
type fatDir struct {
	name string
	file *file
	dirs []*fatDir
}

func newFatDir(name string) *fatDir { return &fatDir{name: name} }

func (d *fatDir) add(path []string, f *file) {
	for _, c := range d.dirs {
		if strings.EqualFold(c.name, path[0]) {
			if len(path) > 1 {
				c.add(path[1:], f)
			}
			return
		}
	}
	c := newFatDir(path[0])
	d.dirs = append(d.dirs, c)
	if len(path) > 1 {
		c.add(path[1:], f)
	} else if !f.dir {
		c.file = f
	}
}

// bytes is how much room the entries of a folder take at most.
func (d *fatDir) bytes() int64 {
	n := 2
	for _, c := range d.dirs {
		n += 1 + (len(utf16.Encode([]rune(c.name)))+12)/13
	}
	return int64(n) * fatEntry
}

// plantDir writes what is in a folder and returns its entries. self is the folder's
// own first cluster.
func (f *fatVolume) plantDir(d *fatDir, self uint32, at time.Time) ([]byte, error) {
	var out []byte
	for i, c := range d.dirs {
		first, attr, size, when := uint32(0), byte(attrArchive), int64(0), at
		var err error
		if c.file != nil {
			size, when = c.file.size, or(c.file.at, at)
			first, err = f.store(c.file)
		} else {
			attr = attrDir
			first, err = f.storeDir(c, self, at)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f.named(c.name, i, attr, first, size, when)...)
	}
	return out, nil
}

// storeDir writes a folder: room is taken first, so that its children can name it.
func (f *fatVolume) storeDir(d *fatDir, parent uint32, at time.Time) (uint32, error) {
	first := f.take(d.bytes())
	entries, err := f.plantDir(d, first, at)
	if err != nil {
		return 0, err
	}
	b := append(f.entry(".          ", attrDir, first, 0, at), f.entry("..         ", attrDir, parent, 0, at)...)
	return first, f.put(first, append(b, entries...))
}

func (f *fatVolume) store(c *file) (uint32, error) {
	if c.size == 0 {
		return 0, nil
	}
	first := f.take(c.size)
	if f.next > f.clusters+2 {
		return first, nil // told as a whole at the end
	}
	return first, copySparse(f.w, f.offset(first), c.content(), c.size)
}

// take chains clusters for n bytes.
func (f *fatVolume) take(n int64) uint32 {
	first := f.next
	for range (n + f.sector*f.perClus - 1) / (f.sector * f.perClus) {
		f.next++
		if f.next > f.clusters+2 {
			continue
		}
		f.fat = append(f.fat, f.next)
	}
	f.fat[len(f.fat)-1] = fatEnd
	return first
}

func (f *fatVolume) put(cluster uint32, b []byte) error {
	_, err := f.w.WriteAt(b, f.offset(cluster))
	return err
}

func (f *fatVolume) offset(cluster uint32) int64 {
	return (fatReserved + 2*f.fatSects + int64(cluster-2)*f.perClus) * f.sector
}

// named is a directory entry with the long name in front of it.
func (f *fatVolume) named(name string, i int, attr byte, first uint32, size int64, at time.Time) []byte {
	short := shortName(name, i)
	entry := f.entry(short, attr, first, size, at)
	if strings.TrimSpace(short[:8])+dotted(short[8:]) == name {
		return entry
	}
	sum := byte(0)
	for _, c := range []byte(short) {
		sum = sum>>1 | sum<<7
		sum += c
	}
	units := append(utf16.Encode([]rune(name)), 0)
	var out []byte
	for n := (len(units) - 2) / 13; n >= 0; n-- {
		out = append(out, longEntry(units, n, sum, len(out) == 0)...)
	}
	return append(out, entry...)
}

// longEntry is part n of a long name; the last part comes first on disk.
func longEntry(units []uint16, n int, sum byte, last bool) []byte {
	b := make([]byte, fatEntry)
	b[0], b[11], b[13] = byte(n+1), attrLong, sum
	if last {
		b[0] |= 0x40
	}
	at := []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}
	for i, off := range at {
		u := uint16(0xffff)
		if n*13+i < len(units) {
			u = units[n*13+i]
		}
		binary.LittleEndian.PutUint16(b[off:], u)
	}
	return b
}

func dotted(ext string) string {
	if ext = strings.TrimSpace(ext); ext != "" {
		return "." + ext
	}
	return ""
}

// shortName is the 8.3 form of a name, with a number where the name is too long.
func shortName(name string, i int) string {
	stem, ext, _ := strings.Cut(strings.ReplaceAll(strings.ToUpper(name), " ", ""), ".")
	if strings.Contains(name, " ") || len(stem) > 8 || strings.Contains(ext, ".") || len(ext) > 3 {
		stem = fmt.Sprintf("%.6s~%d", stem, i%9+1)
	}
	return fmt.Sprintf("%-8.8s%-3.3s", stem, ext)
}

func shortLabel(label string) string { return fmt.Sprintf("%-11.11s", strings.ToUpper(label)) }

func (f *fatVolume) entry(short string, attr byte, first uint32, size int64, at time.Time) []byte {
	t := at.In(f.zone)
	date := uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock := uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	b := make([]byte, fatEntry)
	copy(b, short)
	b[11] = attr
	le := binary.LittleEndian
	le.PutUint16(b[14:], clock)
	le.PutUint16(b[16:], date)
	le.PutUint16(b[18:], date)
	le.PutUint16(b[20:], uint16(first>>16))
	le.PutUint16(b[22:], clock)
	le.PutUint16(b[24:], date)
	le.PutUint16(b[26:], uint16(first))
	le.PutUint32(b[28:], uint32(size))
	return b
}

// writeHead writes the boot sector with its copy, the information sector and both
// tables.
func (f *fatVolume) writeHead(size int64, serial, hiddenSectors uint32, label string) error {
	boot, info := f.bootSector(size, serial, hiddenSectors, label), f.infoSector()
	table := make([]byte, 0, 4*len(f.fat))
	for _, v := range f.fat {
		table = binary.LittleEndian.AppendUint32(table, v)
	}
	for _, part := range []struct {
		sector int64
		data   []byte
	}{{0, boot}, {1, info}, {6, boot}, {7, info}, {fatReserved, table}, {fatReserved + f.fatSects, table}} {
		if _, err := f.w.WriteAt(part.data, part.sector*f.sector); err != nil {
			return err
		}
	}
	return nil
}

func (f *fatVolume) bootSector(size int64, serial, hiddenSectors uint32, label string) []byte {
	b := make([]byte, f.sector)
	le := binary.LittleEndian
	copy(b, "\xeb\x58\x90MSDOS5.0")
	le.PutUint16(b[11:], uint16(f.sector))
	b[13] = byte(f.perClus)
	le.PutUint16(b[14:], fatReserved)
	b[16], b[21] = 2, 0xf8
	le.PutUint16(b[24:], 63)
	le.PutUint16(b[26:], 255)
	le.PutUint32(b[28:], hiddenSectors)
	le.PutUint32(b[32:], uint32(size/f.sector))
	le.PutUint32(b[36:], uint32(f.fatSects))
	le.PutUint32(b[44:], fatRoot)
	le.PutUint16(b[48:], 1)
	le.PutUint16(b[50:], 6)
	b[64], b[66] = 0x80, 0x29
	le.PutUint32(b[67:], serial)
	copy(b[71:], shortLabel(or(label, "NO NAME")))
	copy(b[82:], "FAT32   ")
	b[510], b[511] = 0x55, 0xaa
	return b
}

func (f *fatVolume) infoSector() []byte {
	b := make([]byte, f.sector)
	le := binary.LittleEndian
	le.PutUint32(b, 0x41615252)
	le.PutUint32(b[484:], 0x61417272)
	le.PutUint32(b[488:], f.clusters+2-f.next)
	le.PutUint32(b[492:], f.next)
	b[510], b[511] = 0x55, 0xaa
	return b
}
