package cli_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"updoc/doctor"
	"updoc/testkit"
)

// kills says how many disks TestKilled repairs; empty: 20.
const kills = "UPDOC_KILLS"

// killed is one disk whose repair is killed again and again.
type killed struct {
	t       *testing.T
	r       *rand.Rand
	journal string
	disk    string
	temp    string
}

// moment is when to kill: after so many things said to be done, of those that write if
// writing is set, and so much arithmetic later.
type moment struct {
	writing     bool
	after, busy int
}

// start runs updoc and kills it at a moment; nil lets it end. It returns the exit code,
// -1 if it was killed.
func (k *killed) start(when *moment, args ...string) int {
	k.t.Helper()
	said, doing, err := os.Pipe()
	if err != nil {
		k.t.Fatal(err)
	}
	defer said.Close()
	var complaint bytes.Buffer
	cmd := exec.Command("updoc", append(args, "--journal", k.journal)...)
	cmd.Env = append(os.Environ(), "UPDOC_TELL=1", "TMPDIR="+k.temp)
	cmd.Stderr, cmd.ExtraFiles = &complaint, []*os.File{doing}
	if err := errors.Join(cmd.Start(), doing.Close()); err != nil {
		k.t.Fatal(err)
	}
	if when != nil && when.reached(said) {
		cmd.Process.Kill() // it may have ended
	}
	io.Copy(io.Discard, said)
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() == 70 || cmd.ProcessState.ExitCode() == 1 {
		k.t.Fatalf("updoc %s: %v: %s", strings.Join(args, " "), err, complaint.Bytes())
	}
	return cmd.ProcessState.ExitCode()
}

// reached reads what is said until the moment has come; false: it never came.
func (m *moment) reached(said io.Reader) bool {
	r := bufio.NewReaderSize(said, 16)
	for left := m.after; left > 0; {
		mark, err := r.ReadByte()
		if err != nil {
			return false
		}
		if !m.writing || mark == 'w' {
			left--
		}
	}
	sum := [32]byte{}
	for range m.busy {
		sum = sha256.Sum256(sum[:])
	}
	return true
}

// any is a moment of a command; every second one lies where it writes.
func (k *killed) any() *moment {
	busy := k.r.IntN(1 + 1<<k.r.IntN(18))
	if k.r.IntN(2) == 0 {
		return &moment{after: 1 + k.r.IntN(230), busy: busy}
	}
	return &moment{writing: true, after: 1 + k.r.IntN(3), busy: busy}
}

// again goes on until a command was not killed, and returns what that was.
func (k *killed) again() (verb string, code int) {
	for n := 0; ; n++ {
		args := [][]string{{"resume"}, {"undo", "--yes"}}[k.r.IntN(2)]
		var when *moment
		if n < 3 && k.r.IntN(2) == 0 {
			when = k.any()
		}
		if code := k.start(when, args...); code != -1 {
			return args[0], code
		}
	}
}

// A repair, its resuming and its undoing are killed at any moment. In the end the disk is
// exactly the old one, or exactly what an undisturbed run of the same journal makes of it,
// and nothing is left mounted.
func TestKilled(t *testing.T) {
	if os.Geteuid() != 0 {
		testkit.Need(t, false, "root, for mounting")
	}
	loops, err := strconv.Atoi(os.Getenv(kills))
	if err != nil {
		loops = 20
	}
	before := sickImage(t)
	was := testkit.DiskHash(t, before)
	var old, renewed atomic.Int32
	t.Run("loops", func(t *testing.T) {
		for n := range loops {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				k := &killed{t: t, r: rand.New(rand.NewPCG(4, uint64(n))), temp: t.TempDir(), journal: filepath.Join(t.TempDir(), "journal"), disk: filepath.Join(t.TempDir(), "disk.img")}
				t.Cleanup(func() { unmountBelow(k.temp) })
				end := k.run(before, was)
				t.Log(end)
				count := map[string]*atomic.Int32{"old": &old, "new": &renewed}[end]
				if count != nil {
					count.Add(1)
				}
				k.nothingLeft()
			})
		}
	})
	t.Logf("%d loops: %d old, %d new", loops, old.Load(), renewed.Load())
	if loops >= 20 && (old.Load() == 0 || renewed.Load() == 0) {
		t.Error("the moments are badly chosen")
	}
}

