package layouts

import (
	"context"
	"errors"
	"io"
	"os"
	"path"

	"updoc/disk"
	"updoc/disk/partfs"
	"updoc/disk/table"
	"updoc/remedy/host"
)

// Shown is a disk whose NTFS volumes are shown as files, for programs of others.
type Shown struct {
	Table *table.Table
	NTFS  map[int]string // path, by the slot of the partition
	file  *os.File
	view  *partfs.FS
}

// Show shows the volumes of the raw disk image below dir. Close it before the disk is
// used in another way.
func Show(ctx context.Context, image, dir string) (*Shown, error) {
	d, err := disk.Open(ctx, image, disk.Options{})
	if err != nil {
		return nil, err
	}
	s := &Shown{Table: d.Table(), NTFS: map[int]string{}}
	if err := d.Close(); err != nil {
		return nil, err
	}
	if s.file, err = os.OpenFile(image, os.O_RDWR, 0); err != nil {
		return nil, err
	}
	if s.view, err = partfs.Mount(dir, s.file); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	for _, p := range s.Table.Partitions {
		part := io.NewSectionReader(s.file, int64(p.Start), int64(p.Size))
		if disk.Probe(part, part.Size()).Kind != "ntfs" {
			continue
		}
		if s.NTFS[p.Slot], err = s.view.Show(ID(p), int64(p.Start), int64(p.Size)); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close takes the view away.
func (s *Shown) Close() error { return errors.Join(s.view.Close(), s.file.Close()) }

// Meant are the paths that operations change, add or take away, whatever their volume;
// of a folder all that is below it is meant too.
func Meant(ops []host.Op) map[string]bool {
	out := map[string]bool{}
	for _, op := range ops {
		for _, name := range meant(op) {
			out[name] = true
		}
	}
	return out
}

func meant(op host.Op) []string {
	switch op.Kind {
	case host.SetWinRE:
		return append(hive("Boot/BCD"), "Windows/System32/Recovery/ReAgent.xml", "Recovery/WindowsRE/ReAgent.xml")
	case host.SetValue, host.DeleteValue, host.DeleteKey:
		return hive(op.To.Path)
	case host.MoveAside:
		return []string{op.From.Path}
	case host.Rename:
		return []string{op.From.Path, beside(op.From.Path, op.Text)}
	}
	return []string{op.To.Path}
}

func hive(name string) []string { return []string{name, name + ".LOG", name + ".LOG1", name + ".LOG2"} }

func beside(name, other string) string { return path.Join(path.Dir(name), other) }
