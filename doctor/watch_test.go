package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
)

// keepsFailing is a PC on which an update fails until it was installed so often; codes are
// those of each failure, the last one again and again.
func keepsFailing(t testing.TB, good int, codes ...string) *sickPC {
	pc := newSickPC(t, nil)
	tries := 0
	pc.remedy[retryUpdate] = []host.Op{{Kind: host.InstallUpdate, Name: "id"}}
	pc.do[host.InstallUpdate] = func(host.Op) error { tries++; return nil }
	begin := pc.now.Add(-time.Hour)
	pc.change = func(m *model.Machine) {
		var all []model.Attempt
		for i := 0; i <= tries; i++ {
			at := begin.Add(time.Duration(i) * time.Minute)
			a := model.Attempt{ID: "a", KB: "KB5011048", Title: "Update (KB5011048)", Start: at, End: at, Stage: model.StageInstall, Outcome: model.AttemptFailed, Code: codes[min(i, len(codes)-1)]}
			if i > 0 && i >= good && good > 0 {
				a.Outcome, a.Code = model.AttemptInstalled, ""
			}
			all = append(all, a)
		}
		m.Attempts = model.Complete(all)
	}
	return pc
}

func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		good    int
		codes   []string
		o       WatchOptions
		verdict string
		stopped string
		tries   int
	}{
		"in at the second try":  {2, []string{"0x80070643", "0x80070643"}, WatchOptions{Tries: 5}, model.VerifyCured, "", 2},
		"the same again":        {0, []string{"0x80070643"}, WatchOptions{Tries: 9}, model.VerifyFailing, model.StoppedSameAgain, 2},
		"often enough":          {0, []string{"0x80070643", "0x80070005", "0x80070002"}, WatchOptions{Tries: 2}, model.VerifyFailing, model.StoppedTries, 2},
		"time is up":            {0, []string{"0x80070643", "0x80070005", "0x80070002", "0x80070003"}, WatchOptions{Tries: 9, Budget: 20 * time.Minute}, model.VerifyFailing, model.StoppedBudget, 2},
		"without limits, twice": {0, []string{"0x80070643", "0x80070005"}, WatchOptions{}, model.VerifyFailing, model.StoppedTries, 1},
	} {
		pc := keepsFailing(t, c.good, c.codes...)
		c.o.FixOptions, c.o.KB = pc.options(journals(t)), "KB5011048"
		v, _, err := Watch(t.Context(), pc, c.o)
		if err != nil {
			t.Fatal(name, err)
		}
		if v.Verdict != c.verdict || v.Stopped != c.stopped || v.Tries != c.tries {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// What an offline repair left for this Windows is done once, checked against the facts,
// and set aside.
func TestFollowUp(t *testing.T) {
	plan := model.FollowUp{Schema: model.FollowUpSchema, Steps: []model.FollowUpStep{{ID: "s1", Remedy: "winre-enable"}, {ID: "s2", Remedy: "no-such-remedy"}}}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	pc, folder := newSickPC(t, nil), journals(t)
	pc.followUp = text
	pc.put(followUpPath, text)
	f, err := ResumeLive(t.Context(), pc, pc.options(folder))
	r := fixed(t, f, err)
	if r.Verdict != model.FixCured || stepOf(r, "winre-enable").Verdict != model.StepDone || pc.has(followUpPath) {
		t.Errorf("%+v", r)
	}
	pc, folder = newSickPC(t, nil), journals(t)
	pc.followUp, pc.stranger = text, true
	_, err = ResumeLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "follow-up-not-trusted", 6)
	if len(pc.log) > 0 {
		t.Error("somebody's plan was carried out:", pc.log)
	}
	pc, folder = newSickPC(t, nil), journals(t)
	pc.followUp = text
	opts := pc.options(folder)
	asked := 0
	opts.Confirm = func(*Proposal) (bool, error) { asked++; return false, nil }
	_, err = ResumeLive(t.Context(), pc, opts)
	wantError(t, err, "declined", 130)
	if asked != 1 || len(pc.log) > 0 {
		t.Error("who is there is asked:", asked, pc.log)
	}
	for name, text := range map[string]string{"cut off": string(text[:20]), "of another kind": `{"schema":"x"}`} {
		pc := newSickPC(t, nil)
		pc.followUp = []byte(text)
		_, err := ResumeLive(t.Context(), pc, pc.options(journals(t)))
		t.Log(name)
		wantError(t, err, "follow-up-damaged", 6)
	}
}

// A plan that asks for nothing is none: it does not let everything be done.
func TestEmptyFollowUp(t *testing.T) {
	pc := newSickPC(t, nil)
	pc.followUp = []byte(`{"schema":"` + model.FollowUpSchema + `","steps":[]}`)
	_, err := ResumeLive(t.Context(), pc, pc.options(journals(t)))
	wantError(t, err, "nothing-to-resume", 0)
	if len(pc.log) > 0 {
		t.Error("what nobody asked for was done:", pc.log)
	}
}

// A plan that was left names no file, but for the package that was left with it.
func TestLeftParameters(t *testing.T) {
	const left = `\ProgramData\updoc\safe-os\kb.cab`
	got := harmless(model.Args{"msi-package": `C:\Users\Public\evil.msi`, "package": left, "kb": "KB5034441", "count": int64(2)}, "msi-package")
	if want := (model.Args{"package": left, "kb": "KB5034441", "count": int64(2)}); !maps.Equal(got, want) {
		t.Error(got)
	}
	for _, bad := range []string{`C:\x.cab`, `\ProgramData\updoc\safe-os\..\x.cab`, ""} {
		if got := harmless(model.Args{"package": bad}, ""); len(got) > 0 {
			t.Error(got)
		}
	}
}

// How a watch ends other than by tries and time: the error was a false one, a person
// stopped it, something is waited for, or nothing may be begun.
func TestWatchEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	pc := keepsFailing(t, 0, "0x80070643", "0x80070005", "0x80070002")
	installs := 0
	pc.do[host.InstallUpdate] = func(host.Op) error { installs++; stop(); return nil }
	o := WatchOptions{FixOptions: pc.options(journals(t)), KB: "KB5011048", Tries: 9}
	v, f, err := Watch(ctx, pc, o)
	if !errors.Is(err, context.Canceled) && !isHalfDone(err) || v != nil || installs != 1 {
		t.Errorf("stopped by a person: %+v %+v %v, %d installed", v, f, err, installs)
	}

	pc = keepsFailing(t, 0, "0x80070643")
	pc.do[host.InstallUpdate] = func(host.Op) error { return &host.Interrupted{For: model.WaitRestart} }
	o = WatchOptions{FixOptions: pc.options(journals(t)), KB: "KB5011048", Tries: 9}
	o.NoRestart = true
	v, f, err = Watch(t.Context(), pc, o)
	if err != nil || v.Stopped != "" || f.Receipt.Waiting == nil || v.Tries != 1 || !pc.goOn || pc.restart != 0 {
		t.Errorf("a restart is waited for: %+v %+v %v", v, f, err)
	}

	pc = keepsFailing(t, 0, "0x80070643")
	more := pc.change
	pc.change = func(m *model.Machine) { more(m); m.Live.Cluster = model.Known(true, model.Origin{}) }
	o = WatchOptions{FixOptions: pc.options(journals(t)), KB: "KB5011048", Tries: 9}
	v, f, err = Watch(t.Context(), pc, o)
	if err != nil || f == nil || f.Receipt.Verdict != model.FixRefused || v.Stopped != "" || v.Tries != 1 || len(pc.log) > 0 {
		t.Errorf("refused: %+v %+v %v", v, f, err)
	}

	pc = newSickPC(t, nil)
	pc.change = func(m *model.Machine) {
		at := pc.now.Add(-time.Hour)
		m.Attempts = model.Complete([]model.Attempt{{ID: "a", KB: "KB5011048", Start: at, End: at, Stage: model.StageInstall, Outcome: model.AttemptInstalled}})
	}
	o = WatchOptions{FixOptions: pc.options(journals(t)), KB: "KB5011048", Tries: 9}
	if v, f, err = Watch(t.Context(), pc, o); err != nil || f != nil || v.Verdict != model.VerifyCured || v.Tries != 0 || len(pc.log) > 0 {
		t.Errorf("it was in before: %+v %+v %v", v, f, err)
	}
}

