package winapi

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// disksCall asks QueryDosDevice for the disks, and each for its geometry, layout and bus.
func disksCall(ctx context.Context, _ None) ([]Disk, error) {
	names, err := deviceNames()
	if err != nil {
		return nil, err
	}
	all := []Disk{}
	for _, number := range diskNumbers(names) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, err := oneDisk(number)
		if errors.Is(err, windows.ERROR_NOT_READY) || errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

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

// oneDisk: the size must be told; the table may be unreadable.
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
