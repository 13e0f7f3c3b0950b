package live_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"updoc/source/live"
	"updoc/winapi"
)

// On a real Windows, as administrator: everything that is asked there is seen, a file that
// Windows holds open is read, and no shadow copy is left. It changes nothing else.
func TestLiveThisPCIsSeen(t *testing.T) {
	if os.Getenv("UPDOC_LIVE") != "1" {
		t.Skip("needs a real Windows and administrator rights: set UPDOC_LIVE=1")
	}
	s, err := live.Open(t.Context(), live.This(), live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := read(s, inUse); err != nil {
		t.Error(err)
	}
	l := s.Live(t.Context())
	for name, seen := range map[string]bool{
		"administrator": l.Admin.Known && l.Admin.Value, "update running": l.UpdateRunning.Known, "app control": l.AppControl.Known,
		"mode": l.Mode.Known, "services": l.Services.Coverage.Complete, "filters": l.Loaded.Coverage.Complete, "disks": s.Disks(t.Context()).Coverage.Complete,
	} {
		if !seen {
			t.Errorf("%s: not seen: %+v", name, l)
		}
	}
	for _, d := range s.Disks(t.Context()).Items {
		for _, p := range d.Partitions {
			if p.ID == s.Windows() && (!p.Volume.Dirty.Known || !p.Volume.Free.Known) {
				t.Errorf("the volume of Windows: %+v", p.Volume)
			}
		}
	}
	if raw, err := s.KeySecurity(t.Context(), "SOFTWARE", `Microsoft\Windows\CurrentVersion`); err != nil || len(raw) < 20 {
		t.Errorf("permissions of a key: %d bytes, %v", len(raw), err)
	}
	if _, err := s.UpdateHistory(t.Context()); err != nil {
		t.Error("history:", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := winapi.RegistryKey.Do(t.Context(), winapi.New(), `HKLM\SOFTWARE\updoc-shadow-copies`); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a copy is noted still:", err)
	}
}
