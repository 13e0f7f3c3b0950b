//go:build !windows

package winapi

import "fmt"

// OpenDisk is ErrUnsupported here; on Windows it opens the sectors of a disk to read.
func OpenDisk(number uint32) (ReaderAtCloser, int64, error) {
	return nil, 0, fmt.Errorf("disk %d: %w", number, ErrUnsupported)
}

// OpenRawVolume is ErrUnsupported here; on Windows it opens the sectors of a volume.
func OpenRawVolume(path string) (ReaderAtCloser, int64, error) {
	return nil, 0, fmt.Errorf("%s: %w", path, ErrUnsupported)
}
