package reagent

import (
	"strconv"
	"strings"
	"testing"

	"updoc/testkit"
)

type truth struct {
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

func TestSamplesEqualTruth(t *testing.T) {
	all := testkit.Truth[truth](t, "xml/ReAgent")
	for name, want := range all {
		t.Run(name, func(t *testing.T) { checkSample(t, name, want) })
	}
	if len(all) != 4 {
		t.Errorf("%d samples", len(all))
	}
}

// checkSample compares with the truth, and writes the file again: apart from mark and line ends the text must be the same.
func checkSample(t *testing.T, name string, want truth) {
	t.Helper()
	b := testkit.SampleBytes(t, name)
	c, err := Parse(b)
	if err != nil || len(c.Problems) > 0 {
		t.Fatal(err, c.Problems)
	}
	e := want.Expected
	got := []string{c.Version, fullGUID(c.BCD), c.OSBuild, fullGUID(c.Location.GUID), c.InstallState,
		strconv.FormatUint(c.Location.Offset, 10), c.Location.Path, c.ScheduledOperation, c.WinREStaged}
	wanted := []string{want.Version, e.BCD, e.Build, e.GUID, e.InstallState, e.Offset, e.Path, deref(e.Scheduled), deref(e.Staged)}
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
