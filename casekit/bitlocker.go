package casekit

import (
	"errors"
	"os"
)

// writeBitLocker is not there yet.
func (w *world) writeBitLocker(p *part, disk *os.File) error { return errors.New("not yet") }
