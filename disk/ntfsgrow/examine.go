package ntfsgrow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"updoc/disk/ntfs"
)

type geometry = ntfs.Geometry

// maxClusters is the limit of Windows' implementation (Microsoft: NTFS overview, maximum volume size).
const maxClusters = 1<<32 - 1

// examine opens the volume and refuses all that can be seen without reading every file record.
func examine(dev Device, old, grown Range, sector int64) (*growth, error) {
	if sector < 512 || !old.sectors(sector) || !grown.sectors(sector) || grown.Start > old.Start || grown.End() < old.End() {
		return nil, fmt.Errorf("%d bytes at %d in %d bytes at %d: %w", old.Size, old.Start, grown.Size, grown.Start, ErrRange)
	}
	v, err := ntfs.Open(io.NewSectionReader(dev, old.Start, old.Size), old.Size)
	if err != nil {
		return nil, err
	}
	g := &growth{dev: dev, old: old, grown: grown, geo: v.Geometry()}
	if err := g.measure(sector); err != nil {
		return nil, err
	}
	if err := healthy(v); err != nil {
		return nil, err
	}
	if err := g.findSystem(v); err != nil {
		return nil, err
	}
	if err := g.checkMirror(); err != nil {
		return nil, err
	}
	return g, g.checkSnapshots()
}

// measure works out the figures of the grown volume.
func (g *growth) measure(sector int64) error {
	if g.geo.Sector != sector {
		return fmt.Errorf("sectors of %d bytes on a disk with %d: %w", g.geo.Sector, sector, ErrBoot)
	}
	if g.geo.Sectors > g.old.Size/sector-1 {
		return fmt.Errorf("%d sectors and the backup boot sector in a partition of %d: %w", g.geo.Sectors, g.old.Size/sector, ErrBoot)
	}
	front := g.old.Start - g.grown.Start
	if front%g.geo.Cluster != 0 {
		return fmt.Errorf("%d bytes, clusters of %d: %w", front, g.geo.Cluster, ErrAlignment)
	}
	g.shift = front / g.geo.Cluster
	grown := g.geo
	grown.Sectors = g.grown.Size/sector - 1
	if g.clusters = grown.Clusters(); g.clusters > maxClusters {
		return fmt.Errorf("%d clusters: %w", g.clusters, ErrTooLarge)
	}
	return nil
}

// healthy refuses a volume that Windows would repair or replay before it used it.
func healthy(v *ntfs.Volume) error {
	if p := v.Problems(); len(p) > 0 {
		return fmt.Errorf("%v: %w", p[0], ntfs.ErrDamaged)
	}
	if v.Dirty() {
		return fmt.Errorf("$Volume flags %#x: %w", v.Flags(), ErrDirty)
	}
	if major, minor := v.Version(); major != 3 {
		return fmt.Errorf("version %d.%d: %w", major, minor, ErrVersion)
	}
	if l := v.LogFile(); l.State != ntfs.LogClean {
		return fmt.Errorf("%s: %s: %w", l.State, l.Reason, ErrJournal)
	}
	return Awake(v)
}

// Awake refuses a volume with a hibernation image: ErrHibernated. Windows blanks the file's first page
// when it has resumed from it.
func Awake(v *ntfs.Volume) error {
	f, err := v.Open("hiberfil.sys")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%v: %w", err, ErrHibernated)
	}
	defer f.Close()
	page := make([]byte, 4096)
	n, err := io.ReadFull(f, page)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF || len(bytes.Trim(page[:n], "\x00")) > 0 {
		return fmt.Errorf("hiberfil.sys is in use: %w", ErrHibernated)
	}
	return nil
}

// findSystem finds the content of the system files that are read or written whole.
func (g *growth) findSystem(v *ntfs.Volume) error {
	runs, size := v.FileTable()
	g.table = g.extent(runs, size)
	if err := g.contained(g.table); err != nil {
		return fmt.Errorf("$MFT: %w", err)
	}
	for _, f := range []struct {
		num int64
		to  *extent
	}{{recordMirror, &g.mirror}, {recordLog, &g.log}, {recordBitmap, &g.bitmap}, {recordBoot, &g.boot}} {
		e, err := g.system(f.num)
		if err != nil {
			return fmt.Errorf("file record %d: %w", f.num, err)
		}
		*f.to = e
	}
	return g.checkPlaces()
}

// checkPlaces compares the boot sector with the files it speaks of.
func (g *growth) checkPlaces() error {
	if g.table.runs[0].LCN != g.geo.MFT || g.mirror.runs[0].LCN != g.geo.Mirror {
		return fmt.Errorf("$MFT at cluster %d, $MFTMirr at %d: %w", g.table.runs[0].LCN, g.mirror.runs[0].LCN, ErrBoot)
	}
	if len(g.boot.runs) != 1 || g.boot.runs[0].LCN != 0 || g.boot.size < max(g.geo.Sector, vssHeader+64) || g.boot.size > 2<<20 {
		return fmt.Errorf("$Boot of %d bytes in %v: %w", g.boot.size, g.boot.runs, ErrUnsupported)
	}
	if need := (g.geo.Clusters() + 7) / 8; g.bitmap.size < need {
		return fmt.Errorf("$Bitmap has %d bytes for %d clusters: %w", g.bitmap.size, g.geo.Clusters(), ErrBitmap)
	}
	return nil
}

// checkMirror compares every record $MFTMirr repeats: at least four, more where clusters are large.
func (g *growth) checkMirror() error {
	if g.mirror.size < 4*g.geo.Record {
		return fmt.Errorf("$MFTMirr has %d bytes: %w", g.mirror.size, ErrMirror)
	}
	for num := int64(0); num < g.mirrored(); num++ {
		r, err := g.record(g.table, num)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		m, err := g.record(g.mirror, num)
		if err != nil || m == nil || !bytes.Equal(r.b[:r.used()], m.b[:r.used()]) {
			return fmt.Errorf("file record %d: %w", num, ErrMirror)
		}
	}
	return nil
}

// mirrored is how many records $MFTMirr repeats.
func (g *growth) mirrored() int64 { return min(g.mirror.size, g.table.size) / g.geo.Record }

// vssHeader is where shadow copies keep their header on the volume, inside $Boot's clusters; its bytes 48
// to 55 are the offset of their catalogue, 0 if there are none (libvshadow, "Volume Shadow Snapshot format").
const vssHeader = 0x1e00

var vssGUID = []byte{0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e, 0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52}

// checkSnapshots lets shadow copies be where the beginning of the volume stays.
func (g *growth) checkSnapshots() error {
	h := make([]byte, 64)
	if err := g.boot.read(h, vssHeader); err != nil {
		return err
	}
	if g.shift > 0 && bytes.HasPrefix(h, vssGUID) && le.Uint64(h[48:]) != 0 {
		return ErrSnapshots
	}
	return nil
}
