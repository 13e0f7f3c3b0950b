package collect

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/format/reportingevents"
	"updoc/model"
)

// line is a line of ReportingEvents.log.
func line(when time.Time, id int, name, title, updateID string, code uint32) reportingevents.Event {
	e := reportingevents.Event{Time: when, Zone: 9 * 3600, ID: id, Name: name, Category: 101, UpdateID: "{" + updateID + "}",
		GUID: "{2c3c39fa-fc0f-4f44-9049-d2aa53b27ffb}", Revision: 200, HRESULT: code, Client: "UpdateOrchestrator",
		Status: "Success", Content: "Content Install", Message: "Installation: " + title}
	if code&0x80000000 != 0 {
		e.Status, e.Message = "Failure", fmt.Sprintf("Installation Failure: Windows failed to install the following update with error 0x%08x: %s", code, title)
	}
	return e
}

func (f *fake) putReporting(events ...reportingevents.Event) {
	var b []byte
	for _, e := range events {
		b = reportingevents.Append(b, e)
	}
	f.put(reportingPath, b)
}

// winreAttempt is one failing try of KB5034441 in both histories.
func winreAttempt(base time.Time) ([]evtx.Event, []reportingevents.Event) {
	at := func(s int) time.Time { return base.Add(time.Duration(s) * time.Second) }
	return []evtx.Event{
			update(44, at(0), winreTitle, winreID, 0),
			update(43, at(20), winreTitle, winreID, 0),
			agentFailed(at(90), 2, -2146498520),
			update(20, at(95), winreTitle, winreID, 0x8024200b),
		}, []reportingevents.Event{
			line(at(1), 167, reportingevents.DownloadStarted, winreTitle, winreID, 0),
			line(at(15), 162, reportingevents.DownloadSucceeded, winreTitle, winreID, 0),
			line(at(21), 181, reportingevents.InstallingStarted, winreTitle, winreID, 0),
			line(at(97), 182, reportingevents.InstallingFailed, winreTitle, winreID, 0x80070643),
		}
}

// What Settings and the event log say of one try is one attempt: the code of
// Settings, and behind it the one WinREAgent tells.
func TestOneAttemptOfTwoHistories(t *testing.T) {
	events, lines := winreAttempt(at("03:00:00"))
	src := withSystem(t, events...)
	src.putReporting(lines...)
	m := look(t, src)
	if len(m.Attempts.Items) != 1 {
		t.Fatalf("%d attempts: %+v", len(m.Attempts.Items), m.Attempts.Items)
	}
	a := m.Attempts.Items[0]
	if a.KB != "KB5034441" || a.Code != "0x80070643" || a.InnerCode != "0x800f0828" || a.Stage != model.StageInstall || a.Outcome != model.AttemptFailed {
		t.Errorf("attempt: %+v", a)
	}
	if a.Title != winreTitle || a.UpdateID != winreID || a.Revision != 200 || a.Store || a.Client != "UpdateOrchestrator" {
		t.Errorf("identity: %+v", a)
	}
	if a.Inner.Artifact != "evtx" || a.Origin.Artifact != "reportingevents" || a.Origin.Line != 4 {
		t.Errorf("origins: %+v, %+v", a.Origin, a.Inner)
	}
	if !a.Start.Equal(at("03:00:00")) || len(a.Records) != 8 {
		t.Errorf("start %v, %d records", a.Start, len(a.Records))
	}
}

// Each history alone gives the same attempt, with the code it knows.
func TestOneHistoryAlone(t *testing.T) {
	events, lines := winreAttempt(at("03:00:00"))
	m := look(t, withSystem(t, events...))
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x8024200b" || a[0].InnerCode != "0x800f0828" {
		t.Errorf("events alone: %+v", a)
	}
	src := newFake(softwareKeys(), systemKeys())
	src.putReporting(lines...)
	m = look(t, src)
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "" {
		t.Errorf("reporting alone: %+v", a)
	}
	if !m.Attempts.Coverage.Covers(at("03:01:00")) || m.Attempts.Coverage.Covers(at("02:00:00")) {
		t.Errorf("coverage: %+v", m.Attempts.Coverage)
	}
}

