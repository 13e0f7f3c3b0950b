package doctor

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/windows"

	"updoc/winapi"
)

// heldImage is the file of this program, open from its start to its end so that nobody can
// delete it, change it, or put another one in its place: what a task runs later as SYSTEM
// is what the administrator started.
var heldImage = sync.OnceValues(func() (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
})

// ownImage reads it.
func ownImage() ([]byte, error) {
	f, err := heldImage()
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, info.Size()))
}

// HoldImage keeps the file of this program as it is until the program ends, and libraries
// that lie beside it out of the process. It is called once, as early as can be.
func HoldImage() {
	_ = winapi.OnlySystemLibraries() // an old Windows lacks it
	_, _ = heldImage()               // who needs it later is told why it is not there
}
