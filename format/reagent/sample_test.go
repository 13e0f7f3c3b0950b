package reagent

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// samples returns the folder of real artefacts, or skips the test; in CI its absence is a failure.
func samples(t *testing.T) string {
	t.Helper()
	const path = "../../../shared/samples"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("needs the samples in %s", path)
	}
	t.Skipf("needs the samples in %s", path)
	return ""
}

type truth struct {
	Truth struct {
		Version  string
		Expected struct {
			BCD          string
			Build        string
			GUID         string
			InstallState string `json:"install_state"`
			Offset       string
			Path         string
			Scheduled    *string
			Staged       *string
		}
	}
}

func TestSamplesEqualTruth(t *testing.T) {
	folder := samples(t)
	b, err := os.ReadFile(filepath.Join(folder, "TRUTH.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, raw := range all {
		if !strings.HasPrefix(name, "xml/ReAgent") {
			continue
		}
		n++
		var want truth
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { checkSample(t, filepath.Join(folder, name), want) })
	}
	if n != 4 {
		t.Errorf("%d samples", n)
	}
}

// checkSample compares with the truth, and writes the file again: apart from mark and line ends the text must be the same.
func checkSample(t *testing.T, path string, want truth) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(b)
	if err != nil || len(c.Problems) > 0 {
		t.Fatal(err, c.Problems)
	}
	e := want.Truth.Expected
	got := []string{c.Version, fullGUID(c.BCD), c.OSBuild, fullGUID(c.Location.GUID), c.InstallState,
		strconv.FormatUint(c.Location.Offset, 10), c.Location.Path, c.ScheduledOperation, c.WinREStaged}
	wanted := []string{want.Truth.Version, e.BCD, e.Build, e.GUID, e.InstallState, e.Offset, e.Path, deref(e.Scheduled), deref(e.Staged)}
	if strings.Join(got, "|") != strings.Join(wanted, "|") {
		t.Errorf("got  %q\nwant %q", got, wanted)
	}
	written := strings.ReplaceAll(strings.TrimPrefix(string(c.Format()), "\ufeff"), "\r", "")
	read := strings.TrimSpace(string(b))
	if !strings.HasPrefix(read, "<?xml") {
		_, written, _ = strings.Cut(written, "\n\n")
	}
	if written != read {
		t.Errorf("written:\n%s\nread:\n%s", written, read)
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
