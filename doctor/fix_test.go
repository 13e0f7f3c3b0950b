package doctor_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"updoc/casekit"
	"updoc/disk/commit"
	"updoc/doctor"
	"updoc/model"
	"updoc/testkit"
)

// sickDisk builds the disk of a story.
func sickDisk(t *testing.T, story string) string {
	t.Helper()
	text, err := os.Open(filepath.Join("..", "cases", story, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	pc, err := casekit.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	var missing *casekit.MissingToolError
	err = pc.Disk(t.Context(), path)
	testkit.Need(t, !errors.As(err, &missing), "mkntfs, wimlib-imagex, ntfsfallocate")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func fixOptions(t *testing.T) doctor.FixOptions {
	return doctor.FixOptions{Options: doctor.Options{Now: when}, Journal: filepath.Join(t.TempDir(), "journal"), Accept: []string{"R4"}}
}

// The classic: the recovery partition is enlarged, what was expected is seen on the disk
// itself, a second run has nothing to write, and undo gives the old disk back.
func TestFix(t *testing.T) {
	path := sickDisk(t, "winre-too-small-after-os")
	was := testkit.DiskHash(t, path)
	opts := fixOptions(t)
	got, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Receipt
	if r.State != commit.Verified || r.Verdict != model.FixCured || r.Changed.Bytes == 0 {
		t.Errorf("%+v", r)
	}
	if free := got.After.Machine.WinRE.Active.Free; !free.Known || free.Value < model.WinREServicingFree {
		t.Errorf("free: %+v", free)
	}
	now := testkit.DiskHash(t, path)
	again, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if again.Receipt.State != "" || testkit.DiskHash(t, path) != now {
		t.Errorf("a second run: %+v", again.Receipt)
	}
	back, err := doctor.Undo(t.Context(), "", "", opts)
	if err != nil {
		t.Fatal(err)
	}
	if back.Receipt.State != commit.Undone || testkit.DiskHash(t, path) != was {
		t.Errorf("after undo: %+v", back.Receipt)
	}
}

// A dry run writes nothing and leaves nothing, and names the ranges a run will write.
func TestDryRun(t *testing.T) {
	path := sickDisk(t, "winre-too-small-after-os")
	was := testkit.DiskHash(t, path)
	opts := fixOptions(t)
	opts.DryRun = true
	dry, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if dry.Receipt.Verdict != model.FixDry || testkit.DiskHash(t, path) != was {
		t.Errorf("%+v", dry.Receipt)
	}
	if left, _ := doctor.History(opts.Journal); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	opts.DryRun = false
	real, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(real.Receipt.Changed.Ranges) == 0 || !equalRanges(dry.Receipt.Changed.Ranges, real.Receipt.Changed.Ranges) {
		t.Errorf("dry %v, real %v", dry.Receipt.Changed.Ranges, real.Receipt.Changed.Ranges)
	}
}

func equalRanges(a, b []model.Range) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
