package winapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/windows"
)

// disksCall asks QueryDosDevice for the disks, and each for its geometry, layout and bus.
// A disk that fails may let it wait: that has a limit.
func disksCall(ctx context.Context, _ None) ([]Disk, error) {
	return bounded(ctx, deviceLimit, func() ([]Disk, error) {
		names, err := deviceNames()
		if err != nil {
			return nil, err
		}
		all := []Disk{}
		for _, number := range diskNumbers(names) {
			d, err := orEmpty(ctx, oneLimit, Disk{Number: number, Partitions: []Partition{}}, func() (Disk, error) { return oneDisk(number) })
			if slices.ContainsFunc(noMedium, func(e syscall.Errno) bool { return errors.Is(err, e) }) {
				continue
			}
			all = append(all, d) // what it did not tell is empty
		}
		return all, ctx.Err()
	})
}

// noMedium are the errors of a drive that is empty, or was taken away meanwhile.
var noMedium = []syscall.Errno{windows.ERROR_NOT_READY, windows.ERROR_NO_MEDIA_IN_DRIVE, windows.ERROR_FILE_NOT_FOUND}

// deviceNames are the names of all devices of MS-DOS kind.
func deviceNames() ([]string, error) {
	for n := 1 << 14; n <= 1<<20; n *= 2 {
		buf := make([]uint16, n)
		got, err := windows.QueryDosDevice(nil, &buf[0], uint32(n))
		if errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
			continue
		}
		return multiText(buf[:min(int(got), n)]), err
	}
	return nil, windows.ERROR_MORE_DATA
}

// oneDisk is what a disk tells; the error is that of its size.
func oneDisk(number uint32) (Disk, error) {
	d := Disk{Number: number, Partitions: []Partition{}}
	h, err := openDevice(fmt.Sprintf(`\\.\PhysicalDrive%d`, number), 0)
	if err != nil {
		return d, err
	}
	defer windows.CloseHandle(h)
	geometry, err := control(h, ioctlGeometry, nil, 256)
	if err != nil {
		return d, err
	}
	if d.SectorSize, d.Size, err = parseGeometry(geometry); err != nil {
		return d, err
	}
	if property, err := control(h, ioctlProperty, make([]byte, 12), 1024); err == nil {
		d.Bus, _ = parseBus(property)
	}
	layout, err := control(h, ioctlLayout, nil, layoutHead+128*layoutEntry)
	if err != nil || parseLayout(layout, &d) != nil {
		d.Table, d.Partitions = "", []Partition{}
	}
	return d, nil
}
