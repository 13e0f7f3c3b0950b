package commit_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
	"updoc/testkit"
)

// realDisk is the disk of cfg as a file, open.
func realDisk(t *testing.T, cfg cut.Config) (*commit.Disk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, cfg.Base, 0o600); err != nil {
		t.Fatal(err)
	}
	return openDisk(t, path), path
}

func openDisk(t *testing.T, path string) *commit.Disk {
	t.Helper()
	d, err := commit.OpenDevice(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A commit and its undo on a file, with the journal on a disk, in memory, and on a stick
// with NTFS, where there is no room to be asked for.
func TestRealFiles(t *testing.T) {
	for _, parent := range []string{t.TempDir(), inMemory(t), onNTFS(t)} {
		cfg := killedConfig()
		disk, path := realDisk(t, cfg)
		dir, err := commit.OSDir(filepath.Join(parent, "journal"))
		if err != nil {
			t.Fatal(err)
		}
		if state, err := work("commit", disk, dir); err != nil || state != commit.Verified {
			t.Fatalf("%s, %v", state, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, cfg.Want().NewBytes()) {
			t.Errorf("the disk is not new: %v", err)
		}
		for name, want := range map[string]int64{"delta": 120 * 4096, "undo": 120 * 4096} {
			if info, err := os.Stat(filepath.Join(parent, "journal", name)); err != nil || info.Size() != want {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
		if state, err := work("undo", disk, dir); err != nil || state != commit.Undone {
			t.Fatalf("%s, %v", state, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, cfg.Base) {
			t.Errorf("the disk is not old again: %v", err)
		}
	}
}

// onNTFS is a volume that ntfs-3g has mounted.
func onNTFS(t *testing.T) string {
	t.Helper()
	_, err := os.Stat("/dev/fuse")
	testkit.Need(t, os.Geteuid() == 0 && err == nil, "root and /dev/fuse")
	image, at := filepath.Join(t.TempDir(), "stick.img"), t.TempDir()
	if err := os.WriteFile(image, make([]byte, 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, "mkntfs", "-q", "-F", "-f", image)
	testkit.Run(t, "ntfs-3g", image, at)
	t.Cleanup(func() { testkit.Run(t, "umount", at) })
	return at
}

// inMemory is a folder on tmpfs.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "updoc")
	testkit.Need(t, err == nil, "/dev/shm")
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestDirAndFile(t *testing.T) {
	dir, err := commit.OSDir(filepath.Join(t.TempDir(), "j"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Open("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	f, err := dir.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := dir.Create("a"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file made twice: %v", err)
	}
	text := bytes.Repeat([]byte("0123456789"), 1000)
	_, err = f.WriteAt(text, 0)
	if err := errors.Join(err, f.Sync(), dir.Sync(), dir.Rename("a", "b")); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 1, 4095, 4096, 9990, 9999} {
		p := make([]byte, min(5000, len(text)-at))
		if err := f.ReadFresh(p, int64(at)); err != nil || !bytes.Equal(p, text[at:at+len(p)]) {
			t.Errorf("read fresh at %d: %v", at, err)
		}
	}
	if err := f.ReadFresh(make([]byte, 2), 9999); err == nil {
		t.Error("read past the end")
	}
	if err := f.Allocate(1 << 60); err == nil {
		t.Error("an exabyte was allocated")
	}
	if err := errors.Join(f.Allocate(20000), dir.Remove("b")); err != nil {
		t.Error(err)
	}
	if size, err := f.Size(); err != nil || size != 20000 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestDeviceIsForOneAlone(t *testing.T) {
	cfg := small()
	d, path := realDisk(t, cfg)
	if _, err := commit.OpenDevice(path, 0); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := commit.OpenDevice(filepath.Dir(path), 0); err == nil {
		t.Error("a folder was opened")
	}
	if d.Size() != int64(len(cfg.Base)) {
		t.Errorf("%d bytes", d.Size())
	}
	if _, err := d.WriteAt(make([]byte, 2), d.Size()-1); err == nil {
		t.Error("written past the end")
	}
	d.Close()
	part, err := commit.OpenDevice(path, 8192)
	if err != nil || part.Size() != 8192 {
		t.Fatalf("without its footer: %v", err)
	}
	part.Close()
	if _, err := commit.OpenDevice(path, 1<<30); err == nil {
		t.Error("opened longer than it is")
	}
}

// A real block device: held while it is mounted, and its file systems are on it.
func TestBlockDevice(t *testing.T) {
	testkit.Need(t, os.Geteuid() == 0, "root")
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, "mkfs.ext4", "-q", image)
	device := strings.TrimSpace(testkit.Run(t, "losetup", "-f", "--show", image))
	t.Cleanup(func() { testkit.Run(t, "losetup", "-d", device) })
	at := t.TempDir()
	testkit.Run(t, "mount", device, at)
	mounted := true
	unmount := func() {
		if mounted {
			testkit.Run(t, "umount", at)
			mounted = false
		}
	}
	t.Cleanup(unmount)

	if _, err := commit.OpenDevice(device, 0); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a mounted device was opened: %v", err)
	}
	for disk, where := range map[string]map[string]bool{
		device: {at: true, t.TempDir(): false, "/dev/shm": false},
		image:  {at: true, filepath.Dir(image): false},
	} {
		for folder, want := range where {
			if same, err := commit.SameDisk(folder, disk); err != nil || same != want {
				t.Errorf("is %s on %s: %v, %v", folder, disk, same, err)
			}
		}
	}
	unmount()
	d := openDisk(t, device)
	if d.Size() != 16<<20 {
		t.Errorf("%d bytes", d.Size())
	}
	block := bytes.Repeat([]byte{7}, 5000)
	_, err := d.WriteAt(block, 1000)
	back := make([]byte, len(block))
	if err := errors.Join(err, d.Sync(), d.ReadFresh(back, 1000)); err != nil || !bytes.Equal(back, block) {
		t.Errorf("read back: %v", err)
	}
}

func TestVolatile(t *testing.T) {
	testkit.Need(t, os.Geteuid() == 0, "root")
	lower, memory := t.TempDir(), inMemory(t)
	for name, upper := range map[string]string{"upper layer in memory": memory, "upper layer on a disk": t.TempDir()} {
		at := t.TempDir()
		for _, dir := range []string{"up", "work"} {
			if err := os.Mkdir(filepath.Join(upper, dir), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		options := "lowerdir=" + lower + ",upperdir=" + filepath.Join(upper, "up") + ",workdir=" + filepath.Join(upper, "work")
		testkit.Run(t, "mount", "-t", "overlay", "overlay", "-o", options, at)
		volatile, err := commit.Volatile(at)
		testkit.Run(t, "umount", at)
		if err != nil || volatile != (upper == memory) {
			t.Errorf("%s: %v, %v", name, volatile, err)
		}
	}
	if volatile, err := commit.Volatile(memory); err != nil || !volatile {
		t.Errorf("tmpfs: %v, %v", volatile, err)
	}
	if volatile, err := commit.Volatile(lower); err != nil || volatile {
		t.Errorf("a folder on a disk: %v, %v", volatile, err)
	}
}
