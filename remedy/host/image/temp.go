package image

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tempPrefix begins the names of folders for mount points and scratch files.
const tempPrefix = "updoc-repair-"

// ClearDead takes away what killed processes left in the system's folder for temporary
// files: mounts, folders, and the process itself if it waits for ever for an answer of
// its own. It is no part of the work at hand: what cannot be cleared stays, and harms
// nothing but room.
func ClearDead() {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, folder := range found {
		clearOne(folder)
	}
}

func clearOne(folder string) {
	lock, err := lockFolder(folder)
	if err != nil && dying(ownerOf(folder)) {
		unmountAll(folder) // its last answer is an error, and then it ends
		awaitEnd(ownerOf(folder))
		lock, err = lockFolder(folder)
	}
	if err != nil {
		return
	}
	defer lock.Close()
	if unmountAll(folder) {
		os.RemoveAll(folder)
	}
}

// ownerOf is the number of the process that made a folder; 0 if it is not told.
func ownerOf(folder string) int {
	number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), tempPrefix), "-")
	pid, _ := strconv.Atoi(number)
	return pid
}

// makeTemp makes the folder for mount points and scratch files. A new one of the system
// is locked while this process lives: what a killed one left behind is told by that.
func (h *Host) makeTemp() (err error) {
	if h.temp = h.opts.Temp; h.temp == "" {
		if h.temp, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", tempPrefix, os.Getpid())); err != nil {
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

// unmountAll unmounts what is mounted right below folder, and tells whether nothing is
// any more.
func unmountAll(folder string) bool {
	entries, err := os.ReadDir(folder)
	all := err == nil
	for _, e := range entries {
		all = detached(filepath.Join(folder, e.Name())) && all
	}
	return all
}
