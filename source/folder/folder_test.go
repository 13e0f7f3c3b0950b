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