// run is one loop; it tells whether the disk is the old or the new one.
func (k *killed) run(before string, was [32]byte) string {
	k.t.Helper()
	testkit.Run(k.t, "cp", "--sparse=always", before, k.disk)
	first := k.start(k.any(), "fix", k.disk, "--yes", "--accept", "R4")
	verb, code := k.again()
	list, err := doctor.History(k.journal)
	if err != nil {
		k.t.Fatal(err)
	}
	state := ""
	if len(list) > 0 {
		state = list[0].State
	}
	now := testkit.DiskHash(k.t, k.disk)
	switch {
	case now == was && state != "VERIFIED":
		return "old"
	case now != was && state == "VERIFIED" && now == k.undisturbed(before, list[0].ID):
		return "new"
	}
	k.t.Errorf("fix: %d, then %s: %d, journal %q: neither the old disk nor the new one (old: %t)", first, verb, code, state, now == was)
	return "lost"
}

// undisturbed is the disk as it becomes if the journal is carried out without a pause from
// its first record on.
func (k *killed) undisturbed(before, id string) [32]byte {
	k.t.Helper()
	folder, disk := filepath.Join(k.t.TempDir(), "journal"), filepath.Join(k.t.TempDir(), "disk.img")
	copied := filepath.Join(folder, id)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		k.t.Fatal(err)
	}
	testkit.Run(k.t, "cp", "-r", filepath.Join(k.journal, id), copied)
	testkit.Run(k.t, "cp", "--sparse=always", before, disk)
	log := testkit.ReadFile(k.t, filepath.Join(copied, "log"))
	first, _, _ := bytes.Cut(log, []byte("\n"))
	err := errors.Join(os.WriteFile(filepath.Join(copied, "log"), append(first, '\n'), 0o600), os.Remove(filepath.Join(copied, "undo")), os.Remove(filepath.Join(copied, "undo.index")))
	if err != nil {
		k.t.Fatal(err)
	}
	testkit.Run(k.t, "updoc", "resume", "--journal", folder, "--disk", disk)
	hash := testkit.DiskHash(k.t, disk)
	if err := errors.Join(os.Remove(disk), os.RemoveAll(folder)); err != nil {
		k.t.Error(err)
	}
	return hash
}

// nothingLeft wants the next run to take away what the killed ones left in the folder for
// temporary files.
func (k *killed) nothingLeft() {
	k.t.Helper()
	k.start(nil, "fix", k.disk, "--dry-run", "--accept", "R4")
	if left, _ := os.ReadDir(k.temp); len(left) != 0 || len(mountsBelow(k.temp)) != 0 {
		k.t.Errorf("left: %v, mounted: %v", left, mountsBelow(k.temp))
	}
	if err := os.Remove(k.disk); err != nil {
		k.t.Error(err)
	}
}

// mountsBelow lists what is mounted below a folder, the innermost first.
func mountsBelow(folder string) []string {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return []string{fmt.Sprint(err)}
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && strings.HasPrefix(words[1], folder+"/") {
			out = append([]string{words[1]}, out...)
		}
	}
	return out
}

func unmountBelow(folder string) {
	for _, m := range mountsBelow(folder) {
		exec.Command("umount", "-l", m).Run()
	}
}

// sickImage is the disk of the classic, whose recovery partition is too small.
func sickImage(t *testing.T) string {
	t.Helper()
	pc, err := story("winre-too-small-after-os")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sick.img")
	if err := pc.Disk(t.Context(), path); err != nil {
		testkit.Need(t, false, err.Error())
	}
	return path
}