// The same event in System and in the client's own log is one event; tries a minute
// apart are two attempts.
func TestRetries(t *testing.T) {
	one, _ := winreAttempt(at("03:00:00"))
	two, _ := winreAttempt(at("03:03:00"))
	src := withSystem(t, append(slices.Clone(one), two...)...)
	src.putLog(t, clientLog, append(slices.Clone(one[:2]), two[3])...)
	m := look(t, src)
	if len(m.Attempts.Items) != 2 {
		t.Fatalf("%d attempts: %+v", len(m.Attempts.Items), m.Attempts.Items)
	}
	for _, a := range m.Attempts.Items {
		if a.Outcome != model.AttemptFailed || a.InnerCode != "0x800f0828" {
			t.Errorf("attempt: %+v", a)
		}
	}
	if m.Attempts.Items[0].ID == m.Attempts.Items[1].ID {
		t.Error("two attempts have one id")
	}
}

func TestStages(t *testing.T) {
	const id, title = "5f4f7e5b-0000-4000-8000-000000001234", "2024-01 Cumulative Update for Windows 10 (KB5034122)"
	for _, c := range []struct {
		name           string
		events         []evtx.Event
		stage, outcome string
	}{
		{"download failed", []evtx.Event{update(44, at("01:00:00"), title, id, 0), update(31, at("01:10:00"), title, id, 0x80246007)}, model.StageDownload, model.AttemptFailed},
		{"install failed", []evtx.Event{update(44, at("01:00:00"), title, id, 0), update(41, at("01:05:00"), title, id, 0), update(43, at("04:00:00"), title, id, 0), update(20, at("04:30:00"), title, id, 0x800f0922)}, model.StageInstall, model.AttemptFailed},
		{"commit failed", slices.Concat([]evtx.Event{update(43, at("04:00:00"), title, id, 0)}, start(at("04:20:00"), 0), []evtx.Event{update(20, at("04:30:00"), title, id, 0x800f0922)}), model.StageCommit, model.AttemptFailed},
		{"installed after restart", slices.Concat([]evtx.Event{update(43, at("04:00:00"), title, id, 0)}, start(at("04:20:00"), 0), []evtx.Event{update(19, at("04:30:00"), title, id, 0)}), model.StageCommit, model.AttemptInstalled},
		{"waits for restart", []evtx.Event{update(43, at("04:00:00"), title, id, 0), ev(updateClient, 22, at("04:10:00"), text("updatelist", "- "+title))}, model.StageInstall, model.AttemptPending},
		{"success code is no failure", []evtx.Event{update(43, at("04:00:00"), title, id, 0), update(20, at("04:10:00"), title, id, 0x00240006)}, model.StageInstall, model.AttemptInstalled},
		{"no end", []evtx.Event{update(44, at("01:00:00"), title, id, 0)}, model.StageDownload, model.AttemptOpen},
	} {
		m := look(t, withSystem(t, c.events...))
		if len(m.Attempts.Items) != 1 {
			t.Errorf("%s: %d attempts: %+v", c.name, len(m.Attempts.Items), m.Attempts.Items)
			continue
		}
		if a := m.Attempts.Items[0]; a.Stage != c.stage || a.Outcome != c.outcome {
			t.Errorf("%s: stage %s, outcome %s; want %s, %s", c.name, a.Stage, a.Outcome, c.stage, c.outcome)
		}
	}
}

func TestPendingThenDone(t *testing.T) {
	const id, title = "5f4f7e5b-0000-4000-8000-000000001234", "2024-01 Cumulative Update for Windows 10 (KB5034122)"
	src := newFake(softwareKeys(), systemKeys())
	src.putReporting(line(at("04:00:00"), 181, reportingevents.InstallingStarted, title, id, 0),
		line(at("04:10:00"), 201, reportingevents.InstallingPending, title, id, 0x00240005))
	if a := look(t, src).Attempts.Items; len(a) != 1 || a[0].Outcome != model.AttemptPending {
		t.Fatalf("pending: %+v", a)
	}
	src.putReporting(line(at("04:00:00"), 181, reportingevents.InstallingStarted, title, id, 0),
		line(at("04:10:00"), 201, reportingevents.InstallingPending, title, id, 0x00240005),
		line(at("20:10:00"), 182, reportingevents.InstallingFailed, title, id, 0x800f0922))
	if a := look(t, src).Attempts.Items; len(a) != 1 || a[0].Outcome != model.AttemptFailed || a[0].Stage != model.StageCommit {
		t.Errorf("failed after the restart: %+v", a)
	}
}

