//go:build !windows

package doctor

import "os"

// ownImage is the file of this program.
func ownImage() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// HoldImage does nothing here: nothing is run later by a task.
func HoldImage() {}
