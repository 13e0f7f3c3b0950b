package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// SoundTable asks sgdisk (of a GPT) and sfdisk about the partition table of a disk. A file
// has sectors of 512 bytes for them; a loop device can have others.
func SoundTable(t testing.TB, path string, sector int, gpt bool) {
	t.Helper()
	if sector != 512 {
		path = strings.TrimSpace(Run(t, "losetup", "--find", "--show", "--sector-size", strconv.Itoa(sector), path))
		defer Run(t, "losetup", "--detach", path)
	}
	if gpt {
		says(t, "No problems found", "sgdisk", "-v", path)
	}
	says(t, "label: ", "sfdisk", "-d", path)
	says(t, "No errors detected", "sfdisk", "-V", path)
}

func says(t testing.TB, want, name string, args ...string) {
	t.Helper()
	if out := Run(t, name, args...); !strings.Contains(out, want) {
		t.Errorf("%s: %s", name, out)
	}
}

// SoundNTFS lets the tools of ntfs-3g check a volume, given as a file, without changing it.
func SoundNTFS(t testing.TB, volume string) {
	t.Helper()
	Run(t, "ntfsresize", "--info", "--force", volume)
	says(t, "processed successfully", "ntfsfix", "-n", volume)
	Run(t, "ntfsinfo", "--force", "-m", volume)
}

// MountNTFS shows the files of a volume, given as a file, for reading, as ntfs-3g sees
// them, and returns the folder. done must be called before the volume goes away.
func MountNTFS(t testing.TB, volume string) (dir string, done func()) {
	t.Helper()
	dir = t.TempDir()
	Run(t, "ntfs-3g", "-o", "ro,streams_interface=none", volume, dir)
	return dir, func() { unmount(t, dir) }
}

// unmount tries again while a program that another test is just starting still holds the
// files it was born with.
func unmount(t testing.TB, dir string) {
	t.Helper()
	var out []byte
	for range 100 {
		var err error
		if out, err = Command(t, "umount", dir).CombinedOutput(); err == nil {
			return
		}
	}
	t.Errorf("umount: %s", out)
	Run(t, "umount", "--lazy", dir)
}

// NTFSFiles hashes every file of a volume, given as a file: path from its root, with
// slashes, to a hash of its content, its Windows attributes and its permissions.
func NTFSFiles(t testing.TB, volume string) map[string]string {
	t.Helper()
	dir, done := MountNTFS(t, volume)
	defer done()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		sum, err := hashFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[filepath.ToSlash(rel)] = sum + ntfsMarks(name)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return out
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	s := sha256.New()
	_, err = io.CopyBuffer(s, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return hex.EncodeToString(s.Sum(nil)), err
}