func TestStoreApp(t *testing.T) {
	m := look(t, withSystem(t, update(20, at("01:00:00"), "9WZDNCRFJBH4-Microsoft.Windows.Photos", "11111111-0000-4000-8000-000000001234", 0x80073d02)))
	if a := m.Attempts.Items; len(a) != 1 || !a[0].Store {
		t.Errorf("attempts: %+v", a)
	}
}

// A definition update that fails in the same minutes does not get WinREAgent's code.
func TestAgentBelongsToTheRightUpdate(t *testing.T) {
	events, _ := winreAttempt(at("03:00:00"))
	const title, id = "Security Intelligence Update - KB2267602 (Version 1.403.1)", "22222222-0000-4000-8000-000000001234"
	src := withSystem(t, append(events, update(43, at("03:01:20"), title, id, 0), update(20, at("03:01:32"), title, id, 0x80070643))...)
	for _, a := range look(t, src).Attempts.Items {
		if inner := a.InnerCode; a.KB == "KB2267602" && inner != "" || a.KB == "KB5034441" && inner != "0x800f0828" {
			t.Errorf("%s has inner code %q", a.KB, inner)
		}
	}
}

// The Setup log alone still tells of a failed installation, and gives an inner code
// to the one that Windows Update knows.
func TestServicingEvents(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.putLog(t, setupLog, servicingEvent(1, at("03:00:30"), "KB5034441", 0), servicingEvent(3, at("03:01:30"), "KB5034441", 0x800f0828))
	m := look(t, src)
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x800f0828" || a[0].Outcome != model.AttemptFailed || a[0].KB != "KB5034441" {
		t.Errorf("alone: %+v", a)
	}
	if m.Attempts.Coverage.Covers(at("03:01:00")) {
		t.Error("the Setup log alone covers no time: it may not have been told")
	}
	_, lines := winreAttempt(at("03:00:00"))
	src.putReporting(lines...)
	m = look(t, src)
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "0x800f0828" {
		t.Errorf("joined: %+v", a)
	}
}

func TestScans(t *testing.T) {
	scan := func(id uint32, when time.Time, data ...evtx.Item) evtx.Event {
		return ev(updateClient, id, when, data...)
	}
	m := look(t, withSystem(t, scan(26, at("01:00:00")), scan(25, at("02:00:00"), hex32("errorCode", 0x8024402c)),
		scan(26, at("03:00:00")), scan(26, at("04:00:00"))))
	a := m.Attempts.Items
	if len(a) != 2 || a[0].Stage != model.StageScan || a[0].Outcome != model.AttemptFailed || a[0].Code != "0x8024402c" || a[1].Outcome != model.AttemptInstalled {
		t.Errorf("scans: %+v", a)
	}
}

// The log that begins an hour after the failure knows that it does not know.
func TestLogBeginsTooLate(t *testing.T) {
	src := withSystem(t, ev("Service Control Manager", 7036, at("05:00:00")))
	m := look(t, src)
	if c := m.Attempts.Coverage; c.Covers(at("04:00:00")) || !c.Covers(at("05:00:00")) || c.Reason().Reason != model.ReasonOutOfRange {
		t.Errorf("coverage: %+v", c)
	}
}

// A log whose last line is old is complete until the machine was last used.
func TestCoverageGrows(t *testing.T) {
	events, lines := winreAttempt(at("03:00:00"))
	src := withSystem(t, append(events, ev("Service Control Manager", 7036, now.Add(-time.Hour)))...)
	src.putReporting(lines...)
	m := look(t, src)
	if !m.LastSeen.Equal(now.Add(-time.Hour)) || !m.Attempts.Coverage.Covers(m.LastSeen) || m.Attempts.Coverage.Covers(now) {
		t.Errorf("last seen %v, coverage %+v", m.LastSeen, m.Attempts.Coverage)
	}
}
