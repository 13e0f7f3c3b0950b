package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"updoc/disk/commit"
	"updoc/doctor"
	"updoc/model"
	"updoc/testkit"
)

// codeOf is the code and the exit code of an error.
func codeOf(err error) (string, int) {
	var e *model.Error
	if !errors.As(err, &e) {
		return "", 0
	}
	return e.Code, e.Exit
}

// stopAt cancels when what is being done.
func stopAt(ctx context.Context, what string, opts doctor.FixOptions) (context.Context, doctor.FixOptions) {
	ctx, cancel := context.WithCancel(ctx)
	opts.Doing = func(d doctor.Doing) {
		if d.What == what {
			cancel()
		}
	}
	return ctx, opts
}

// Stopped while it writes, and again while it reads back: both say half-done; nobody
// begins anew on that disk; resuming tells what was done, and undoing twice tells the same.
func TestStoppedHalfWay(t *testing.T) {
	path := sickDisk(t, "winre-too-small-after-os")
	was, opts := testkit.DiskHash(t, path), fixOptions(t)
	ctx, stop := stopAt(t.Context(), "write", opts)
	_, err := doctor.Fix(ctx, path, stop)
	if code, exit := codeOf(err); code != "half-done" || exit != 4 {
		t.Fatalf("stopped while writing: %v", err)
	}
	half := testkit.DiskHash(t, path)
	link := filepath.Join(t.TempDir(), "other-name")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		_, err = doctor.Fix(t.Context(), name, opts)
		if code, exit := codeOf(err); code != "half-done" || exit != 4 || testkit.DiskHash(t, path) != half {
			t.Errorf("begun anew on a disk that is half-way: %v", err)
		}
	}
	ctx, stop = stopAt(t.Context(), "read-back", opts)
	_, err = doctor.Resume(ctx, "", "", stop)
	if code, exit := codeOf(err); code != "half-done" || exit != 4 {
		t.Fatalf("stopped while reading back: %v", err)
	}
	got, err := doctor.Resume(t.Context(), "", "", opts)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Receipt
	if r.State != commit.Verified || r.Verdict != model.FixCured || len(r.Steps) == 0 || len(r.After) == 0 || r.Changed.Bytes == 0 {
		t.Errorf("resumed: %+v", r)
	}
	for range 2 {
		back, err := doctor.Undo(t.Context(), r.ID, "", opts)
		if err != nil {
			t.Fatal(err)
		}
		if back.Receipt.After[0].Partitions[2].Size != r.Before[0].Partitions[2].Size || testkit.DiskHash(t, path) != was {
			t.Errorf("undone: %+v", back.Receipt)
		}
	}
}

// Cancelled when all is written and read back, it is done, and says so.
func TestStoppedTooLate(t *testing.T) {
	path, opts := sickDisk(t, "winre-too-small-after-os"), fixOptions(t)
	ctx, cancel := context.WithCancel(t.Context())
	reading := int64(0)
	opts.Doing = func(d doctor.Doing) {
		if d.What == "read-back" {
			reading = d.Done
		}
		if d.What == "look" && reading > 0 {
			cancel()
		}
	}
	got, err := doctor.Fix(ctx, path, opts)
	if err != nil || got.Receipt.State != commit.Verified || ctx.Err() == nil {
		t.Errorf("%v, %v", err, ctx.Err())
	}
}

// A journal that was killed while a person was asked, or in a dry run, is prepared. Nobody
// has said yes to it: it is not resumed.
func TestNotAgreedTo(t *testing.T) {
	path, opts := sickDisk(t, "winre-too-small-after-os"), fixOptions(t)
	was, id := testkit.DiskHash(t, path), ""
	left := filepath.Join(t.TempDir(), "left")
	opts.Confirm = func(p *doctor.Proposal) (bool, error) {
		id = p.Receipt.ID
		return false, os.CopyFS(left, os.DirFS(filepath.Dir(p.Receipt.Folder)))
	}
	if _, err := doctor.Fix(t.Context(), path, opts); err == nil {
		t.Fatal("declined, and done")
	}
	opts.Journal = left
	for _, name := range []string{"", id} {
		_, err := doctor.Resume(t.Context(), name, "", opts)
		if code, _ := codeOf(err); code != "nothing-to-resume" || testkit.DiskHash(t, path) != was {
			t.Errorf("resume %q: %v", name, err)
		}
	}
	if _, err := doctor.Undo(t.Context(), "", "", opts); err != nil {
		t.Error(err)
	}
}
