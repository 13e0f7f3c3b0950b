package casekit

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"updoc/format/evtx"
	"updoc/format/regf"
)

// tool skips the test by name if a program is absent; in CI that is a failure.
func tool(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("needs %s", name)
			}
			t.Skipf("needs %s", name)
		}
	}
}

// folder builds a case as a folder.
func folder(t *testing.T, pc *PC) string {
	t.Helper()
	dir := t.TempDir()
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFolderIsTheSameEachTime(t *testing.T) {
	pc := load(t, "winre-too-small-after-os")
	a, b := folder(t, pc), folder(t, load(t, "winre-too-small-after-os"))
	n := 0
	err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		rel, _ := filepath.Rel(a, path)
		if !bytes.Equal(read(t, path), read(t, b, rel)) {
			t.Errorf("%s differs", rel)
		}
		return nil
	})
	if err != nil || n < 30 {
		t.Errorf("%d files, error %v", n, err)
	}
}

func TestFolderTellsTheStory(t *testing.T) {
	dir := folder(t, load(t, "winre-too-small-after-os"))
	report := string(bytes.ReplaceAll(read(t, dir, "Windows/SoftwareDistribution/ReportingEvents.log"), []byte{0}, nil))
	if n := strings.Count(report, "182 [AGENT_INSTALLING_FAILED]"); n != 7 { // six of the KB, one Store app
		t.Errorf("ReportingEvents.log: %d failed installations, want 7", n)
	}
	cbs := string(read(t, dir, "Windows/Logs/CBS/CBS.log"))
	if n := strings.Count(cbs, "finalized. Reboot required: no [HRESULT = 0x800f0828"); n != 6 {
		t.Errorf("CBS.log: %d sessions failed for lack of room, want 6", n)
	}
	f, err := os.Open(filepath.Join(dir, "Windows/System32/winevt/Logs/System.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_ = evtx.Options{}
	_ = regf.BuildOptions{}
}
