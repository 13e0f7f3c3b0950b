// Every story of our own must get the diagnosis and plan of its expect.yaml and the
// reports of report.en.txt and report.ja.txt. Each PC is built as a real disk, as a
// folder and as a bundle; all three must agree, a folder perhaps less certainly.
package cases_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/casekit"
	"updoc/cases"
	"updoc/doctor"
	"updoc/knowledge"
	"updoc/model"
	"updoc/report"
	"updoc/source"
	"updoc/source/bundle"
	"updoc/testkit"
)

var update = flag.Bool("update", false, "write the reports anew")

// when is the time of every look, so that reports stay the same.
var when = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func TestCasebook(t *testing.T) {
	for _, story := range stories(t, cases.Own, ".") {
		t.Run(story.ID, func(t *testing.T) {
			t.Parallel()
			t.Run("folder", func(t *testing.T) { checkFolder(t, story) })
			t.Run("disk", func(t *testing.T) { checkDisk(t, story) })
		})
	}
}

func stories(t *testing.T, load func(string) ([]cases.Story, error), dir string) []cases.Story {
	t.Helper()
	all, err := load(dir)
	if err != nil || len(all) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	return all
}

func checkFolder(t *testing.T, story cases.Story) {
	dir := t.TempDir()
	if err := story.PC.Folder(dir); err != nil {
		t.Fatal(err)
	}
	check(t, examine(t, dir), asFolder(story.Want))
}

// asFolder turns the expectation for a disk into that for a folder.
func asFolder(e cases.Expectation) cases.Expectation {
	e.Failures = slices.Clone(e.Failures)
	e.Plan, e.Conditions = nil, nil // both turn on the disk
	if e.Folder.Outcome != "" {
		e.Outcome = e.Folder.Outcome
	}
	if e.Folder.Exit != nil {
		e.Exit = *e.Folder.Exit
	}
	for i := range e.Failures {
		f := &e.Failures[i]
		f.Refined = nil
		if e.Folder.Verdict != "" && f.Cause != "" {
			f.Verdict = e.Folder.Verdict
		}
		if e.Folder.Cause != nil && i == 0 {
			f.Cause = *e.Folder.Cause
		}
	}
	return e
}

func checkDisk(t *testing.T, story cases.Story) {
	path := disk(t, story)
	d, want := examine(t, path), story.Want
	check(t, d, want)
	checkLive(t, story, path, d)
	if !slices.Equal(ids(d.Conditions), want.Conditions) {
		t.Errorf("conditions %v, want %v", ids(d.Conditions), want.Conditions)
	}
	if got := remedies(d.Plan); !slices.Equal(got, want.Plan) {
		t.Errorf("plan %v, want %v", got, want.Plan)
	}
	checkOps(t, d)
	checkReports(t, story.Dir, d)
	for _, masked := range []bool{false, true} {
		checkBundle(t, d, masked)
	}
}

// disk builds the disk of a story and returns its path.
func disk(t *testing.T, story cases.Story) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), story.ID+".img")
	err := story.PC.Disk(t.Context(), path)
	var missing *casekit.MissingToolError
	if errors.As(err, &missing) {
		testkit.Need(t, false, strings.Join(missing.Tools, ", "))
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func examine(t *testing.T, path string) *model.Diagnosis {
	t.Helper()
	src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return examineSource(t, src)
}

func examineSource(t *testing.T, src source.Source) *model.Diagnosis {
	t.Helper()
	d, err := doctor.Examine(context.Background(), src, doctor.Options{Now: when})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func check(t *testing.T, d *model.Diagnosis, e cases.Expectation) {
	t.Helper()
	if d.Outcome != e.Outcome || d.ExitCode != e.Exit {
		t.Errorf("outcome %s, exit %d; want %s, %d", d.Outcome, d.ExitCode, e.Outcome, e.Exit)
	}
	if len(d.Failures) != len(e.Failures) {
		t.Errorf("%d failures, want %d: %+v", len(d.Failures), len(e.Failures), names(d.Failures))
		return
	}
	for i, f := range d.Failures {
		checkFailure(t, f, e.Failures[i])
	}
}

func checkFailure(t *testing.T, f model.Failure, e cases.WantFailure) {
	t.Helper()
	if f.KB != e.KB || f.Outcome != e.Outcome || (e.Stage != "" && f.Stage != e.Stage) || (e.Code != "" && f.Code != e.Code) {
		t.Errorf("failure %s %s %s %s; want %s %s %s %s", f.KB, f.Outcome, f.Stage, f.Code, e.KB, e.Outcome, e.Stage, e.Code)
	}
	top := model.Cause{}
	if len(f.Causes) > 0 {
		top = f.Causes[0]
	}
	if e.Verdict == model.VerdictPossible {
		checkOpen(t, f, e.Cause)
		return
	}
	if e.Cause != "" && (top.ID != e.Cause || top.Verdict != e.Verdict) {
		t.Errorf("%s: cause %s %s (%.3f); want %s %s; all: %s", f.KB, top.ID, top.Verdict, top.Probability, e.Cause, e.Verdict, verdicts(f.Causes))
	}
	if e.Cause == "" && (top.Verdict == model.VerdictConfirmed || top.Verdict == model.VerdictLikely) {
		t.Errorf("%s: cause %s %s; none can be named", f.KB, top.ID, top.Verdict)
	}
	if got := refined(f.Causes, e.Cause); e.Refined != nil && !slices.Equal(got, e.Refined) {
		t.Errorf("%s: refined by %v, want %v", f.KB, got, e.Refined)
	}
}

// checkOpen wants nothing named as sure, and the true cause still in the running.
func checkOpen(t *testing.T, f model.Failure, truth string) {
	t.Helper()
	running := false
	for _, c := range f.Causes {
		if c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely {
			t.Errorf("%s: %s is %s although too little was seen", f.KB, c.ID, c.Verdict)
		}
		running = running || (c.ID == truth && c.Verdict == model.VerdictPossible)
	}
	if !running {
		t.Errorf("%s: %s is out of the running: %s", f.KB, truth, verdicts(f.Causes))
	}
}

func checkReports(t *testing.T, dir string, d *model.Diagnosis) {
	t.Helper()
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	shown := *d
	shown.Source.Path = filepath.Base(dir) + ".img"
	for _, lang := range []string{"en", "ja"} {
		var out bytes.Buffer
		if err := report.Write(&out, &shown, base, report.Options{Format: "text", Lang: lang}); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join(dir, "report."+lang+".txt")
		if *update {
			if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(want, out.Bytes()) {
			t.Errorf("%s differs (%v); run with -update and read the difference", golden, err)
		}
	}
}

// checkBundle writes the facts to a bundle and wants the same diagnosis from it.
func checkBundle(t *testing.T, d *model.Diagnosis, masked bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.zip")
	var buf bytes.Buffer
	opts := bundle.Options{Tool: doctor.Tool, Source: d.Source, Time: when, Masked: masked}
	if err := errors.Join(bundle.Write(&buf, &d.Machine, opts), os.WriteFile(path, buf.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	src, err := bundle.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	again := examineSource(t, src)
	if again.Outcome != d.Outcome || !slices.Equal(remedies(again.Plan), remedies(d.Plan)) {
		t.Errorf("bundle (masked %v): %s %v; disk: %s %v", masked, again.Outcome, remedies(again.Plan), d.Outcome, remedies(d.Plan))
	}
	for i := range d.Failures {
		if got, want := verdicts(again.Failures[i].Causes), verdicts(d.Failures[i].Causes); got != want {
			t.Errorf("bundle (masked %v): %s; disk: %s", masked, got, want)
		}
	}
}
