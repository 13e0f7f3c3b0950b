package commit

import (
	"errors"
	"fmt"
)

// ErrUnprepared: the journal ended before the delta was complete. The disk was not
// touched; there is nothing to resume.
var ErrUnprepared = errors.New("journal was never prepared")

// StateError refuses what cannot be done in the journal's state.
type StateError struct{ Want, State string }

// Error names both.
func (e *StateError) Error() string {
	return fmt.Sprintf("journal is in state %q, not %s", e.State, e.Want)
}

// ForeignError says that the disk holds something at Offset, in bytes, that is neither
// old nor new there, or not what was watched: somebody else has written. Nothing was
// written after that was seen.
type ForeignError struct{ Offset int64 }

// Error names the place.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("disk was changed by somebody else at byte %d", e.Offset)
}

// UnverifiedError says that the medium does not hold at Offset, in bytes, what was
// written there and flushed.
type UnverifiedError struct{ Offset int64 }

// Error names the place.
func (e *UnverifiedError) Error() string {
	return fmt.Sprintf("read back something else than was written at byte %d", e.Offset)
}

// SizeError refuses a disk that is not as long as the one the journal was made for.
type SizeError struct{ Want, Size int64 }

// Error names both lengths.
func (e *SizeError) Error() string {
	return fmt.Sprintf("disk has %d bytes, the journal is for one of %d", e.Size, e.Want)
}

// DeviceError is a read, write or sync of the disk that failed at Offset, in bytes.
type DeviceError struct {
	Op     string // read, write, sync
	Offset int64
	Err    error
}

// Error names call and place.
func (e *DeviceError) Error() string {
	return fmt.Sprintf("disk: %s at byte %d: %v", e.Op, e.Offset, e.Err)
}

// Unwrap returns the device's own error.
func (e *DeviceError) Unwrap() error { return e.Err }

// ChangeError refuses a set of changes that contradicts itself or does not fit the disk.
type ChangeError struct {
	Block int64
	What  string
}

// Error names the block.
func (e *ChangeError) Error() string { return fmt.Sprintf("change of block %d: %s", e.Block, e.What) }
