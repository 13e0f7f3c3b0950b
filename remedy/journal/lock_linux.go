package journal

import (
	"errors"
	"os"
	"syscall"

	"updoc/disk/commit"
)

func flock(f *os.File) error {
	err := commit.Lock(f)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
