package cli

import (
	"errors"
	"testing"
	"testing/fstest"

	"updoc/disk"
	"updoc/model"
)

// fakeVolume is an opened volume of a kind, with or without a Windows on it.
func fakeVolume(id, kind string, windows bool) *diskVolume {
	fsys := fstest.MapFS{}
	if windows {
		fsys["Windows/System32/config/SYSTEM"] = &fstest.MapFile{}
	}
	v := &diskVolume{id: id, fs: disk.FS{Kind: kind}, fsys: fsys, done: true}
	if kind == "bitlocker" {
		v.fsys, v.err = nil, errors.New("locked")
	}
	return v
}

func TestWhichVolumeAPathMeans(t *testing.T) {
	esp, win, win2 := fakeVolume("disk0p1", "fat32", false), fakeVolume("disk0p3", "ntfs", true), fakeVolume("disk0p5", "ntfs", true)
	locked, whole := fakeVolume("disk0p3", "bitlocker", false), fakeVolume("disk0", "ntfs", false)
	for _, c := range []struct {
		all                    []*diskVolume
		flag, path, want, rest string
	}{
		{[]*diskVolume{esp, win}, "", "Windows/System32", "disk0p3", "Windows/System32"},
		{[]*diskVolume{esp, win}, "", "disk0p1/EFI", "disk0p1", "EFI"},
		{[]*diskVolume{esp, win}, "", "DISK0P1", "disk0p1", "."},
		{[]*diskVolume{esp, win}, "disk0p1", "EFI", "disk0p1", "EFI"},
		{[]*diskVolume{win, win2}, "", "Windows", "several-windows", ""},
		{[]*diskVolume{win, win2}, "disk0p5", "Windows", "disk0p5", "Windows"},
		{[]*diskVolume{win, win2}, "", "disk0p5/Windows", "disk0p5", "Windows"},
		{[]*diskVolume{esp, win}, "disk0p9", "Windows", "no-such-partition", ""},
		{[]*diskVolume{esp, locked}, "", "Windows", "encrypted", ""},
		{[]*diskVolume{whole}, "", "folder/file", "disk0", "folder/file"},
		{[]*diskVolume{whole}, "", "disk0/folder", "disk0", "folder"},
		{[]*diskVolume{esp, fakeVolume("disk0p2", "ntfs", false)}, "", "Windows", "name-the-partition", ""},
		{nil, "", "Windows", "name-the-partition", ""},
	} {
		in := &inspector{volume: c.flag}
		v, rest, err := in.volumeFor(c.all, "disk.img", c.path)
		got := ""
		var known *model.Error
		switch {
		case errors.As(err, &known):
			got, rest = known.Code, ""
		case err == nil:
			got = v.id
		}
		if got != c.want || rest != c.rest {
			t.Errorf("%s, --volume %q: %s %s, want %s %s", c.path, c.flag, got, rest, c.want, c.rest)
		}
	}
}

func TestWhyAVolumeCannotBeOpened(t *testing.T) {
	for _, c := range []struct {
		v    *diskVolume
		want string
	}{
		{fakeVolume("disk0p3", "bitlocker", false), "encrypted"},
		{fakeVolume("disk0p2", "empty", false), "no-file-system"},
		{fakeVolume("disk0p4", "ext", false), "no-file-system"},
		{fakeVolume("disk0p4", "ntfs", false), "source-unreadable"},
		{&diskVolume{id: "disk0p1", fs: disk.FS{Kind: "unknown", Err: errors.New("input/output error")}}, "source-unreadable"},
	} {
		var known *model.Error
		if err := c.v.lockedOr("disk.img", errors.New("why")); !errors.As(err, &known) || known.Code != c.want {
			t.Errorf("%s: %v, want %s", c.v.fs.Kind, err, c.want)
		}
	}
}