// Another update that is being installed for hours does not end a watch that has time, and
// is no second failure; the person is asked once.
func TestWatchOutlastsAnotherUpdate(t *testing.T) {
	for name, c := range map[string]struct {
		busy    int // tries in which it is installed
		tries   int
		verdict string
		stopped string
	}{
		"it ends":     {2, 5, model.VerifyCured, ""},
		"it does not": {9, 3, model.VerifyFailing, model.StoppedTries},
	} {
		pc := keepsFailing(t, 2, "0x80070643", "0x80070005")
		more, end := pc.change, pc.now.Add(time.Duration(c.busy)*(watchBetween+15*time.Minute))
		pc.change = func(m *model.Machine) {
			more(m)
			m.Live.UpdateRunning = model.Known(pc.now.Before(end), model.Origin{})
		}
		o := WatchOptions{FixOptions: pc.options(journals(t)), KB: "KB5011048", Tries: c.tries}
		o.Wait = 10 * time.Minute
		asked := 0
		o.Confirm = func(p *Proposal) (bool, error) { asked++; return true, nil }
		v, _, err := Watch(t.Context(), pc, o)
		if err != nil || v.Verdict != c.verdict || v.Stopped != c.stopped || asked > 1 {
			t.Errorf("%s: %+v, %v, asked %d times", name, v, err, asked)
		}
	}
}

func isHalfDone(err error) bool { return codeOf(err) == "live-half-done" }

// What is no result is refused before it is read: anybody may have put it there.
func TestResultIsBounded(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"as large as a disk": func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40)) },
		"a folder":           func(path string) error { return os.Mkdir(path, 0o700) },
		"something else":     func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
	} {
		folder := journals(t)
		if err := os.MkdirAll(filepath.Dir(resultPath(folder)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := put(resultPath(folder)); err != nil {
			t.Fatal(err)
		}
		if _, err := LastResult(folder); codeOf(err) != "result-not-readable" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A backup that was made is named by the receipt, also by the one that is kept for whoever
// signs in, and after a restart.
func TestReceiptNamesTheBackup(t *testing.T) {
	pc, folder := waiting(t, 1), journals(t)
	o := pc.options(folder)
	o.Backed, o.Backup = true, `E:\copies`
	f, err := FixLive(t.Context(), pc, o)
	if r := fixed(t, f, err); r.Backup != o.Backup {
		t.Errorf("%+v", r)
	}
	pc.boot()
	f, err = ResumeLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Backup != o.Backup || r.Verdict != model.FixCured {
		t.Errorf("%+v", r)
	}
	if r, err := LastResult(folder); err != nil || r.Backup != o.Backup {
		t.Error(r, err)
	}
}
