//go:build !windows

package winapi

import (
	"io/fs"
	"os"
)

// OpenVolume opens a folder as if it were a volume. On Windows it opens the root of a
// volume.
func OpenVolume(root string) (*VolumeFS, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &VolumeFS{
		look:  func(name string) (uint32, uint32, error) { _, err := r.Lstat(name); return 0, 0, err },
		open:  func(name string, _ bool) (*os.File, error) { return r.Open(name) },
		stat:  func(name string) (fs.FileInfo, error) { return r.Lstat(name) },
		close: r.Close,
	}, nil
}
