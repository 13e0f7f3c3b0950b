package doctor

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"updoc/model"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

// A disk of this PC that came from another one is diagnosed by its name, the running
// Windows' own too; what is in the way is named.
func TestOpenDrive(t *testing.T) {
	sick := filepath.Join("..", "testdata", "sick-pc.qcow2")
	codes := func(admin bool, name string) string {
		w, err := simulated.New(t.Context(), simulated.Options{Admin: admin}, sick, sick)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		src, err := open(t.Context(), w.System(), name, OpenOptions{})
		var known *model.Error
		switch {
		case errors.As(err, &known):
			return known.Code
		case err != nil:
			t.Fatal(err)
		}
		defer src.Close()
		m, err := Look(t.Context(), src, Options{Now: thatDay})
		if err != nil || !m.OS.Build.Known || src.Info().Path != name || src.Info().Form != "device" {
			t.Errorf("%s: %v, build %+v, %+v", name, err, m.OS.Build, src.Info())
		}
		return ""
	}
	for name, want := range map[string]string{`\\.\PhysicalDrive1`: "", `\\.\physicaldrive0`: "", `//./PhysicalDrive1`: "", `\\.\PhysicalDrive7`: "source-not-found"} {
		if got := codes(true, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := codes(false, `\\.\PhysicalDrive1`); got != "permission" {
		t.Errorf("without rights: %q", got)
	}
}

// Copies of the files of a disk do not go to that disk, nor where it may be.
func TestDiskHolds(t *testing.T) {
	all := []winapi.Volume{{Mounts: []string{`C:\`}, Disk: 0}, {Mounts: []string{`D:\`, `C:\mnt\disk\`}, Disk: 1}, {Mounts: []string{`S:\`}, Disk: winapi.NoDisk}}
	for dir, want := range map[string]bool{
		`C:\copies`: false, `d:\`: true, `D:\copies`: true, `C:\mnt\disk`: true, `C:\mnt\Disk\x`: true, `C:\mnt\disks`: false, `S:\x`: true, `\\server\share`: false, `E:\x`: false,
	} {
		if diskHolds(1, all, dir) != want {
			t.Errorf("%s: %t", dir, !want)
		}
	}
}

// Where there is no Windows it is a name like any other.
func TestDriveElsewhere(t *testing.T) {
	var e *model.Error
	if _, err := Open(t.Context(), `\\.\PhysicalDrive1`, OpenOptions{}); runtime.GOOS != "windows" && (!errors.As(err, &e) || e.Code != "source-not-found") {
		t.Error(err)
	}
	if _, is := winapi.DriveNumber(`\\.\C:`); is {
		t.Error("a volume is no disk")
	}
}
