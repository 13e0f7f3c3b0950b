package ntfsgrow

import (
	"bytes"
	"fmt"

	"updoc/disk/ntfs"
)

// write does what was planned, the boot sectors last.
func (g *growth) write() error {
	content := make([]byte, (g.newBitmap.size+g.geo.Cluster-1)/g.geo.Cluster*g.geo.Cluster)
	copy(content, g.newUsed.b)
	if err := g.newBitmap.write(content, 0); err != nil {
		return err
	}
	if err := g.emptyLog(); err != nil {
		return err
	}
	if err := g.writeIndex(); err != nil {
		return err
	}
	for num := int64(0); num < g.table.size/g.geo.Record; num++ {
		if err := g.writeRecord(num); err != nil {
			return err
		}
	}
	return g.writeBoot()
}

// emptyLog fills $LogFile with 0xFF where it is not full of them already.
func (g *growth) emptyLog() error {
	b, ones := make([]byte, 64<<10), bytes.Repeat([]byte{0xff}, 64<<10)
	for off := int64(0); off < g.log.size; off += int64(len(b)) {
		n := min(int64(len(b)), g.log.size-off)
		if err := g.log.read(b[:n], off); err != nil {
			return err
		}
		if bytes.Equal(b[:n], ones[:n]) {
			continue
		}
		if err := g.log.write(ones[:n], off); err != nil {
			return err
		}
	}
	return nil
}

func (g *growth) writeRecord(num int64) error {
	r, err := g.record(g.table, num)
	if err != nil || r == nil {
		return err
	}
	if changed, err := g.renumber(r); err != nil || !changed {
		return err
	}
	seal(r.b)
	if num < g.mirrored() {
		if err := g.mirror.write(r.b, num*g.geo.Record); err != nil {
			return err
		}
	}
	return g.table.write(r.b, num*g.geo.Record)
}

// writeBoot puts $Boot at the beginning of the grown volume and its first sector also into the last one.
func (g *growth) writeBoot() error {
	b := make([]byte, g.boot.size)
	if err := g.boot.read(b, 0); err != nil {
		return err
	}
	sectors := g.grown.Size/g.geo.Sector - 1
	le.PutUint32(b[28:], hidden(g.grown.Start/g.geo.Sector))
	le.PutUint64(b[40:], uint64(sectors))
	le.PutUint64(b[48:], uint64(g.geo.MFT+g.shift))
	le.PutUint64(b[56:], uint64(g.geo.Mirror+g.shift))
	if err := put(g.dev, b[:g.geo.Sector], g.grown.End()-g.geo.Sector); err != nil {
		return err
	}
	return put(g.dev, b, g.grown.Start)
}

// hidden is the boot sector's field for the sectors before the partition, which the boot code of BIOS
// computers needs. It has 32 bits; 0 stands for what does not fit, as with mkntfs.
func hidden(sectors int64) uint32 {
	if sectors > 1<<32-1 {
		return 0
	}
	return uint32(sectors)
}

func put(dev Device, b []byte, at int64) error {
	if _, err := dev.WriteAt(b, at); err != nil {
		return fmt.Errorf("disk offset %d: %w", at, err)
	}
	return nil
}

// WriteBackupBoot copies the boot sector of the NTFS volume in a partition, as it is, into the partition's
// last sector, where NTFS keeps its spare: ntfsresize leaves none there after it made a volume smaller.
// Sector sizes are in bytes. It fails with ErrRange, ErrBoot (a cluster of the volume lies there, or the
// sector sizes differ), ntfs.ErrNotNTFS or an error of the device.
func WriteBackupBoot(dev Device, partition Range, sectorSize int) error {
	sector := int64(sectorSize)
	if sector < 512 || !partition.sectors(sector) {
		return fmt.Errorf("%d bytes at %d: %w", partition.Size, partition.Start, ErrRange)
	}
	b := make([]byte, sector)
	if _, err := dev.ReadAt(b, partition.Start); err != nil {
		return fmt.Errorf("disk offset %d: %w", partition.Start, err)
	}
	geo, err := ntfs.ParseBoot(b)
	if err != nil {
		return err
	}
	if geo.Sector != sector || geo.Sectors > partition.Size/sector-1 {
		return fmt.Errorf("%d sectors of %d bytes in a partition of %d bytes: %w", geo.Sectors, geo.Sector, partition.Size, ErrBoot)
	}
	return put(dev, b, partition.End()-sector)
}
