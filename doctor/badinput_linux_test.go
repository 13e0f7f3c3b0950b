package doctor_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"updoc/doctor"
	"updoc/model"
	"updoc/testkit"
)

// needRoot skips what mounts or takes loop devices.
func needRoot(t *testing.T) {
	t.Helper()
	testkit.Need(t, os.Geteuid() == 0, "root")
}

// refusedFix wants a fix to be refused before anything is written, with nothing left: no
// change, no journal, no mount, no folder for temporary files.
func refusedFix(t *testing.T, code string, exit int, path string, opts doctor.FixOptions) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	_, err := doctor.Fix(t.Context(), path, opts)
	wantError(t, err, code, exit)
	if left, _ := doctor.History(opts.Journal); len(left) != 0 {
		t.Errorf("journals: %+v", left)
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func wantError(t *testing.T, err error, code string, exit int) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v, want %s", err, code)
	}
	got := e.Exit
	if got == 0 {
		got = 2 // what the command line makes of it
	}
	if e.Code != code || got != exit {
		t.Errorf("%s, exit %d (%v), want %s, exit %d", e.Code, got, err, code, exit)
	}
}

func unchanged(t *testing.T, path string) {
	t.Helper()
	was := testkit.DiskHash(t, path)
	t.Cleanup(func() {
		if testkit.DiskHash(t, path) != was {
			t.Error("the disk is not as it was")
		}
	})
}

// loop shows a file as a block device.
func loop(t *testing.T, flags ...string) string {
	t.Helper()
	out, err := exec.Command("losetup", append([]string{"-f", "--show"}, flags...)...).Output()
	testkit.Need(t, err == nil, "losetup")
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { exec.Command("losetup", "-d", device).Run() })
	return device
}

