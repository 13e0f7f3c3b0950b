package winapi

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/sys/windows"
)

// volumesCall asks FindFirstVolume, GetVolumePathNamesForVolumeName,
// GetVolumeInformation, GetDiskFreeSpaceEx, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS,
// FSCTL_IS_VOLUME_DIRTY. A disk that fails may let it wait: that has a limit.
func volumesCall(ctx context.Context, _ None) ([]Volume, error) {
	return bounded(ctx, deviceLimit, func() ([]Volume, error) { return allVolumes(ctx) })
}

func allVolumes(ctx context.Context) ([]Volume, error) {
	var name [windows.MAX_PATH]uint16
	h, err := windows.FindFirstVolume(&name[0], uint32(len(name)))
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return []Volume{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer windows.FindVolumeClose(h)
	all := []Volume{}
	for {
		path := windows.UTF16ToString(name[:])
		v, err := orEmpty(ctx, oneLimit, Volume{Path: path, Mounts: []string{}, Disk: NoDisk}, func() (Volume, error) { return oneVolume(path) })
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err = windows.FindNextVolume(h, &name[0], uint32(len(name)))
		if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// oneVolume: all but the path may be refused, which leaves the field empty.
func oneVolume(path string) (Volume, error) {
	v := Volume{Path: path, Mounts: []string{}}
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return v, err
	}
	if mounts, err := mountsOf(wide); err == nil && mounts != nil {
		v.Mounts = mounts
	}
	v.FS, v.Label, _ = fileSystem(path)
	v.place(extentsOf(path))
	var total uint64
	if err := windows.GetDiskFreeSpaceEx(wide, nil, &total, &v.Free); err == nil && v.Size == 0 {
		v.Size = total
	}
	v.Dirty, v.DirtyKnown = dirty(path)
	return v, nil
}

// fileSystem is RAW where Windows knows none.
func fileSystem(root string) (name, label string, err error) {
	wide, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return "", "", err
	}
	var l, n [windows.MAX_PATH + 1]uint16
	err = windows.GetVolumeInformation(wide, &l[0], uint32(len(l)), nil, nil, nil, &n[0], uint32(len(n)))
	if errors.Is(err, windows.ERROR_UNRECOGNIZED_VOLUME) {
		return "RAW", "", nil
	}
	return windows.UTF16ToString(n[:]), windows.UTF16ToString(l[:]), err
}

func mountsOf(volume *uint16) ([]string, error) {
	for n := uint32(512); n <= 1<<16; n *= 2 {
		buf := make([]uint16, n)
		var got uint32
		err := windows.GetVolumePathNamesForVolumeName(volume, &buf[0], n, &got)
		if errors.Is(err, windows.ERROR_MORE_DATA) {
			continue
		}
		return multiText(buf[:min(got, n)]), err
	}
	return nil, windows.ERROR_MORE_DATA
}

// extentsOf are none if the volume does not tell them.
func extentsOf(path string) []extent {
	h, err := openDevice(strings.TrimSuffix(path, `\`), 0)
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(h)
	b, err := control(h, ioctlExtents, nil, extentHead+16*extentSize)
	if err != nil {
		return nil
	}
	all, err := parseExtents(b)
	if err != nil {
		return nil
	}
	return all
}

// dirty asks the file system, which answers only who may read the volume. Bit 0 is
// VOLUME_IS_DIRTY.
func dirty(path string) (is, known bool) {
	h, err := openDevice(strings.TrimSuffix(path, `\`), windows.GENERIC_READ)
	if err != nil {
		return false, false
	}
	defer windows.CloseHandle(h)
	b, err := control(h, fsctlDirty, nil, 4)
	if err != nil || len(b) < 4 {
		return false, false
	}
	return b[0]&1 != 0, true
}
