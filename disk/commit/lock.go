package commit

import (
	"os"
	"time"
)

// A program that is just being started holds a copy of everything its parent has open, a
// lock that was given back among it, until it has begun. That is over in a moment.
const (
	lockTries = 40
	lockPause = 25 * time.Millisecond
)

// Lock takes a file for this process alone, until it is closed. Whoever else has it keeps
// it: after a second that is the error.
func Lock(f *os.File) (err error) {
	for range lockTries {
		if err = flock(f); err == nil {
			return nil
		}
		time.Sleep(lockPause)
	}
	return err
}
