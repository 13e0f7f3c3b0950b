package journal

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// clock gives one second more each time it is asked.
func clock() func() time.Time {
	now := noon
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// pc has one volume with two files.
func pc() *fake.PC {
	return fake.New(fake.PC{Disks: []*fake.Disk{{Size: 64 << 30, Table: "gpt", Partitions: []*fake.Partition{{Role: model.RoleWindows, Start: 1 << 20,
		Size: 30 << 30, FS: "ntfs", Files: map[string]*fake.File{"a": {Content: []byte("a")}, "b": {Content: []byte("b")}}}}}}})
}

func at(path string) host.Place { return host.Place{Volume: "disk0p1", Path: path} }

// ops change both files, and the second name a new partition.
func ops() []host.Op {
	return []host.Op{
		{Kind: host.WriteFile, To: at("a"), Data: []byte("other")},
		{Kind: host.ShrinkVolume, Partition: "disk0p1", Size: 29 << 30},
		{Kind: host.CreateRecovery, Start: 1<<20 + 29<<30, Size: 1 << 30, GUID: "{1}"},
		{Kind: host.CopyFile, From: at("a"), To: host.Place{Volume: host.NewPartition, Path: "c"}},
		{Kind: host.Rename, From: at("b"), Text: "b.bak"},
	}
}

func head(target string) Head {
	return Head{Target: target, Remedies: []string{"winre-enlarge"}, Ops: ops()}
}

func create(t *testing.T, folder string, h Head, now func() time.Time) *Journal {
	t.Helper()
	j, err := Create(folder, h, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func open1(t *testing.T, folder, id string) *Journal {
	t.Helper()
	j, err := Open(folder, id, clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func wantCode(t *testing.T, err error, code string) *model.Error {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("%v, want %s", err, code)
	}
	return e
}

// On a real folder: cut at each change, opened anew by a program that knows nothing, and
// finished or taken back.
func TestOnDisk(t *testing.T) {
	for _, undo := range []bool{false, true} {
		for n := 1; n < 12; n += 2 {
			folder, p := t.TempDir(), pc()
			before := p.Snapshot()
			j := create(t, folder, head("x"), clock())
			p.Power().CutAt(n)
			if err := j.Steps().Run(t.Context(), p.Host()); !errors.Is(err, fake.ErrRestart) {
				t.Fatal(n, err)
			}
			j.Close()
			p.Power().Restart()
			j = open1(t, folder, "")
			if !reflect.DeepEqual(j.Head.Ops, ops()) {
				t.Error("operations are not those written")
			}
			finish(t, j, p, undo)
			if (p.Snapshot() == before) != undo {
				t.Errorf("cut at %d, undo %v: %s", n, undo, p.Snapshot())
			}
			j.Close()
			_, err := Open(folder, "", clock())
			wantCode(t, err, "no-such-journal") // none is unfinished
		}
	}
}

func finish(t *testing.T, j *Journal, p *fake.PC, undo bool) {
	t.Helper()
	do, want := j.Steps().Run, commit.Verified
	if undo {
		do, want = j.Steps().Undo, commit.Undone
	}
	for range 2 {
		if err := do(t.Context(), p.Host()); err != nil {
			t.Fatal(err)
		}
	}
	if got := j.Steps().State(); got != want {
		t.Errorf("state %s, want %s", got, want)
	}
}

// What was taken back is not run again, and what was never begun is given up.
func TestUndone(t *testing.T) {
	p := pc()
	before := p.Snapshot()
	j := create(t, t.TempDir(), head("x"), clock())
	if err := j.Steps().Undo(t.Context(), p.Host()); err != nil || j.Steps().State() != commit.Discarded || p.Snapshot() != before {
		t.Error(err, j.Steps().State())
	}
	wantCode(t, j.Steps().Run(t.Context(), p.Host()), "already-undone")
	if p.Snapshot() != before {
		t.Error("something was done")
	}
}

// An operation that fails leaves the journal to be taken back.
func TestRefusedOperation(t *testing.T) {
	p := pc()
	before := p.Snapshot()
	p.Troubles = []fake.Trouble{{Kind: fake.InUse, Path: "b"}}
	j := create(t, t.TempDir(), head("x"), clock())
	wantCode(t, j.Steps().Run(t.Context(), p.Host()), "file-in-use")
	if s := j.Steps().State(); s != commit.Applying {
		t.Errorf("state %s", s)
	}
	finish(t, j, p, true)
	if p.Snapshot() != before {
		t.Error("not as before")
	}
}

func TestList(t *testing.T) {
	folder, now := filepath.Join(t.TempDir(), "journals"), clock()
	if all, err := List(folder); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
	for _, target := range []string{"first", "second", "third", "fourth"} {
		j := create(t, folder, head(target), now)
		if target == "second" {
			finish(t, j, pc(), false)
		}
		if target == "third" {
			if err := j.log.Append(commit.Prepared, commit.Record{}); err != nil {
				t.Fatal(err)
			}
		}
		j.Close()
	}
	all, err := List(folder)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for i, want := range []model.JournalInfo{{Target: "fourth"}, {Target: "third", State: commit.Prepared}, {Target: "second", State: commit.Verified}, {Target: "first"}} {
		if got := all[i]; got.Target != want.Target || got.State != want.State || got.Problem != "" || got.Ended.IsZero() != (want.State != commit.Verified) ||
			!strings.HasPrefix(got.ID, got.Started.Format("20060102-1504")) || got.Folder != filepath.Join(folder, got.ID) || len(got.Remedy) != 1 {
			t.Errorf("%+v", got)
		}
	}
	if j := open1(t, folder, ""); j.Head.Target != "third" {
		t.Errorf("the newest unfinished one: %s", j.Head.Target)
	}
}

// Bytes come from the record of disk/commit.
func TestBytes(t *testing.T) {
	folder := t.TempDir()
	j := create(t, folder, head("x"), clock())
	if err := j.log.Append(commit.Prepared, map[string]any{"bytes": 4096, "head": "abc"}); err != nil {
		t.Fatal(err)
	}
	if all, err := List(folder); err != nil || all[0].Bytes != 4096 {
		t.Error(all, err)
	}
}

func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(string) error{
		"head cut off": func(d string) error { return os.Truncate(filepath.Join(d, "head.json"), 20) },
		"no head":      func(d string) error { return os.Remove(filepath.Join(d, "head.json")) },
		"of another":   func(d string) error { return os.WriteFile(filepath.Join(d, "head.json"), []byte(`{"id":"z"}`), 0o600) },
		"log changed":  func(d string) error { return flip(filepath.Join(d, "log"), 30) },
	} {
		folder := t.TempDir()
		j := create(t, folder, head("x"), clock())
		finish(t, j, pc(), false)
		j.Close()
		if err := damage(j.Path); err != nil {
			t.Fatal(err)
		}
		all, err := List(folder)
		if err != nil || len(all) != 1 || all[0].ID != j.Head.ID {
			t.Fatal(name, all, err)
		}
		if all[0].Problem != "journal-damaged" {
			t.Errorf("%s: %+v", name, all[0])
		}
		_, err = Open(folder, j.Head.ID, clock())
		wantCode(t, err, "journal-damaged")
	}
}

func flip(name string, at int) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	b[at] ^= 1
	return os.WriteFile(name, b, 0o600)
}

// A cut while the journal was being made leaves a folder in which nothing was begun.
func TestCutWhileMade(t *testing.T) {
	for _, text := range []string{"", `{"id":"20261128-1200`} {
		folder, id := t.TempDir(), "20261128-120000-00000000"
		if err := os.Mkdir(filepath.Join(folder, id), 0o700); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			if err := os.WriteFile(filepath.Join(folder, id, headName), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		all, err := List(folder)
		if err != nil || len(all) != 1 || all[0].Problem != "" || all[0].State != commit.Discarded || !all[0].Started.Equal(noon) {
			t.Errorf("%+v, %v", all, err)
		}
	}
}

// A record about an operation that the head does not have is refused.
func TestRecordOfAnotherHead(t *testing.T) {
	j := create(t, t.TempDir(), head("x"), clock())
	if err := j.log.Append(opBegun, step{N: 9}); err != nil {
		t.Fatal(err)
	}
	p := pc()
	before := p.Snapshot()
	wantCode(t, j.Steps().Run(t.Context(), p.Host()), "journal-damaged")
	wantCode(t, j.Steps().Undo(t.Context(), p.Host()), "journal-damaged")
	if p.Snapshot() != before {
		t.Error("something was done")
	}
}

func TestLock(t *testing.T) {
	folder := t.TempDir()
	j := create(t, folder, head("x"), clock())
	_, err := Create(folder, head("y"), clock())
	e := wantCode(t, err, "journal-locked")
	if e.Args["process"] != int64(os.Getpid()) || e.Args["id"] != j.Head.ID {
		t.Errorf("%v", e.Args)
	}
	_, err = Open(folder, j.Head.ID, clock())
	wantCode(t, err, "journal-locked")
	if _, err := List(folder); err != nil {
		t.Error("history needs no lock:", err)
	}
	j.Close()
	j.Close()
	open1(t, folder, j.Head.ID)
}

// In a folder that turns out to be somebody else's nothing is written, and what was read in it
// before does not count.
func TestNothingCountsBeforeTheFolderIsOurs(t *testing.T) {
	folder := t.TempDir()
	j, err := Create(folder, Head{Ops: ops(), Target: "first"}, clock())
	if err != nil || j.Close() != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(folder, lockName)
	if err := os.WriteFile(lock, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	strange := errors.New("somebody else's")
	if _, err := takeIf(folder, "run", noon, func(string) error { return strange }); !errors.Is(err, strange) {
		t.Error(err)
	}
	if text, err := os.ReadFile(lock); err != nil || string(text) != "not ours" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := createIf(lock, func(string) error { return strange }); !errors.Is(err, strange) {
		t.Error(err)
	}
	if text, err := os.ReadFile(lock); err != nil || string(text) != "not ours" {
		t.Errorf("%q %v", text, err)
	}
	got, err := openIf(folder, j.Head.ID, clock(), func(string) error {
		head := filepath.Join(folder, j.Head.ID, headName)
		text, err := os.ReadFile(head)
		if err == nil {
			err = os.WriteFile(head, []byte(strings.Replace(string(text), "first", "other", 1)), 0o600)
		}
		return err
	})
	if err != nil || got.Head.Target != "other" {
		t.Fatalf("%+v %v", got, err)
	}
	if err := got.Close(); err != nil {
		t.Error(err)
	}
}

func TestNotFound(t *testing.T) {
	folder := t.TempDir()
	create(t, folder, head("x"), clock()).Close()
	for _, id := range []string{"20200101-000000-00000000", "..", "../x", ".", "/etc"} {
		_, err := Open(folder, id, clock())
		wantCode(t, err, "no-such-journal")
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Create(file, head("x"), clock())
	wantCode(t, err, "journal-not-writable")
}

// Two journals of one second and one content have names of their own.
func TestNames(t *testing.T) {
	folder := t.TempDir()
	still := func() time.Time { return noon }
	a := create(t, folder, head("x"), still)
	a.Close()
	b := create(t, folder, head("x"), still)
	if a.Head.ID == b.Head.ID || !strings.HasPrefix(a.Head.ID, "20261128-120000-") {
		t.Error(a.Head.ID, b.Head.ID)
	}
}

// A start of Windows lets a stopped service run and takes up restarts of suspended
// protection: going on does again what has not been ended as meant.
func TestGoesOnAfterAStart(t *testing.T) {
	p := pc()
	p.Running = &fake.Running{Services: []*fake.Service{{Name: "cryptsvc", Start: 2, Runs: true, Holds: []string{"b"}}},
		Guards: []*fake.Guard{{Active: true}}, Protected: map[string]*fake.Protection{"disk0p1": {}}}
	p = p.Copy()
	j := create(t, t.TempDir(), Head{Ops: []host.Op{
		{Kind: host.SuspendProtection, Partition: "disk0p1", Number: 1},
		{Kind: host.StopService, Name: "cryptsvc"},
		{Kind: host.Remind, Text: "r", Until: host.AntivirusActive},
		{Kind: host.AwaitPerson, Until: host.AntivirusPaused},
		{Kind: host.Rename, From: at("b"), Text: "b.bak"},
		{Kind: host.StartService, Name: "cryptsvc"},
		{Kind: host.ResumeProtection, Partition: "disk0p1"},
		{Kind: host.AwaitPerson, Until: host.AntivirusActive},
	}}, clock())
	left := func() int { return p.Running.Protected["disk0p1"].Left }
	for _, want := range []struct {
		runs bool
		left int
	}{{false, 1}, {true, 0}} { // before the rename, and when all but the last is done
		var later *host.Interrupted
		if err := j.Steps().Run(t.Context(), p.Host()); !errors.As(err, &later) || p.Running.Services[0].Runs != want.runs || left() != want.left {
			t.Fatalf("%v, service runs: %v, suspended: %d", err, p.Running.Services[0].Runs, left())
		}
		p.Start()
		if !p.Running.Services[0].Runs || left() != 0 {
			t.Fatal("the start changed nothing")
		}
		if !want.runs { // still waiting: both are as they were before the start
			if err := j.Steps().Run(t.Context(), p.Host()); !errors.As(err, &later) || p.Running.Services[0].Runs || left() != 1 {
				t.Fatalf("%v, service runs: %v, suspended: %d", err, p.Running.Services[0].Runs, left())
			}
		}
		if err := p.Answer(); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Steps().Run(t.Context(), p.Host()); err != nil || !p.Running.Services[0].Runs || left() != 0 {
		t.Errorf("%v, service runs: %v, suspended: %d", err, p.Running.Services[0].Runs, left())
	}
}
