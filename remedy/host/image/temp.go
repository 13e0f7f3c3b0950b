package image

import (
	"os"
	"path/filepath"
)

// tempPrefix begins the names of folders for mount points and scratch files.
const tempPrefix = "updoc-repair-"

// makeTemp makes the folder for mount points and scratch files. A new one of the system
// is locked while this process lives: what a killed one left behind is told by that.
func (h *Host) makeTemp() (err error) {
	if h.temp = h.opts.Temp; h.temp == "" {
		clearDead(os.TempDir())
		if h.temp, err = os.MkdirTemp("", tempPrefix); err != nil {
			return err
		}
		if h.alive, err = lockFolder(h.temp); err != nil {
			return err
		}
	}
	return os.Mkdir(filepath.Join(h.temp, "disk"), 0o700)
}

func (h *Host) cleanTemp() error {
	if h.opts.Temp != "" {
		return os.Remove(filepath.Join(h.temp, "disk"))
	}
	h.alive.Close() // opened for reading: there is nothing to lose
	return os.RemoveAll(h.temp)
}

// clearDead takes away the mounts and folders of processes that were killed. It is no
// part of the work at hand: what cannot be cleared stays, and harms nothing.
func clearDead(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, tempPrefix+"*"))
	for _, folder := range found {
		if lock, err := lockFolder(folder); err == nil {
			clearFolder(folder)
			lock.Close()
		}
	}
}

// clearFolder unmounts what is mounted right below folder and removes it, unless
// something stays mounted.
func clearFolder(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !detached(filepath.Join(folder, e.Name())) {
			return
		}
	}
	os.RemoveAll(folder)
}
