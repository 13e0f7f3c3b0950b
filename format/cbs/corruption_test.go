package cbs

import (
	"reflect"
	"strings"
	"testing"

	"updoc/testkit"
)

func TestStampedSummary(t *testing.T) {
	log := mustRead(t, stamped(healthy...))
	checkSummary(t, log)
	c := log.Corruption[0]
	if c.Items[1].Line != 5 || c.Items[1].Error != "Missing replacement payload." || !c.Items[0].Fixed || c.Items[0].Error != "" {
		t.Errorf("items %+v", c.Items)
	}
}

// TestUnstampedSummary has the summary as builds of 2020 write it: one record.
func TestUnstampedSummary(t *testing.T) {
	checkSummary(t, mustRead(t, stamped("")+strings.Join(healthy, "\r\n")+"\r\n"))
	checkSummary(t, mustRead(t, stamped("")+strings.ReplaceAll(strings.Join(healthy, "\n"), "\t", "   ")+"\n"))
}

func checkSummary(t *testing.T, log *Log) {
	t.Helper()
	if len(log.Corruption) != 1 || log.CorruptionCount != 1 {
		t.Fatalf("%d summaries: %+v", log.CorruptionCount, log.Corruption)
	}
	c := log.Corruption[0]
	want := map[string]int64{"Total Detected Corruption": 2, "CBS Manifest Corruption": 0, "CSI Payload Corruption": 2, "Total Repaired Corruption": 1}
	if c.Detected != 2 || c.Repaired != 1 || !reflect.DeepEqual(c.Counts, want) {
		t.Errorf("counts %+v", c)
	}
	if c.Operation != "Detect and Repair" || c.Result != 0x800f081f || c.LastStep != "Remove staged packages completes." {
		t.Errorf("%+v", c)
	}
	if c.ItemCount != 2 || c.Unfixed != 1 || c.ReverseDelta != 1 || c.Items[0].Kind != "CSI Payload Corrupt" {
		t.Errorf("items %+v", c)
	}
	if c.Items[0].Path != `amd64_foo_31bf_10.0.1_none_1\a.dll` {
		t.Errorf("path %q", c.Items[0].Path)
	}
}

func TestSummaryWithoutItsHeading(t *testing.T) {
	log := mustRead(t, stamped("Total Detected Corruption:\t3", "Total Repaired Corruption:\t0"))
	if len(log.Corruption) != 1 || log.Corruption[0].Detected != 3 {
		t.Errorf("%+v", log.Corruption)
	}
}

func TestCheckWithoutResultIsNone(t *testing.T) {
	if log := mustRead(t, stamped(checkTitle, "", "Appl: something else", "Session: 100_1 initialized by client C.")); len(log.Corruption) != 0 || log.SessionCount != 1 {
		t.Errorf("%+v", log)
	}
}

func TestSystemFileChecker(t *testing.T) {
	csi := func(text string) string {
		return "2025-09-19 14:40:05, Info                  CSI    0000012e [SR] " + text + "\r\n"
	}
	cannot := csi("Cannot repair member file [l:20]'LServer_PKConfig.xml' of Microsoft-Windows-TerminalServices-LicenseServer, version 10.0.20348.2849, arch amd64, nonSxS, pkt {l:8 b:31bf3856ad364e35} in the store, hash mismatch")
	log := mustRead(t, csi("Verifying 100 components")+cannot+cannot+
		csi(`Could not reproject corrupted file \??\C:\Windows\System32\\tls_branding_config.xml; source file in store is also corrupted`)+
		csi(`Cannot repair member file [l:18{9}]"img11.jpg" of Microsoft-Windows-Shell, Version = 6.0, in the store, file is missing`)+
		csi(`Repairing corrupted file \??\C:\Windows\System32\drivers\netio.sys from store`)+
		csi("Repair complete"))
	s := log.SFC
	if s.CannotRepairCount != 4 || len(s.CannotRepair) != 3 || s.Repaired != 1 || s.Runs != 1 {
		t.Fatalf("%+v", s)
	}
	if c := s.CannotRepair[0]; c.File != "LServer_PKConfig.xml" || c.Component != "Microsoft-Windows-TerminalServices-LicenseServer" || c.Reason != "hash mismatch" || c.Line != 2 {
		t.Errorf("%+v", c)
	}
	if c := s.CannotRepair[1]; c.File != `C:\Windows\System32\\tls_branding_config.xml` || c.Reason != "source file in store is also corrupted" {
		t.Errorf("%+v", c)
	}
	if c := s.CannotRepair[2]; c.File != "img11.jpg" || c.Reason != "file is missing" {
		t.Errorf("%+v", c)
	}
}

func TestRealRestoreHealth(t *testing.T) {
	c := mustRead(t, string(testkit.SampleBytes(t, "log/cbs/romi1996__CBS.log"))).Corruption[0]
	if c.Operation != "Detect and Repair" || c.ItemCount != 9 || c.Unfixed != 0 || c.ReverseDelta != 0 || c.Line != 3334 || c.Counts["CSI Payload Repaired"] != 9 {
		t.Errorf("%+v", c)
	}
}

// TestFileGone has a file that a later run of SFC names no longer, and one that it
// names again.
func TestFileGone(t *testing.T) {
	csi := func(at, text string) string {
		return "2025-09-19 " + at + ", Info                  CSI    0000012e [SR] " + text + "\r\n"
	}
	cannot := func(at, file string) string {
		return csi(at, "Cannot repair member file [l:5]'"+file+"' of Microsoft-Windows-Foo, version 10.0.1, in the store, hash mismatch")
	}
	first := cannot("14:00:00", "a.dll") + cannot("14:00:01", "b.dll") + csi("14:05:00", "Repairing 1 components") + cannot("14:05:01", "a.dll") + cannot("14:05:01", "b.dll") + csi("14:05:02", "Repair complete")
	second := csi("15:05:00", "Repairing 1 components") + cannot("15:05:01", "b.dll") + csi("15:05:02", "Repair complete")
	for text, want := range map[string][]bool{first: {false, false}, first + second: {true, false}, first + second + cannot("16:00:00", "a.dll"): {false, false}} {
		s := mustRead(t, text).SFC
		for i, gone := range want {
			if c := s.CannotRepair[i]; c.Gone != gone || c.Line != int64(i+1) || c.Last.Line <= c.Line {
				t.Errorf("%s of %d runs: %+v", c.File, s.Runs, c)
			}
		}
	}
}
