package winapi

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestVolumeOfAFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder is a volume on other systems only")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"Windows/System32/a.txt": "hello", "b.txt": ""} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700), os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := OpenVolume(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := fstest.TestFS(v, "Windows/System32/a.txt", "b.txt"); err != nil {
		t.Error(err)
	}
	f, err := v.Open("Windows/System32/a.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := make([]byte, 3)
	if n, err := f.(io.ReaderAt).ReadAt(p, 2); n != 3 || err != nil || string(p) != "llo" {
		t.Errorf("%q %v", p, err)
	}
	if _, err := OpenVolume(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// pretended is a volume whose names have attributes and tags; opening remembers how.
func pretended(names map[string][2]uint32, opened map[string]bool) *VolumeFS {
	return &VolumeFS{
		look: func(name string) (uint32, uint32, error) {
			a, ok := names[name]
			if !ok {
				return 0, 0, fs.ErrNotExist
			}
			return a[0], a[1], nil
		},
		open: func(name string, through bool) (*os.File, error) {
			opened[name] = through
			return os.Open(os.DevNull)
		},
		stat:  func(string) (fs.FileInfo, error) { return os.Stat(os.DevNull) },
		close: func() error { return nil },
	}
}

func TestVolumeFollowsNoLinkAndFetchesNothing(t *testing.T) {
	const junction, symlink = 0xa0000003, 0xa000000c
	opened := map[string]bool{}
	v := pretended(map[string][2]uint32{
		"plain": {0x10, 0}, "plain/file": {0x20, 0}, "compact": {0x420, tagWOF}, "dedup": {0x620, tagDedup}, "wim": {0x420, tagWIM}, "synced": {0x420, 0x9000701a},
		"cloud": {0x420 | attrRecallData, 0x9000601a}, "archived": {0x20 | attrOffline, 0}, "unread": {attrRecallOpen, 0},
		"junction": {0x410, junction}, "junction/file": {0x20, 0}, "link": {0x420, symlink}, "unknown": {0x420, 0x80001234},
		"cloud-folder": {0x410 | attrRecallOpen, 0x9000601a}, "cloud-folder/file": {0x20, 0},
	}, opened)
	for name, want := range map[string]error{
		"plain/file": nil, "compact": nil, "dedup": nil, "wim": nil, "synced": nil,
		"cloud": ErrNotHere, "archived": ErrNotHere, "unread": ErrNotHere, "cloud-folder/file": ErrNotHere,
		"junction": ErrLink, "junction/file": ErrLink, "link": ErrLink, "unknown": ErrLink, "none/file": fs.ErrNotExist,
		"../out": fs.ErrInvalid, "/abs": fs.ErrInvalid, "a:b": fs.ErrInvalid, `a\b`: fs.ErrInvalid, "a\x00": fs.ErrInvalid, "*": fs.ErrInvalid,
	} {
		f, err := v.Open(name)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if err == nil {
			f.Close()
		}
		if _, known := opened[name]; known != (want == nil) {
			t.Errorf("%s: opened %v", name, known)
		}
	}
	for name, through := range map[string]bool{"plain/file": false, "compact": true, "dedup": true, "wim": true, "synced": true} {
		if opened[name] != through {
			t.Errorf("%s: read through its driver %v, want %v", name, opened[name], through)
		}
	}
	if _, err := v.Stat("junction"); err != nil {
		t.Error("a link itself is told:", err)
	}
	if _, err := v.Stat("junction/file"); !errors.Is(err, ErrLink) {
		t.Error(err)
	}
}

func TestVolumeTellsWhatIsInUse(t *testing.T) {
	v := pretended(map[string][2]uint32{"hive": {0x20, 0}}, map[string]bool{})
	for number, held := range map[syscall.Errno]bool{errSharing: true, errLocked: true, 5: false} {
		v.open = func(name string, _ bool) (*os.File, error) {
			return nil, &fs.PathError{Op: "x", Path: "y", Err: number}
		}
		_, err := v.Open("hive")
		var p *fs.PathError
		if errors.Is(err, ErrInUse) != held || !errors.Is(err, number) || !errors.As(err, &p) || p.Path != "hive" {
			t.Errorf("%d: %v", uint(number), err)
		}
	}
	if held(nil) != nil || held(io.EOF) != io.EOF {
		t.Error("other errors are changed")
	}
}

func TestVolumeRoot(t *testing.T) {
	for root, want := range map[string]string{
		`C:`: `\\?\C:\`, `d:\`: `\\?\d:\`, `\\?\Volume{0f0e}\`: `\\?\Volume{0f0e}\`, `\\?\Volume{0f0e}`: `\\?\Volume{0f0e}\`,
		`\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7`: `\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7\`,
	} {
		if got, err := volumeRoot(root); got != want || err != nil {
			t.Errorf("%s: %s %v", root, got, err)
		}
	}
	for _, root := range []string{"", "C", `C:\Windows`, `\\server\share`, `\\.\PhysicalDrive0`, `1:`, `\\?\GLOBALROOT\Device\X\..\Y`, "/"} {
		if got, err := volumeRoot(root); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %s %v", root, got, err)
		}
	}
	if got := below(`\\?\C:\`, "."); got != `\\?\C:\` {
		t.Error(got)
	}
	if got := below(`\\?\C:\`, "Windows/win.ini"); got != `\\?\C:\Windows\win.ini` {
		t.Error(got)
	}
}
