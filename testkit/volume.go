package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
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

// readNTFS mounts for reading, files without their streams.
const readNTFS = "ro,streams_interface=none"

// MountNTFS shows the files of a volume, given as a file, as ntfs-3g sees them with these
// options, and returns the folder. done must be called before the volume goes away; it
// returns when ntfs-3g has written all of a volume that was not mounted "ro", and does
// nothing a second time.
func MountNTFS(t testing.TB, volume, options string) (dir string, done func()) {
	t.Helper()
	_, err := os.Stat("/dev/fuse")
	Need(t, os.Geteuid() == 0 && err == nil, "root and /dev/fuse")
	dir = t.TempDir()
	Run(t, "ntfs-3g", "-o", options, volume, dir)
	done = sync.OnceFunc(func() {
		unmount(t, dir)
		if !strings.HasPrefix(options, "ro") {
			settle(t, volume)
		}
	})
	t.Cleanup(done)
	return dir, done
}

// tries is how often something is asked that another process is about to end.
const tries = 500

// unmount tries again while a program that another test is just starting still holds the
// files it was born with.
func unmount(t testing.TB, dir string) {
	t.Helper()
	var out []byte
	for range tries {
		var err error
		if out, err = Command(t, "umount", dir).CombinedOutput(); err == nil {
			return
		}
	}
	t.Errorf("umount: %s", out)
	Run(t, "umount", "--lazy", dir)
}

// settle waits for the process of a mount to let go of the volume: ntfsinfo refuses one
// that is in use (and a dirty one: only whoever writes is waited for).
func settle(t testing.TB, volume string) {
	t.Helper()
	var err error
	for range tries {
		if err = Command(t, "ntfsinfo", "-m", volume).Run(); err == nil {
			return
		}
	}
	t.Error("the volume stays mounted: ", err)
}

// NTFSFiles hashes every file of a volume, given as a file: path from its root, with
// slashes, to a hash of its content, its Windows attributes and its permissions.
func NTFSFiles(t testing.TB, volume string) map[string]string {
	t.Helper()
	dir, done := MountNTFS(t, volume, readNTFS)
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

// hashFile is the sum of a file's size and of what of it is not zero.
func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, buf, size := sha256.New(), make([]byte, 16*blockSize), int64(0)
	for err == nil {
		var n int
		n, err = io.ReadFull(f, buf)
		for at := 0; at < n; at += blockSize {
			addBlock(sum, size+int64(at), buf[at:min(at+blockSize, n)])
		}
		size += int64(n)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	fmt.Fprint(sum, size)
	return hex.EncodeToString(sum.Sum(nil)), err
}
