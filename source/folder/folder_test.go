package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"updoc/model"
	"updoc/source"
)

func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "WINDOWS", "system32", "Config")
	if err := os.MkdirAll(config, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "SYSTEM"), []byte("regf"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAnyCase(t *testing.T) {
	s, err := Open(tree(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fsys, err := s.FS(s.Windows())
	if err != nil {
		t.Fatal(err)
	}
	f, size, err := source.Open(fsys, "Windows/System32/config/system")
	if err != nil || size != 4 {
		t.Fatalf("size %d, err %v", size, err)
	}
	f.Close()
	if _, err := fs.Stat(fsys, "Windows/absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("absent file: %v", err)
	}
}

func TestNoWindows(t *testing.T) {
	_, err := Open(t.TempDir())
	var e *model.Error
	if !errors.As(err, &e) || e.Code != "no-windows-in-folder" {
		t.Fatalf("err = %v", err)
	}
}

func TestNothingLeadsOutOrHangs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs symbolic links and pipes")
	}
	dir := tree(t)
	config := filepath.Join(dir, "WINDOWS", "system32", "Config")
	if err := errors.Join(os.Symlink("loop", filepath.Join(config, "loop")), os.Symlink("/etc", filepath.Join(config, "out")), mkfifo(filepath.Join(config, "pipe"))); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fsys, _ := s.FS(s.Windows())
	done := make(chan error)
	for _, name := range []string{"loop", "out/passwd", "pipe"} {
		go func() {
			_, err := fsys.Open("Windows/System32/config/" + name)
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s was opened", name)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s hangs", name)
		}
	}
}

// The folder may be the drive, or hold it as C.
func TestDriveInFolder(t *testing.T) {
	dir := tree(t)
	outer := t.TempDir()
	if err := os.Rename(dir, filepath.Join(outer, "C")); err != nil {
		t.Fatal(err)
	}
	s, err := Open(outer)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.FS("c"); err != nil || s.Windows() != "C" || s.Info().Kind != "folder" {
		t.Errorf("%v, %s, %+v", err, s.Windows(), s.Info())
	}
	if disks := s.Disks(t.Context()); disks.Coverage.Complete || disks.Coverage.Reason().Reason != model.ReasonNoDisk {
		t.Errorf("%+v", disks)
	}
	var unseen *source.UnseenError
	if _, err := s.FS("D"); !errors.As(err, &unseen) || unseen.Reason != model.ReasonNoDisk {
		t.Errorf("another drive: %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// Of names that differ only in case the exact one wins; a file that went since its
// folder was listed is not there.
func TestNamesThatDifferInCase(t *testing.T) {
	dir := tree(t)
	for name, text := range map[string]string{"a.log": "small", "A.LOG": "capital"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) < 3 {
		t.Skip("this file system does not tell cases apart")
	}
	fsys := AnyCase(os.DirFS(dir))
	for name, want := range map[string]string{"a.log": "small", "A.LOG": "capital", "a.LOG": "capital"} {
		if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "A.LOG")); err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.Open("a.LOG"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that went: %v", err)
	}
	for _, name := range []string{"../x", "/x", `a\b`, "a//b", ""} {
		if _, err := fsys.Open(name); err == nil {
			t.Errorf("%q was opened", name)
		}
	}
}
