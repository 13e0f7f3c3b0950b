package casekit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"updoc/disk/table"
)

// Disk writes the PC's first disk as a sparse raw image, and further ones beside it
// as path.1, path.2, …. It needs mkntfs, ntfsfallocate and wimlib-imagex; a
// *MissingToolError names those that are absent. Images are kept in a cache (see
// Cache) and copied from there.
func (pc *PC) Disk(ctx context.Context, path string) error {
	return pc.cached(ctx, path, "img", pc.buildDisks)
}

// QCow2 writes the PC's first disk as a compressed qcow2 image, further ones as
// path.1, …. It needs qemu-img besides what Disk needs.
func (pc *PC) QCow2(ctx context.Context, path string) error {
	return pc.cached(ctx, path, "qcow2", pc.buildQCow2)
}

func (pc *PC) buildQCow2(ctx context.Context, path string) error {
	if err := need("qemu-img"); err != nil {
		return err
	}
	raw := path + ".raw"
	defer removeNumbered(raw, len(pc.Disks))
	if err := pc.Disk(ctx, raw); err != nil {
		return err
	}
	for i := range pc.Disks {
		if _, err := run(ctx, "qemu-img", "convert", "-O", "qcow2", "-c", numbered(raw, i), numbered(path, i)); err != nil {
			return err
		}
	}
	return nil
}

// numbered is the path of disk i.
func numbered(path string, i int) string {
	if i == 0 {
		return path
	}
	return fmt.Sprintf("%s.%d", path, i)
}

func removeNumbered(path string, n int) {
	for i := range n {
		os.Remove(numbered(path, i))
	}
}

func (pc *PC) buildDisks(ctx context.Context, path string) error {
	if err := need("mkntfs", "ntfsfallocate", "wimlib-imagex"); err != nil {
		return err
	}
	w, err := pc.work()
	if err != nil {
		return err
	}
	for _, l := range w.disks {
		if err := w.buildDisk(ctx, l, numbered(path, l.index)); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) buildDisk(ctx context.Context, l *layout, path string) (err error) {
	disk, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := disk.Close(); err == nil {
			err = cerr
		}
	}()
	if err := disk.Truncate(int64(l.Size)); err != nil {
		return err
	}
	for _, p := range l.parts {
		if err := w.buildPart(ctx, p, disk); err != nil {
			return fmt.Errorf("disk %d, partition %d (%s): %w", l.index, p.index, p.role, err)
		}
	}
	return l.writeTable(disk)
}

// writeTable writes the partition table.
func (l *layout) writeTable(disk *os.File) error {
	var parts []table.Partition
	for _, p := range l.parts {
		t := table.Partition{Start: uint64(p.start), Size: uint64(p.size), MBRType: p.mbrType, Logical: p.Logical == On}
		t.Active = p.Active == On || p.Active == Unsaid && p == l.boots()
		if l.Table == tableGPT {
			t = table.Partition{Start: t.Start, Size: t.Size, TypeGUID: table.GUID(guidBytes(p.typeGUID)), GUID: table.GUID(guidBytes(p.guid)),
				Name: p.partitionName(), Attributes: p.attributes}
		}
		parts = append(parts, t)
	}
	if l.Table == tableMBR {
		return table.WriteMBR(disk, int64(l.Size), l.Sector, l.signature, parts)
	}
	if err := table.WriteGPT(disk, int64(l.Size), l.Sector, table.GUID(guidBytes(l.guid)), parts); err != nil {
		return err
	}
	return l.damage(disk)
}

// damage overwrites one header of a GPT.
func (l *layout) damage(disk *os.File) error {
	sector := int64(l.Sector)
	at, ok := map[string]int64{"primary": sector, "backup": (int64(l.Size)/sector - 1) * sector}[l.Damaged]
	if !ok {
		return nil
	}
	junk := make([]byte, l.Sector)
	overwrite(junk, 0, len(junk))
	return writeAt(disk, at, junk)
}

// boots is the partition an MBR disk starts from.
func (l *layout) boots() *part {
	for _, role := range []string{"esp", "windows"} {
		for _, p := range l.parts {
			if p.role == role {
				return p
			}
		}
	}
	return nil
}

// buildPart makes the file system of a partition in a file of its own, because no
// tool takes an offset, and copies it to its place.
func (w *world) buildPart(ctx context.Context, p *part, disk *os.File) error {
	if p.Encrypted != "" {
		return w.writeBitLocker(p, disk)
	}
	if p.FS == fsNone {
		return nil
	}
	dir, err := os.MkdirTemp(filepath.Dir(disk.Name()), ".casekit-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &partBuild{w: w, part: p, image: filepath.Join(dir, "part.img"), wim: filepath.Join(dir, "tree.wim")}
	if err := b.make(ctx); err != nil {
		return err
	}
	return b.copyTo(disk)
}

// copyTo copies the file system to its place, leaving out what is zero.
func (b *partBuild) copyTo(disk *os.File) error {
	in, err := os.Open(b.image)
	if err != nil {
		return err
	}
	defer in.Close()
	return copyData(disk, b.start, in, b.size)
}
