package commit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

// The test program starts itself with killedJob set: then it is the one to be killed.
const (
	killedJob = "UPDOC_KILLED_JOB" // commit, resume, undo
	killedAt  = "UPDOC_KILLED_AT"  // number of the call that changes something; 0: none
	killedIn  = "UPDOC_KILLED_IN"  // folder of image and journal
	kills     = "UPDOC_KILLS"      // how many loops; empty: 60
)

func TestMain(m *testing.M) {
	if job := os.Getenv(killedJob); job != "" {
		if err := child(job); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// suicide counts the calls that change something. At the last one it writes half of
// the sectors and kills its own process.
type suicide struct{ left int }

func (s *suicide) count(half func()) {
	if s.left--; s.left == 0 {
		half()
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (s *suicide) write(w interface {
	WriteAt([]byte, int64) (int, error)
}, p []byte, off int64) (int, error) {
	s.count(func() { w.WriteAt(p[:len(p)/2/512*512], off) })
	return w.WriteAt(p, off)
}

type killedDisk struct {
	*commit.Disk
	s *suicide
}

func (d killedDisk) WriteAt(p []byte, off int64) (int, error) { return d.s.write(d.Disk, p, off) }

func (d killedDisk) Sync() error {
	d.s.count(func() {})
	return d.Disk.Sync()
}

type killedDir struct {
	commit.Dir
	s *suicide
}

func (d killedDir) Create(name string) (commit.File, error) {
	d.s.count(func() {})
	f, err := d.Dir.Create(name)
	return killedFile{f, d.s}, err
}

func (d killedDir) Open(name string) (commit.File, error) {
	f, err := d.Dir.Open(name)
	return killedFile{f, d.s}, err
}

type killedFile struct {
	commit.File
	s *suicide
}

func (f killedFile) WriteAt(p []byte, off int64) (int, error) { return f.s.write(f.File, p, off) }

func (f killedFile) Truncate(size int64) error {
	f.s.count(func() {})
	return f.File.Truncate(size)
}

func (f killedFile) Sync() error {
	f.s.count(func() {})
	return f.File.Sync()
}

// background never ends: a killed child is stopped in no other way.
var background = context.Background()

func killedConfig() cut.Config { return cut.Random(11, 600, 120) }

// child does one job on image and journal.
func child(job string) error {
	at, err := strconv.Atoi(os.Getenv(killedAt))
	if err != nil {
		return err
	}
	s := &suicide{at}
	in := os.Getenv(killedIn)
	disk, err := commit.OpenDevice(filepath.Join(in, "image"), 0)
	if err != nil {
		return err
	}
	defer disk.Close()
	dir, err := commit.OSDir(filepath.Join(in, "journal"))
	if err != nil {
		return err
	}
	state, err := work(job, killedDisk{disk, s}, killedDir{dir, s})
	fmt.Println(state, -s.left)
	return err
}

func work(job string, device commit.Device, dir commit.Dir) (string, error) {
	if job == "commit" {
		return commitAnew(device, dir)
	}
	j, err := commit.Open(dir, nil)
	if err != nil {
		return "", err
	}
	if job == "undo" {
		err = j.Undo(background, device, nil)
	} else {
		err = j.Resume(background, device, nil)
	}
	if errors.Is(err, commit.ErrUnprepared) {
		err = nil
	}
	return j.State(), err
}

func commitAnew(device commit.Device, dir commit.Dir) (string, error) {
	cfg := killedConfig()
	j, err := commit.Create(dir, "killed", nil)
	if err != nil {
		return "", err
	}
	defer j.Close()
	if _, err := j.Delta().WriteAt(cfg.Delta, 0); err != nil {
		return "", err
	}
	if err := j.Prepare(background, cfg.Changes, device, cfg.Phase, cfg.Watch); err != nil {
		return "", err
	}
	err = j.Commit(background, device, nil)
	return j.State(), err
}

// start runs the test program as a child; state and calls are what it said.
func start(t *testing.T, job, in string, at int) (killed bool, state string, calls int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedJob+"="+job, killedIn+"="+in, killedAt+"="+strconv.Itoa(at))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true, "", 0
	}
	if err != nil {
		t.Fatalf("%s: %v: %s", job, err, out)
	}
	fmt.Sscan(string(out), &state, &calls)
	return false, state, calls
}

func TestKilled(t *testing.T) {
	cfg := killedConfig()
	loops := 60
	if n, err := strconv.Atoi(os.Getenv(kills)); err == nil {
		loops = n
	}
	calls := map[string]int{"commit": 0, "resume": 40, "undo": 40}
	in := freshPlace(t, cfg)
	_, _, calls["commit"] = start(t, "commit", in, 0)
	if calls["commit"] < 20 {
		t.Fatalf("a whole commit has %d calls", calls["commit"])
	}
	var dead atomic.Int64
	t.Run("loops", func(t *testing.T) {
		for n := range loops {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				dead.Add(killLoop(t, cfg, calls, rand.New(rand.NewPCG(uint64(n), 2))))
			})
		}
	})
	if dead.Load() < int64(loops) {
		t.Errorf("only %d of %d children were killed", dead.Load(), loops)
	}
}

// killLoop kills a commit, and mostly a resume and an undo after it, and then lets one of
// them come to its end.
func killLoop(t *testing.T, cfg cut.Config, calls map[string]int, r *rand.Rand) (dead int64) {
	in := freshPlace(t, cfg)
	for _, job := range []string{"commit", "resume", "undo"}[:1+r.IntN(3)] {
		if killed, _, _ := start(t, job, in, 1+r.IntN(calls[job])); killed {
			dead++
		}
	}
	endsAsItShould(t, cfg.Want(), in, []string{"resume", "undo"}[r.IntN(2)])
	return dead
}

// freshPlace is a folder with the image, and no journal yet.
func freshPlace(t *testing.T, cfg cut.Config) string {
	t.Helper()
	in := t.TempDir()
	if err := os.WriteFile(filepath.Join(in, "image"), cfg.Base, 0o600); err != nil {
		t.Fatal(err)
	}
	return in
}

func endsAsItShould(t *testing.T, w *cut.Want, in, job string) {
	t.Helper()
	_, state, _ := start(t, job, in, 0)
	image, err := os.ReadFile(filepath.Join(in, "image"))
	if err != nil {
		t.Fatal(err)
	}
	want := w.OldBytes()
	if state == commit.Verified {
		want = w.NewBytes()
	}
	if !bytes.Equal(image, want) || job == "undo" && state == commit.Verified {
		t.Errorf("%s left state %q and another disk than that", job, state)
	}
}
