package partfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"updoc/disk/overlay"
	"updoc/testkit"
)

const mib = 1 << 20

// disk is one in memory that several goroutines may use.
type disk struct {
	mu sync.RWMutex
	testkit.Memory
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.Memory.ReadAt(p, off)
}

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Memory.WriteAt(p, off)
}

func (d *disk) content() []byte {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return bytes.Clone(d.Memory)
}

// mounted mounts dev for one test, which needs FUSE.
func mounted(t *testing.T, dev Device) *FS {
	t.Helper()
	f, err := Mount(t.TempDir(), dev)
	testkit.Need(t, !errors.Is(err, ErrNoFUSE) && !errors.Is(err, ErrPermission), "FUSE and the right to mount")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if isMounted(t, f.dir) {
			t.Errorf("%s is still mounted", f.dir)
		}
	})
	return f
}

func isMounted(t *testing.T, dir string) bool {
	t.Helper()
	return strings.Contains(string(testkit.ReadFile(t, "/proc/self/mounts")), " "+dir+" ")
}

func show(t *testing.T, f *FS, name string, start, size int64) string {
	t.Helper()
	path, err := f.Show(name, start, size)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWhatIsWrittenIsReadOnEitherSide(t *testing.T) {
	dev := &disk{Memory: testkit.Noise(1, 4*mib)}
	f := mounted(t, dev)
	a, b := open(t, show(t, f, "a", mib, 2*mib)), open(t, show(t, f, "b", 2*mib, 2*mib))
	p := make([]byte, 5000)
	sync := func() {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	for round := range byte(3) {
		// by the program, by one view, by the other; each is read by the rest
		data := bytes.Repeat([]byte{round}, 5000)
		if _, err := dev.WriteAt(data, 2*mib+100); err != nil {
			t.Fatal(err)
		}
		sync()
		readBack(t, a, p, mib+100, data)
		readBack(t, b, p, 100, data)
		data[0] ^= 0xff
		if _, err := a.WriteAt(data, mib+100); err != nil {
			t.Fatal(err)
		}
		sync()
		readBack(t, b, p, 100, data)
		readBack(t, dev, p, 2*mib+100, data)
	}
	if got := testkit.ReadFile(t, b.Name()); !bytes.Equal(got, dev.content()[2*mib:]) {
		t.Error("the whole view differs from the disk")
	}
}

func readBack(t *testing.T, r io.ReaderAt, p []byte, off int64, want []byte) {
	t.Helper()
	if _, err := r.ReadAt(p, off); err != nil || !bytes.Equal(p, want) {
		t.Fatalf("something else was read: %v", err)
	}
}

func TestAViewKeepsItsBounds(t *testing.T) {
	dev := &disk{Memory: testkit.Noise(1, mib)}
	before := dev.content()
	f := mounted(t, dev)
	v := open(t, show(t, f, "v", 4096, 10000))
	if n, err := v.ReadAt(make([]byte, 100), 9950); n != 50 || err != io.EOF {
		t.Errorf("read over the end: %d, %v", n, err)
	}
	if _, err := v.WriteAt(make([]byte, 100), 9950); err != nil { // the kernel takes it
		t.Error(err)
	}
	if err := v.Sync(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("write over the end: %v", err)
	}
	if err := f.Hide("v"); !errors.Is(err, errFull) {
		t.Errorf("a write over the end is not told: %v", err)
	}
	clear(before[4096+9950 : 4096+10000])
	if !bytes.Equal(dev.content(), before) {
		t.Error("something else was written")
	}
	w := show(t, f, "w", 4096, 10000)
	if info, err := os.Stat(w); err != nil || info.Size() != 10000 || !info.Mode().IsRegular() {
		t.Error(info, err)
	}
}

func TestFilesStayAsTheyAre(t *testing.T) {
	f := mounted(t, make(testkit.Memory, mib))
	path := show(t, f, "v", 0, mib)
	v := open(t, path)
	refused := map[string]error{
		"grow":     v.Truncate(mib + 1),
		"shrink":   os.Truncate(path, 0),
		"rename":   os.Rename(path, path+"2"),
		"remove":   os.Remove(path),
		"mode":     os.Chmod(path, 0o777),
		"create":   os.WriteFile(path+"2", nil, 0o600),
		"folder":   os.Mkdir(path+"2", 0o700),
		"link":     os.Link(path, path+"2"),
		"truncate": os.WriteFile(path, []byte("x"), 0o600),
	}
	for what, err := range refused {
		if err == nil {
			t.Errorf("%s was allowed", what)
		}
	}
	allowed := map[string]error{
		"fsync":      v.Sync(),
		"same size":  v.Truncate(mib),
		"flock":      syscall.Flock(int(v.Fd()), syscall.LOCK_EX|syscall.LOCK_NB),
		"posix lock": syscall.FcntlFlock(v.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}),
	}
	for what, err := range allowed {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if names, err := os.ReadDir(f.dir); err != nil || len(names) != 1 {
		t.Error(names, err)
	}
}

func TestShowRefuses(t *testing.T) {
	f := mounted(t, make(testkit.Memory, mib))
	show(t, f, "used", 0, 1)
	for _, name := range []string{"used", "", ".", "..", "a/b", "a\x00"} {
		if _, err := f.Show(name, 0, 1); !errors.Is(err, ErrName) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for _, at := range [][2]int64{{-1, 1}, {0, 0}, {0, -1}, {1 << 62, 1 << 62}} {
		if _, err := f.Show("v", at[0], at[1]); !errors.Is(err, ErrRange) {
			t.Errorf("stretch %v: %v", at, err)
		}
	}
}

var errUnreadable, errUnwritable = errors.New("unreadable"), errors.New("unwritable")

// broken is a disk that fails.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error)  { return 0, errUnreadable }
func (broken) WriteAt([]byte, int64) (int, error) { return 0, errUnwritable }

func TestErrorsOfTheDiskAreErrorsOfTheFile(t *testing.T) {
	f := mounted(t, broken{})
	r, w := open(t, show(t, f, "read", 0, mib)), open(t, show(t, f, "write", 0, mib))
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("read: %v", err)
	}
	if _, err := w.WriteAt(make([]byte, 4096), 0); err != nil { // the kernel takes it
		t.Error(err)
	}
	if err := w.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("write: %v", err)
	}
	for name, want := range map[string]error{"read": errUnreadable, "write": errUnwritable} {
		if err := f.Hide(name); !errors.Is(err, want) {
			t.Errorf("the error of the disk is not told: %v", err)
		}
	}
}

func TestADiskShorterThanItsView(t *testing.T) {
	f := mounted(t, make(testkit.Memory, 100))
	short := open(t, show(t, f, "v", 0, mib))
	if _, err := short.ReadAt(make([]byte, 1), 100); !errors.Is(err, syscall.EIO) {
		t.Errorf("read behind the disk: %v", err)
	}
	if err := f.Close(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("it is not told: %v", err)
	}
}

func TestHiddenFilesCannotBeUsed(t *testing.T) {
	f := mounted(t, make(testkit.Memory, mib))
	path := show(t, f, "v", 0, 4096)
	v := open(t, path)
	if err := f.Hide("v"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.WriteAt([]byte{1}, 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("the open file can still be written: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	if err := f.Hide("v"); err != nil {
		t.Error(err)
	}
	show(t, f, "v", 0, 8192)
	if info, err := os.Stat(path); err != nil || info.Size() != 8192 {
		t.Error(info, err)
	}
}

func TestCloseWhileAFileIsHeld(t *testing.T) {
	f := mounted(t, make(testkit.Memory, mib))
	v := open(t, show(t, f, "v", 0, mib))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if isMounted(t, f.dir) {
		t.Error("still mounted")
	}
	if _, err := v.ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("the holder can still read")
	}
	if _, err := f.Show("w", 0, 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := f.Hide("v"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// slow is a disk whose reads wait until they are let go.
type slow struct {
	testkit.Memory
	begun, goOn chan struct{}
	finished    atomic.Bool
}

func (s *slow) ReadAt(p []byte, off int64) (int, error) {
	s.begun <- struct{}{}
	<-s.goOn
	defer s.finished.Store(true)
	return s.Memory.ReadAt(p, off)
}

func TestCloseWaitsForAReadOnItsWay(t *testing.T) {
	dev := &slow{Memory: make(testkit.Memory, mib), begun: make(chan struct{}), goOn: make(chan struct{})}
	f := mounted(t, dev)
	v := open(t, show(t, f, "v", 0, mib))
	var read, closed sync.WaitGroup
	read.Go(func() { _, _ = v.ReadAt(make([]byte, 1), 0) }) // it may give the byte or an error
	<-dev.begun
	var err error
	closed.Go(func() { err = f.Close() })
	close(dev.goOn)
	closed.Wait()
	if !dev.finished.Load() {
		t.Error("the disk is still being read")
	}
	read.Wait()
	if err != nil || isMounted(t, f.dir) {
		t.Error(err)
	}
}

func TestMountOverWhatADeadProgramLeft(t *testing.T) {
	f := mounted(t, make(testkit.Memory, mib))
	open(t, show(t, f, "v", 0, mib))
	if err := syscall.Unmount(f.dir, syscall.MNT_FORCE); err == nil { // cuts the connection, cannot unmount
		t.Fatal("the mount is gone")
	}
	if _, err := os.Stat(f.dir); !errors.Is(err, syscall.ENOTCONN) {
		t.Fatal(err)
	}
	again, err := Mount(f.dir, make(testkit.Memory, mib))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(show(t, again, "w", 0, 1)); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err == nil {
		t.Error("what the first program wrote is lost and not told")
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := Mount(filepath.Join(t.TempDir(), "missing"), make(testkit.Memory, 1)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// patient is an overlay in a file over a base in a file, of which the middle is shown.
func patient(t *testing.T, size int64) (o *overlay.Overlay, base string) {
	t.Helper()
	base = testkit.EmptyDisk(t, size)
	b, err := os.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	store, err := os.Create(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(); store.Close() })
	return overlay.New(b, size, store), base
}

// mountNTFS mounts a view with ntfs-3g for the time of do.
func mountNTFS(t *testing.T, view string, do func(dir string)) {
	t.Helper()
	dir := t.TempDir()
	testkit.Run(t, "ntfs-3g", view, dir)
	gone := sync.OnceFunc(func() { testkit.Run(t, "umount", dir) })
	t.Cleanup(gone)
	do(dir)
	gone()
}

func TestToolsOnAView(t *testing.T) {
	o, base := patient(t, 100*mib)
	before := testkit.DiskHash(t, base)
	f := mounted(t, o)
	view := show(t, f, "c", 3*mib+512, 80*mib)
	testkit.Run(t, "mkntfs", "-F", "-f", "-q", "-p", "6145", "-H", "255", "-S", "63", view)
	file := testkit.Noise(7, 9*mib)
	mountNTFS(t, view, func(dir string) {
		for _, name := range []string{"日本語.bin", "second.bin"} {
			if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
	testkit.Run(t, "ntfscp", "-f", view, testkit.WriteFile(t, "third", file), "third.bin")
	if said := testkit.Run(t, "ntfsresize", "-f", "-i", view); !strings.Contains(said, "Current volume size: 83882496 bytes") {
		t.Error(said)
	}
	shrink := testkit.Command(t, "ntfsresize", "-f", "--size", "50M", view)
	shrink.Stdin = strings.NewReader("y\n")
	testkit.Combined(t, shrink)

	if err := f.Hide("c"); err != nil {
		t.Fatal(err)
	}
	small := show(t, f, "small", 3*mib+512, 50*1000*1000/4096*4096)
	testkit.Run(t, "ntfsfix", "-d", small)
	mountNTFS(t, small, func(dir string) {
		for _, name := range []string{"日本語.bin", "second.bin", "third.bin"} {
			if !bytes.Equal(testkit.ReadFile(t, filepath.Join(dir, name)), file) {
				t.Errorf("%s differs", name)
			}
		}
	})
	if testkit.DiskHash(t, base) != before {
		t.Error("the base was written")
	}
	if changes, err := o.Compact(); err != nil || len(changes) < 27*mib/overlay.BlockSize {
		t.Errorf("%d changes, %v", len(changes), err)
	}
}
