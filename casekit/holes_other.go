//go:build !linux

package casekit

import "os"

// nextData says that all of the file may hold data.
func nextData(_ *os.File, off, size int64) (from, to int64, err error) { return off, size, nil }
