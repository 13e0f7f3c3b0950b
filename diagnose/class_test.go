package diagnose

import (
	"testing"
	"time"

	"updoc/model"
)

func TestClassOfAnUnknownUpdate(t *testing.T) {
	far := noon.Add(time.Hour)
	for _, c := range []struct {
		name, kb, title, want, from string
		m                           func(*model.Machine)
	}{
		{"known KB", "KB5034441", "", "winre", "update", func(*model.Machine) {}},
		{"title", "KB9999999", "2027-01 Cumulative Update for Windows 11", "lcu", "update", func(*model.Machine) {}},
		{"package", "KB9999999", "", "lcu", "evidence", func(m *model.Machine) {
			m.Packages.Items = []model.Package{{KB: "KB9999999", Name: "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.1.1.1"}}
		}},
		{"package of another KB", "KB9999999", "", "unknown", "", func(m *model.Machine) {
			m.Packages.Items = []model.Package{{KB: "KB1111111", Name: "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.1.1.1"}}
		}},
		{"WinREAgent", "KB9999999", "", "winre", "evidence", func(m *model.Machine) { m.WinRE.Events.Items[0].Time = noon }},
		{"Windows Installer", "KB9999999", "", "msi", "evidence", func(m *model.Machine) {
			m.Installer.Events.Items = []model.MSIEvent{{Time: noon.Add(time.Minute)}}
		}},
		{"Windows Installer long after", "KB9999999", "", "unknown", "", func(m *model.Machine) {
			m.Installer.Events.Items = []model.MSIEvent{{Time: far}}
		}},
		{"Defender", "KB9999999", "", "defender-intelligence", "evidence", func(m *model.Machine) {
			m.Defender.Runs.Items = []model.DefenderRun{{Start: noon}}
		}},
	} {
		m := sick()
		m.WinRE.Events.Items[0].Time = far
		a := attempt(c.kb, noon, model.AttemptFailed)
		a.Title = c.title
		m.Attempts = model.Complete([]model.Attempt{a})
		c.m(m)
		if f := Failures(m, base(t))[0]; f.Class != c.want || f.ClassFrom != c.from {
			t.Errorf("%s: %s from %q, want %s from %q", c.name, f.Class, f.ClassFrom, c.want, c.from)
		}
	}
}
