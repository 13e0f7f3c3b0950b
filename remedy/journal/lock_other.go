//go:build !linux && !windows

package journal

import (
	"errors"
	"os"
)

// errUnsupported: this system cannot lock.
var errUnsupported = errors.New("not on this system")

func flock(*os.File) error { return errUnsupported }
