// Package fat reads FAT12, FAT16 and FAT32 volumes, above all the EFI system partition, as an io/fs file
// system with the rules of Windows: names in any case, long names shown and short ones understood.
//
// It may import the standard library and disk/damage. It must never write, never trust a length or a
// chain it reads, and never heal in silence.
//
// Structures follow Microsoft's "FAT: General Overview of On-Disk Format", version 1.03.
package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"updoc/disk/damage"
)

// Problem is one fault of the volume; Offset is a byte offset on it.
type Problem = damage.Problem

var (
	// ErrNotFAT: there is no usable FAT boot sector.
	ErrNotFAT = errors.New("no FAT volume")
	// ErrDamaged: a chain or folder that was needed contradicts itself.
	ErrDamaged = errors.New("damaged FAT structure")
)

var le = binary.LittleEndian

// Volume is an open FAT volume. It is safe for several goroutines if the reader below is.
type Volume struct {
	r    io.ReaderAt
	size int64
	g    *geometry
	fat  table
	log  damage.Log

	label string
	free  struct {
		once  sync.Once
		bytes uint64
		err   error
	}
}

// geometry is where the parts of the volume lie, in bytes if not said otherwise.
type geometry struct {
	kind                  int // 12, 16 or 32
	sector, cluster       int64
	fatAt, fatSize        int64
	rootAt, rootSize      int64 // of the fixed root folder, FAT12 and FAT16
	dataAt                int64
	rootCluster, clusters uint32 // clusters are numbered 2 to clusters+1
	total                 int64
	serial                uint32
	label                 string
}

// Open reads the boot sector of the volume of size bytes in r, or its backup if there is one.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v := &Volume{r: r, size: size}
	var err error
	if v.g, err = v.readBoot(); err != nil {
		return nil, err
	}
	v.fat = table{r: r, g: v.g}
	if v.g.total > size {
		v.log.Add("volume-truncated", size, "the volume declares %d bytes, there are %d", v.g.total, size)
	}
	v.label = v.readLabel()
	return v, nil
}

func (v *Volume) readBoot() (*geometry, error) {
	g, err := v.bootAt(0)
	if err == nil {
		return g, nil
	}
	for _, at := range []int64{6 * 512, 6 * 4096} {
		backup, berr := v.bootAt(at)
		if berr == nil && backup.kind == 32 {
			v.log.Add("boot-sector-damaged", 0, "the boot sector is unusable (%v), its backup was read", err)
			return backup, nil
		}
	}
	return nil, err
}

func (v *Volume) bootAt(off int64) (*geometry, error) {
	b := make([]byte, 512)
	if _, err := v.r.ReadAt(b, off); err != nil {
		return nil, fmt.Errorf("boot sector: %w", err)
	}
	return parseBoot(b)
}

// parseBoot reads the parameter block; the kind follows from the number of clusters alone.
func parseBoot(b []byte) (*geometry, error) {
	if len(b) < 512 || b[0] != 0xeb && b[0] != 0xe9 || b[510] != 0x55 || b[511] != 0xaa {
		return nil, ErrNotFAT
	}
	sector, per := int64(le.Uint16(b[11:])), int64(b[13])
	reserved, fats, roots := int64(le.Uint16(b[14:])), int64(b[16]), int64(le.Uint16(b[17:]))
	total, fatSectors := int64(le.Uint16(b[19:])), int64(le.Uint16(b[22:]))
	if total == 0 {
		total = int64(le.Uint32(b[32:]))
	}
	if fatSectors == 0 {
		fatSectors = int64(le.Uint32(b[36:]))
	}
	if !power(sector, 512, 4096) || !power(per, 1, 128) || reserved == 0 || fats == 0 || fats > 2 || fatSectors == 0 {
		return nil, fmt.Errorf("boot sector: nonsensical parameters: %w", ErrNotFAT)
	}
	g := &geometry{sector: sector, cluster: sector * per, fatAt: reserved * sector, fatSize: fatSectors * sector, total: total * sector}
	g.rootAt, g.rootSize = g.fatAt+fats*g.fatSize, roots*32
	g.dataAt = g.rootAt + (g.rootSize+sector-1)/sector*sector
	clusters := (g.total - g.dataAt) / g.cluster
	if clusters <= 0 || clusters >= 0x0ffffff5 {
		return nil, fmt.Errorf("boot sector: %d clusters: %w", clusters, ErrNotFAT)
	}
	g.clusters = uint32(clusters)
	return g, g.complete(b)
}

// complete fills in what differs by kind.
func (g *geometry) complete(b []byte) error {
	extended := b[36:]
	switch {
	case g.clusters < 4085:
		g.kind = 12
	case g.clusters < 65525:
		g.kind = 16
	default:
		g.kind = 32
		g.rootCluster = le.Uint32(b[44:])
		extended = b[64:]
	}
	if g.kind != 32 && g.rootSize == 0 {
		return fmt.Errorf("boot sector: no root folder: %w", ErrNotFAT)
	}
	if need := (int64(g.clusters) + 2) * int64(g.kind) / 8; g.fatSize < need {
		return fmt.Errorf("boot sector: the table has %d bytes for %d clusters: %w", g.fatSize, g.clusters, ErrNotFAT)
	}
	if extended[2] == 0x29 {
		g.serial = le.Uint32(extended[3:])
		g.label = strings.TrimRight(string(extended[7:18]), " ")
	}
	return nil
}

func power(n, low, high int64) bool { return n >= low && n <= high && n&(n-1) == 0 }

// Kind is "fat12", "fat16" or "fat32".
func (v *Volume) Kind() string { return fmt.Sprintf("fat%d", v.g.kind) }

// Label is the name in the root folder, else the one in the boot sector, empty if there is none.
func (v *Volume) Label() string { return v.label }

// Serial is the 32-bit serial number, 0 if the boot sector has none.
func (v *Volume) Serial() uint32 { return v.g.serial }

// ClusterSize is the allocation unit in bytes.
func (v *Volume) ClusterSize() int64 { return v.g.cluster }

// Size is the length of the volume in bytes as its boot sector declares it.
func (v *Volume) Size() int64 { return v.g.total }

// Problems lists the damage found so far, nil if none.
func (v *Volume) Problems() []Problem { return v.log.All() }

// Dirty tells that the volume was not unmounted cleanly, as the second entry of its table says; FAT12
// has no such mark. An unreadable table counts as dirty.
func (v *Volume) Dirty() bool {
	mark, err := v.fat.raw(1)
	switch {
	case err != nil:
		return true
	case v.g.kind == 32:
		return mark&0x08000000 == 0
	case v.g.kind == 16:
		return mark&0x8000 == 0
	}
	return false
}

// readLabel prefers the entry in the root folder, as Windows does.
func (v *Volume) readLabel() string {
	entries, _ := v.entries(v.root())
	for _, e := range entries {
		if e.attributes&attrLabel != 0 {
			return strings.TrimRight(e.short, " ")
		}
	}
	if v.g.label == "NO NAME" {
		return ""
	}
	return v.g.label
}
