package collect

import (
	"slices"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/model"
)

func TestNothingPending(t *testing.T) {
	keys := softwareKeys()
	keys.Key(cbsKey+`\SessionsPending`).SetDword("Exclusive", 0)
	keys.Key(cbsKey+`\SessionsPending\30546173_1`).SetDword("Complete", 1)
	keys.Key(cbsKey + `\PackagesPending`)
	system := systemKeys()
	system.Key(`ControlSet001\Control\Session Manager`).SetMulti("PendingFileRenameOperations", []string{`\??\C:\a`, ""})
	src := newFake(keys, system)
	src.put("Windows/WinSxS/reboot.xml", []byte("x"))
	p := look(t, src).Pending
	want(t, "any", p.Any, false)
	want(t, "open sessions", p.OpenSessions, 0)
	want(t, "file renames", p.FileRenames, 1)
	want(t, "pending.xml", p.PendingXML, false)
	want(t, "survived", p.Survived, false)
	wantUnseen(t, "since", p.Since, model.ReasonAbsent)
}

func TestPendingFlags(t *testing.T) {
	early, late := now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	keys := softwareKeys()
	keys.Key(cbsKey + `\RebootPending`).SetTime(late)
	keys.Key(autoUpdateKey + `\RebootRequired`).SetTime(early)
	keys.Key(cbsKey+`\SessionsPending\1_2`).SetDword("Complete", 0).SetTime(late)
	src := newFake(keys, systemKeys())
	src.put("Windows/WinSxS/pending.xml", []byte("<x/>"))
	p := look(t, src).Pending
	want(t, "any", p.Any, true)
	want(t, "cbs", p.CBSReboot, true)
	want(t, "update", p.UpdateReboot, true)
	want(t, "open sessions", p.OpenSessions, 1)
	want(t, "pending.xml", p.PendingXML, true)
	want(t, "since", p.Since, early)
	if p.Survived.Known {
		t.Error("survived is known without any boot in the logs")
	}
}

// In a copied folder that lacks the folder of pending.xml its absence proves nothing.
func TestPendingXMLUnseen(t *testing.T) {
	p := look(t, newFake(softwareKeys(), systemKeys()).folder()).Pending
	wantUnseen(t, "pending.xml", p.PendingXML, model.ReasonAbsent)
	wantUnseen(t, "any", p.Any, model.ReasonAbsent)
}

// Packages in PackagesPending are counted, but tell of no restart.
func TestPackagesPendingAlone(t *testing.T) {
	keys := softwareKeys()
	keys.Key(cbsKey + `\PackagesPending\Package_1~31bf3856ad364e35~amd64~~1.0.0.0`).SetTime(now.Add(-time.Hour))
	src := newFake(keys, systemKeys())
	src.put("Windows/WinSxS/reboot.xml", []byte("x"))
	p := look(t, src).Pending
	want(t, "packages", p.Packages, 1)
	want(t, "any", p.Any, false)
	wantUnseen(t, "since", p.Since, model.ReasonAbsent)
}

// Offline the volatile keys are unseen: an update that was installed after the last
// start waits for the next one although no lasting flag says so.
func TestPendingByAttempt(t *testing.T) {
	const id, title = "5f4f7e5b-0000-4000-8000-000000001234", "2024-01 Cumulative Update for Windows 10 (KB5034122)"
	waits := []evtx.Event{update(43, at("04:00:00"), title, id, 0), ev(updateClient, 22, at("04:10:00"), text("updatelist", "- "+title))}
	pending := func(events ...evtx.Event) model.Pending {
		src := withSystem(t, events...)
		src.put("Windows/WinSxS/reboot.xml", []byte("x"))
		m := look(t, src)
		if len(m.Attempts.Items) != 1 || m.Attempts.Items[0].Outcome != model.AttemptPending {
			t.Fatalf("attempts: %+v", m.Attempts.Items)
		}
		return m.Pending
	}
	p := pending(slices.Concat(start(at("01:00:00"), 0), waits)...)
	wantUnseen(t, "volatile key", p.UpdateReboot, model.ReasonOffline)
	want(t, "any", p.Any, true)
	want(t, "since", p.Since, at("04:10:00"))
	want(t, "survived", p.Survived, false)
	if o := p.Any.Origin; o.Artifact != "evtx" || o.Record == 0 || o != p.Since.Origin {
		t.Errorf("origin: %+v", o)
	}

	p = pending(slices.Concat(start(at("01:00:00"), 0), waits, start(at("05:00:00"), 0))...)
	want(t, "any after a start", p.Any, false)

	p = pending(waits...)
	wantUnseen(t, "any with no start seen", p.Any, model.ReasonOutOfRange)
}
