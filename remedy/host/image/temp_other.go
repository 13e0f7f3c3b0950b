//go:build !linux

package image

import (
	"os"

	"updoc/disk/partfs"
)

func lockFolder(string) (*os.File, error) { return nil, partfs.ErrUnsupported }

func detached(string) bool { return false }

func dying(int) bool { return false }

func awaitEnd(int) {}
