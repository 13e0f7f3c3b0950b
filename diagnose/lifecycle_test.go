package diagnose

import (
	"testing"
	"time"

	"updoc/model"
)

// life is a Windows 10 22H2 Home that was last used at a time, with an update revision.
func life(build, revision int64, last time.Time) *model.Machine {
	m := sick()
	m.OS.Build, m.OS.Revision = model.Known(build, at("hive")), model.Known(revision, at("hive"))
	m.OS.Edition, m.OS.InstallationType = model.Known("Core", at("hive")), model.Known("Client", at("hive"))
	m.Packages = model.Complete([]model.Package{})
	m.LastSeen = last
	return m
}

func outOfSupport(t *testing.T, m *model.Machine) (found, open bool) {
	t.Helper()
	causes, waiting, err := conditions(m, nil, base(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range causes {
		found = found || c.ID == "windows-out-of-support" && c.Fault
	}
	_, open = waiting["windows-out-of-support"]
	return found, open
}

func TestOutOfSupport(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	prepared := life(19045, 6456, day(2026, 4, 1))
	prepared.Packages = model.Complete([]model.Package{{KB: "KB5072653", State: "installed"}})
	blind := life(19045, 6456, day(2026, 4, 1))
	blind.OS.Build = model.Fact[int64]{}
	for _, c := range []struct {
		name        string
		m           *model.Machine
		found, open bool
	}{
		{"before the end", life(19045, 3803, day(2024, 1, 1)), false, false},
		{"the month after it: the first extended update is still to come", life(19045, 6456, day(2025, 11, 5)), false, false},
		{"without extended updates", life(19045, 6456, day(2026, 4, 1)), true, false},
		{"with extended updates", life(19045, 7000, day(2026, 4, 1)), false, false},
		{"with the preparation", prepared, false, false},
		{"after the extended ones", life(19045, 9000, day(2028, 1, 1)), true, false},
		{"no extended updates exist", life(19044, 6456, day(2023, 7, 1)), true, false},
		{"a version nobody has published about", life(12345, 1, day(2026, 4, 1)), false, false},
		{"a build nobody saw", blind, false, true},
	} {
		if found, open := outOfSupport(t, c.m); found != c.found || open != c.open {
			t.Errorf("%s: found %t, open %t", c.name, found, open)
		}
	}
}
