package collect

import (
	"testing"
	"time"

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
