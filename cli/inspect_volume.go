package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"updoc/disk"
	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/model"
)

// diskVolume is one partition, or the whole of a disk without a table.
type diskVolume struct {
	id   string // disk0p4, as diagnose names it; disk0 without a table
	part table.Partition
	data *io.SectionReader
	fs   disk.FS
	fsys fs.FS // after open
	err  error
	done bool
}

func volumesOf(d *disk.Disk) []*diskVolume {
	t := d.Table()
	if t.Kind == table.None {
		data := d.Section(0, uint64(max(d.Size(), 0)))
		return []*diskVolume{{id: "disk0", data: data, fs: disk.Probe(data, data.Size())}}
	}
	var out []*diskVolume
	for _, p := range t.Partitions {
		data := d.Section(p.Start, p.Size)
		out = append(out, &diskVolume{id: fmt.Sprintf("disk0p%d", p.Index), part: p, data: data, fs: disk.Probe(data, data.Size())})
	}
	return out
}

// open opens the file system once.
func (v *diskVolume) open() (fs.FS, error) {
	if !v.done {
		v.done = true
		v.fsys, v.err = v.mount()
	}
	return v.fsys, v.err
}

func (v *diskVolume) mount() (fs.FS, error) {
	switch v.fs.Kind {
	case "ntfs":
		vol, err := ntfs.Open(v.data, v.data.Size())
		if err != nil {
			return nil, err
		}
		return vol, nil
	case "fat12", "fat16", "fat32":
		vol, err := fat.Open(v.data, v.data.Size())
		if err != nil {
			return nil, err
		}
		return vol, nil
	}
	return nil, fmt.Errorf("file system %s is not read", v.fs.Kind)
}

// readable tells the file systems whose files can be read.
func readable(kind string) bool { return kind == "ntfs" || strings.HasPrefix(kind, "fat") }

func (v *diskVolume) holdsWindows() bool {
	fsys, err := v.open()
	if err != nil {
		return false
	}
	_, err = fs.Stat(fsys, "Windows/System32/config/SYSTEM")
	return err == nil
}

// lockedOr names the lock as the reason why nothing can be read.
func (v *diskVolume) lockedOr(image string, err error) error {
	name := image + ":" + v.id
	switch {
	case v.fs.Kind == "bitlocker":
		return &model.Error{Code: "encrypted", Args: model.Args{"path": name}, Err: err}
	case v.fs.Err == nil && !readable(v.fs.Kind):
		return &model.Error{Code: "no-file-system", Args: model.Args{"path": name, "kind": v.fs.Kind}, Err: err}
	}
	return unreadable(name, err)
}

var volumePattern = regexp.MustCompile(`(?i)^disk0(p[0-9]+)?$`)

// volumeFor finds the volume a path inside a disk means: the one it begins with, or
// else the one with Windows.
func (in *inspector) volumeFor(all []*diskVolume, image, inner string) (*diskVolume, string, error) {
	first, rest, _ := strings.Cut(inner, "/")
	if volumePattern.MatchString(first) {
		v, err := volumeByID(all, first)
		return v, innerPath(rest), err
	}
	if in.volume != "" {
		v, err := volumeByID(all, in.volume)
		return v, inner, err
	}
	v, err := windowsVolume(all, image)
	return v, inner, err
}

func volumeByID(all []*diskVolume, id string) (*diskVolume, error) {
	for _, v := range all {
		if strings.EqualFold(v.id, id) {
			return v, nil
		}
	}
	return nil, &model.Error{Code: "no-such-partition", Args: model.Args{"volume": id, "volumes": ids(all)}}
}

func ids(all []*diskVolume) string {
	var names []string
	for _, v := range all {
		names = append(names, v.id)
	}
	return strings.Join(names, ", ")
}

// windowsVolume finds the only Windows; on a disk without one, the only volume.
func windowsVolume(all []*diskVolume, image string) (*diskVolume, error) {
	var found, locked []*diskVolume
	for _, v := range all {
		switch {
		case v.holdsWindows():
			found = append(found, v)
		case v.fs.Kind == "bitlocker":
			locked = append(locked, v)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, &model.Error{Code: "several-windows", Args: model.Args{"volumes": ids(found), "first": found[0].id}}
	case len(locked) > 0:
		return nil, &model.Error{Code: "encrypted", Args: model.Args{"path": image + ":" + locked[0].id}}
	case len(all) == 1:
		return all[0], nil
	}
	return nil, &model.Error{Code: "name-the-partition", Args: model.Args{"path": image, "volumes": ids(all)}}
}

// contextReader stops a long read when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
