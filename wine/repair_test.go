package wine

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"updoc/model"
	"updoc/testkit"
)

// changed are the folders whose files a repair under Wine changes: updoc's own first.
var changed = []string{`C:\ProgramData\updoc`, `C:\windows\system32\drivers\etc`, tasks}

// registries are the files of the registry of a Windows of Wine's.
var registries = []string{"system.reg", "user.reg", "userdef.reg"}

// saved is a Windows as it was when it was stopped: a copy of all that a repair changes.
type saved struct {
	p   *testkit.WinePrefix
	dir string
}

// save stops a Windows and copies what a repair changes of it.
func save(t *testing.T, p *testkit.WinePrefix) *saved {
	t.Helper()
	p.Stop(t)
	s := &saved{p, t.TempDir()}
	for i, folder := range changed {
		copyFolder(t, p.Path(folder), s.folder(i))
	}
	for _, name := range registries {
		if err := os.WriteFile(filepath.Join(s.dir, name), testkit.ReadFile(t, filepath.Join(p.Dir, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *saved) folder(i int) string { return filepath.Join(s.dir, "folder", string(rune('0'+i))) }

// restore stops that Windows and lets it be as it was.
func (s *saved) restore(t *testing.T) {
	t.Helper()
	s.p.Stop(t)
	for i, folder := range changed {
		to := s.p.Path(folder)
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
		copyFolder(t, s.folder(i), to)
	}
	for _, name := range registries {
		if err := os.WriteFile(filepath.Join(s.p.Dir, name), testkit.ReadFile(t, filepath.Join(s.dir, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// copyFolder copies a folder with its permissions, which updoc trusts or does not; of one that
// is not there nothing.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if _, err := os.Stat(from); os.IsNotExist(err) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, "cp", "-a", from, to)
}

// journals is the folder that updoc keeps them in.
const journals = `C:\ProgramData\updoc\journals`

// journaled counts the records in the journals of a Windows.
func journaled(t *testing.T, p *testkit.WinePrefix) (n int) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(p.Path(journals), "*", "log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		n += bytes.Count(testkit.ReadFile(t, log), []byte("\n"))
	}
	return n
}

func verdictOf(t *testing.T, r testkit.Result, remedy string) string {
	t.Helper()
	var receipt model.Receipt
	if err := json.Unmarshal(r.Out, &receipt); err != nil {
		t.Fatalf("%d %s%s: %v", r.Code, r.Out, r.Err, err)
	}
	i := slices.IndexFunc(receipt.Steps, func(s model.ReceiptStep) bool { return s.Remedy == remedy })
	if i < 0 {
		return ""
	}
	return receipt.Steps[i].Verdict
}

// timesOf are the times of keys in the file of Wine's registry.
var timesOf = regexp.MustCompile(`(?m)(^#time=.*\n| \d+$)`)

// stateOf stops a Windows and returns all of its registry but the times, and the files that
// a repair changes, but not updoc's own.
func stateOf(t *testing.T, p *testkit.WinePrefix) string {
	t.Helper()
	p.Stop(t)
	all := timesOf.ReplaceAllString(string(testkit.ReadFile(t, filepath.Join(p.Dir, "system.reg"))), "")
	keys := slices.DeleteFunc(strings.Split(all, "\n\n"), func(key string) bool {
		return strings.HasPrefix(key, `[System\\CurrentControlSet\\Control\\Class`) // of the hardware, which each start writes anew
	})
	for _, folder := range changed[1:] {
		keys = append(keys, filesIn(t, p.Path(folder))...)
	}
	return strings.Join(keys, "\n\n")
}

// filesIn are all files of a folder with what they hold; none, if there is no folder.
func filesIn(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, name+":\n"+string(testkit.ReadFile(t, name)))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// same compares two states of a Windows.
func same(t *testing.T, when, want, got string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: lost:\n%s\nadded:\n%s", when, differences(want, got), differences(got, want))
	}
}

func lines(s string) []string { return strings.Split(s, "\n") }

// differences are the lines of one text that the other lacks.
func differences(of, without string) string {
	have := map[string]bool{}
	for _, line := range lines(without) {
		have[line] = true
	}
	return strings.Join(slices.DeleteFunc(lines(of), func(line string) bool { return have[line] }), "\n")
}
