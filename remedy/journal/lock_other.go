//go:build !linux

package journal

import "os"

func flock(*os.File) error { return errUnsupported }