func TestFixRefusesWhatIsNoDiskToWriteTo(t *testing.T) {
	raw := testkit.EmptyDisk(t, 1<<20)
	qcow := filepath.Join("..", "testdata", "sick-pc.qcow2")
	vhd := filepath.Join(t.TempDir(), "x.vhd")
	testkit.Run(t, "qemu-img", "convert", "-O", "vpc", "-o", "subformat=dynamic", raw, vhd)
	for _, c := range []struct{ path, code string }{
		{filepath.Join(t.TempDir(), "none.img"), "source-not-found"},
		{raw, "not-a-disk"},
		{t.TempDir(), "disk-needed"},
		{testkit.WriteFile(t, "letter.txt", []byte("Dear Sir or Madam,\r\n")), "disk-needed"},
		{qcow, "not-writable-container"},
		{vhd, "not-writable-container"},
		{testkit.WriteFile(t, "x.img.gz", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x05\x00\xfa\xffhello\x86\xa6\x106\x05\x00\x00\x00")), "not-writable-container"},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) { refusedFix(t, c.code, 2, c.path, fixOptions(t)) })
	}
}

func TestFixRefusesDiskInUse(t *testing.T) {
	needRoot(t)
	path := sickDisk(t, "winre-too-small-after-os")
	unchanged(t, path)
	t.Run("loop", func(t *testing.T) {
		loop(t, path)
		refusedFix(t, "disk-in-use", 2, path, fixOptions(t))
	})
	t.Run("read-only", func(t *testing.T) {
		refusedFix(t, "disk-read-only", 2, loop(t, "-r", path), fixOptions(t))
	})
	t.Run("swap", func(t *testing.T) {
		swap := testkit.EmptyDisk(t, 1<<20)
		testkit.Run(t, "mkswap", swap)
		device := loop(t, swap)
		err := exec.Command("swapon", device).Run()
		testkit.Need(t, err == nil, "swap")
		defer exec.Command("swapoff", device).Run()
		refusedFix(t, "disk-in-use", 2, device, fixOptions(t))
	})
	t.Run("updoc", func(t *testing.T) {
		opts, inner := fixOptions(t), fixOptions(t)
		opts.Confirm = func(*doctor.Proposal) (bool, error) {
			_, err := doctor.Fix(t.Context(), path, inner)
			wantError(t, err, "disk-in-use", 2)
			return false, nil
		}
		refusedFix(t, "declined", 130, path, opts)
	})
}

func TestFixRefusesFolderOfJournals(t *testing.T) {
	needRoot(t)
	path := sickDisk(t, "winre-too-small-after-os")
	unchanged(t, path)
	t.Run("memory", func(t *testing.T) {
		opts := fixOptions(t)
		opts.Journal = filepath.Join("/dev/shm", filepath.Base(t.TempDir())+"-updoc-test")
		refusedFix(t, "journal-volatile", 6, path, opts)
		if _, err := os.Stat(opts.Journal); err == nil {
			t.Error("the folder was left")
		}
	})
	t.Run("full", func(t *testing.T) {
		small, at := testkit.EmptyDisk(t, 3<<20), t.TempDir()
		testkit.Run(t, "mkfs.ext4", "-q", "-F", small)
		err := exec.Command("mount", "-o", "loop", small, at).Run()
		testkit.Need(t, err == nil, "mount -o loop")
		t.Cleanup(func() { exec.Command("umount", at).Run() })
		fillUp(t, filepath.Join(at, "filler"), 64<<10)
		opts := fixOptions(t)
		opts.Journal = filepath.Join(at, "journal")
		refusedFix(t, "journal-no-room", 6, path, opts)
	})
}

// A tool that is missing is named with its package; the folder of programs is empty for
// this process.
func TestFixNamesMissingTool(t *testing.T) {
	needRoot(t)
	path := sickDisk(t, "winre-too-small-after-os")
	unchanged(t, path)
	t.Setenv("PATH", t.TempDir())
	refusedFix(t, "tool-missing", 2, path, fixOptions(t))
}

// Whoever wrote to the disk after the repair is not overwritten, be it one byte or a file.
func TestUndoRefusesChangedDisk(t *testing.T) {
	needRoot(t)
	path := sickDisk(t, "winre-too-small-after-os")
	opts := fixOptions(t)
	fixed, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	other := testkit.EmptyDisk(t, 1<<20)
	_, err = doctor.Undo(t.Context(), "", other, opts)
	wantError(t, err, "disk-wrong", 6)
	flip(t, path, int64(fixed.Receipt.Changed.Ranges[0].Start)+5)
	_, err = doctor.Undo(t.Context(), "", "", opts)
	wantError(t, err, "disk-changed", 6)
	flip(t, path, int64(fixed.Receipt.Changed.Ranges[0].Start)+5)
	writeThrough(t, path, fixed.Receipt.After[0].Partitions[2].Start)
	unchanged(t, path)
	_, err = doctor.Undo(t.Context(), "", "", opts)
	wantError(t, err, "disk-changed", 6)
	flip(t, filepath.Join(fixed.Receipt.Folder, "log"), 50)
	_, err = doctor.Undo(t.Context(), fixed.Receipt.ID, "", opts)
	wantError(t, err, "journal-damaged", 6)
}

// flip changes one byte; twice is not at all.
func flip(t *testing.T, path string, off int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], off); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x40
	if _, err := f.WriteAt(b[:], off); err != nil {
		t.Fatal(err)
	}
}

// fillUp makes a file that takes all room of its disk but so many bytes.
func fillUp(t *testing.T, path string, left int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, p := int64(0), make([]byte, 4096)
	for n := 0; err == nil; size += int64(n) {
		n, err = f.Write(p)
	}
	if err := errors.Join(f.Truncate(size-left), f.Sync()); err != nil {
		t.Fatal(err)
	}
}

// writeThrough writes a file into the volume at start as any Linux would.
func writeThrough(t *testing.T, path string, start uint64) {
	t.Helper()
	at := t.TempDir()
	device := loop(t, "-o", strconv.FormatUint(start, 10), path)
	testkit.Run(t, "ntfs-3g", device, at)
	err := os.WriteFile(filepath.Join(at, "letter.txt"), []byte("new"), 0o600)
	testkit.Run(t, "umount", at)
	testkit.Run(t, "losetup", "-d", device)
	if err != nil {
		t.Fatal(err)
	}
}
