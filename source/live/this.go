package live

import (
	"errors"
	"io/fs"

	"updoc/winapi"
)

// This is the Windows that this program runs on.
func This() System {
	return System{
		Caller: winapi.New(),
		Volume: func(root string) (fs.FS, error) { return winapi.OpenVolume(root) },
		Disk: func(number uint32) (Raw, error) {
			f, _, err := winapi.OpenDisk(number)
			return f, err
		},
		InUse: func(err error) bool { return errors.Is(err, winapi.ErrInUse) },
	}
}
