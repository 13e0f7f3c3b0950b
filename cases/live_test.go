package cases_test

import (
	"slices"
	"strings"
	"testing"

	"updoc/cases"
	"updoc/doctor"
	"updoc/model"
	"updoc/source/live"
	"updoc/source/live/simulated"
)

// checkLive looks at the PC of a disk while its Windows runs: an administrator gets the
// diagnosis of the disk d, a normal user at most a less certain one.
func checkLive(t *testing.T, story cases.Story, path string, d *model.Diagnosis) {
	t.Helper()
	admin := examineLive(t, path, simulated.Options{Admin: true, Volatile: volatileKeys(d)})
	sameDiagnosis(t, story, admin, d)
	user := examineLive(t, path, simulated.Options{Volatile: volatileKeys(d)})
	lessCertain(t, user, d)
}

// volatileKeys are the keys in memory that stand for what a disk shows of a restart that
// is waited for.
func volatileKeys(d *model.Diagnosis) []string {
	if p := d.Machine.Pending; p.Any.Known && p.Any.Value {
		return []string{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`}
	}
	return nil
}

func examineLive(t *testing.T, path string, opts simulated.Options) *model.Diagnosis {
	t.Helper()
	w, err := simulated.New(t.Context(), opts, path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	src, err := live.Open(t.Context(), w.System(), live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := doctor.Examine(t.Context(), src, doctor.Options{Now: when})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Close(); err != nil || w.Shadows() != 0 {
		t.Errorf("closed with %v, %d shadow copies left", err, w.Shadows())
	}
	if n := w.Asked["shadow-copy"]; n > 1 || !opts.Admin && n > 0 {
		t.Errorf("%d shadow copies were made", n)
	}
	return d
}

func sameDiagnosis(t *testing.T, story cases.Story, got, want *model.Diagnosis) {
	t.Helper()
	if got.Outcome != want.Outcome || got.ExitCode != want.ExitCode {
		t.Errorf("live: outcome %s, exit %d; disk: %s, %d", got.Outcome, got.ExitCode, want.Outcome, want.ExitCode)
	}
	if a, b := names(got.Failures), names(want.Failures); !slices.Equal(a, b) {
		t.Errorf("live: failures %v; disk: %v", a, b)
		return
	}
	for i := range want.Failures {
		f, w := got.Failures[i], want.Failures[i]
		if f.Code != w.Code || f.InnerCode != w.InnerCode || f.Stage != w.Stage || f.Outcome != w.Outcome || f.Title != w.Title || f.UpdateID != w.UpdateID {
			t.Errorf("live: %s %s %s %s %q; disk: %s %s %s %s %q", f.Code, f.InnerCode, f.Stage, f.Outcome, f.Title, w.Code, w.InnerCode, w.Stage, w.Outcome, w.Title)
		}
		if a, b := verdicts(got.Failures[i].Causes), verdicts(want.Failures[i].Causes); a != b {
			t.Errorf("live: %s; disk: %s", a, b)
		}
	}
	if a, b := len(got.Machine.Boot.Boots.Items)+len(got.Machine.WinRE.Events.Items), len(want.Machine.Boot.Boots.Items)+len(want.Machine.WinRE.Events.Items); a != b {
		t.Errorf("live: %d events of starts and of the recovery environment; disk: %d", a, b)
	}
	if a, b := ids(got.Conditions), ids(want.Conditions); !slices.Equal(a, b) {
		t.Errorf("live: conditions %v; disk: %v", a, b)
	}
	if a, b := remedies(got.Plan), remedies(want.Plan); !slices.Equal(a, b) {
		t.Errorf("live: plan %v; disk: %v", a, b)
	}
}

// lessCertain wants nothing confirmed that the whole disk does not confirm.
func lessCertain(t *testing.T, got, want *model.Diagnosis) {
	t.Helper()
	sure := map[string]bool{}
	for _, f := range want.Failures {
		for _, c := range f.Causes {
			sure[f.KB+" "+c.ID] = c.Verdict == model.VerdictConfirmed || sure[f.KB+" "+c.ID]
		}
	}
	for _, f := range got.Failures {
		for _, c := range f.Causes {
			if c.Verdict == model.VerdictConfirmed && !sure[f.KB+" "+c.ID] {
				t.Errorf("a normal user is told that %s of %s is confirmed; disk: %v", c.ID, f.KB, want.Failures)
			}
		}
	}
	if !slices.ContainsFunc(got.Unseen, func(u model.UnseenEntry) bool { return u.How == model.HowAdmin }) {
		t.Errorf("a normal user is not told to run it as administrator: %s", strings.Join(hows(got), " "))
	}
}

func hows(d *model.Diagnosis) []string {
	var out []string
	for _, u := range d.Unseen {
		out = append(out, u.Artifact+":"+u.How)
	}
	return out
}
