package collect

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"updoc/format/cab"
	"updoc/model"
)

// cbsLines is a failing session of KB5034441, at 12:05 of Tokyo.
const cbsLines = `2024-01-10 12:00:00, Info                  CBS    Loaded Servicing Stack v10.0.19041.3920 with Core: C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.19041.3920_none_7e\cbscore.dll
2024-01-10 12:00:20, Info                  CBS    Session: 31081329_4097363616 initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)
2024-01-10 12:00:21, Info                  CBS    Appl: Evaluating package applicability for package Package_for_KB5034441~31bf3856ad364e35~amd64~~10.0.1.0, applicable state: Installed
2024-01-10 12:00:22, Info                  CBS    Exec: Processing started.  Client: WindowsUpdateAgent, Session: 31081329_4097363616, Package: Package_for_KB5034441~31bf3856ad364e35~amd64~~10.0.1.0, Identifier: KB5034441
2024-01-10 12:01:31, Info                  CBS    Setting original failure status: 0x800f0828, last forward execute state: CbsExecuteStateStageFiles
2024-01-10 12:01:31, Error                 CBS    Exec: Processing complete.  Session: 31081329_4097363616, Package: Package_for_KB5034441~31bf3856ad364e35~amd64~~10.0.1.0, Identifier: KB5034441 [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]
2024-01-10 12:01:32, Info                  CBS    Session: 31081329_4097363616 finalized. Reboot required: no [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]
`

const cbsPath = cbsFolder + "/CBS.log"

func TestCBS(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsPath, []byte(cbsLines))
	c := look(t, src).CBS
	if len(c.Sessions.Items) != 1 {
		t.Fatalf("sessions: %+v", c.Sessions)
	}
	s := c.Sessions.Items[0]
	if !s.Failed || s.Code != "0x800f0828" || len(s.KBs) != 1 || s.KBs[0] != "KB5034441" || s.Origin.Line != 5 {
		t.Errorf("session: %+v", s)
	}
	if !s.End.Equal(at("03:01:32")) {
		t.Errorf("end is %v: local time was not turned into UTC", s.End)
	}
	want(t, "stack", c.Stack, "10.0.19041.3920")
	if !c.Sessions.Coverage.Covers(at("03:01:00")) || c.Sessions.Coverage.Covers(at("02:00:00")) {
		t.Errorf("coverage: %+v", c.Sessions.Coverage)
	}
	if len(c.Notes.Items) == 0 || c.Notes.Items[0].Kind != "disk-space" || c.Notes.Items[0].Code != "0x800f0828" {
		t.Errorf("notes: %+v", c.Notes.Items)
	}
}

// The session's code stands behind the wrapper of the attempt; alone, when the other
// histories begin later, it is an attempt itself.
func TestCBSAndAttempts(t *testing.T) {
	events, _ := winreAttempt(at("03:00:00"))
	src := withSystem(t, events[0], events[1], events[3])
	src.put(cbsPath, []byte(cbsLines))
	m := look(t, src)
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x8024200b" || a[0].InnerCode != "0x800f0828" || a[0].Inner.Artifact != "cbs" {
		t.Errorf("joined: %+v", a)
	}
	src = withSystem(t, ev("Service Control Manager", 7036, at("04:00:00")))
	src.put(cbsPath, []byte(cbsLines))
	m = look(t, src)
	if a := m.Attempts.Items; len(a) != 1 || a[0].Code != "0x800f0828" || a[0].KB != "KB5034441" {
		t.Errorf("alone: %+v", a)
	}
	if m.Attempts.Coverage.Covers(at("03:00:00")) {
		t.Errorf("coverage: %+v", m.Attempts.Coverage)
	}
}

// Without the zone a local time is no time, and nothing is joined by it.
func TestZoneUnseen(t *testing.T) {
	system := systemKeys()
	system.Delete(`ControlSet001\Control\TimeZoneInformation`)
	system.Key(`ControlSet001\Control`).Delete("TimeZoneInformation")
	src := newFake(softwareKeys(), system)
	src.put(cbsPath, []byte(cbsLines))
	events, _ := winreAttempt(at("03:00:00"))
	src.putLog(t, systemLog, events[1], events[3])
	m := look(t, src)
	if s := m.CBS.Sessions.Items; len(s) != 1 || !s[0].End.IsZero() || m.CBS.Sessions.Coverage.Covers(at("03:01:00")) {
		t.Errorf("sessions: %+v", m.CBS.Sessions)
	}
	if a := m.Attempts.Items; len(a) != 1 || a[0].InnerCode != "" {
		t.Errorf("attempts: %+v", a)
	}
}

func TestRotatedLogs(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsFolder+"/CbsPersist_20240110040000.log", []byte(cbsLines))
	src.put(cbsPath, []byte("2024-01-11 12:00:00, Info                  CBS    Starting TrustedInstaller initialization.\n"))
	c := look(t, src).CBS
	if len(c.Sessions.Items) != 1 || !c.Sessions.Coverage.Covers(at("20:00:00")) {
		t.Errorf("sessions: %+v", c.Sessions)
	}
	delete(src.volumes["disk0p3"], cbsPath)
	if c := look(t, src).CBS.Sessions.Coverage; c.Covers(at("03:00:00")) || c.Reason().Reason != model.ReasonAbsent {
		t.Errorf("coverage without the newest log: %+v", c)
	}
}

// Packed parts are read in their place between the others.
func TestPackedLogs(t *testing.T) {
	newer := "2024-01-11 12:00:00, Info                  CBS    Starting TrustedInstaller initialization.\n"
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsFolder+"/CbsPersist_20240110040000.CAB", cab.Write("CbsPersist_20240110040000.log", []byte(cbsLines), at("13:00:00")))
	src.put(cbsFolder+"/CbsPersist_20240110050000.log", []byte(newer))
	src.put(cbsPath, []byte(newer))
	c := look(t, src).CBS
	if len(c.Sessions.Items) != 1 || !c.Sessions.Coverage.Covers(at("03:00:00")) || !c.Sessions.Coverage.Covers(at("20:00:00")) {
		t.Fatalf("sessions: %+v", c.Sessions)
	}
	if o := c.Sessions.Items[0].Origin; o.Line != 5 || o.Path != windowsPath(cbsFolder)+`\CbsPersist_20240110040000.CAB` {
		t.Errorf("origin: %+v", o)
	}
}

// Of many packed parts only the newest are unpacked; what is older is not covered.
func TestPackedLogsLimit(t *testing.T) {
	huge := cab.Write("old.log", []byte(cbsLines), at("13:00:00"))
	const size = 36 + 8 // of the file, behind the header and the folder
	binary.LittleEndian.PutUint32(huge[size:], packedBytes)
	later := strings.ReplaceAll(cbsLines, "2024-01-10", "2024-01-11")
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsFolder+"/CbsPersist_20240110040000.cab", huge)
	src.put(cbsFolder+"/CbsPersist_20240111040000.cab", cab.Write("new.log", []byte(later), at("13:00:00").AddDate(0, 0, 1)))
	src.put(cbsPath, []byte("2024-01-12 12:00:00, Info                  CBS    Starting TrustedInstaller initialization.\n"))
	c := look(t, src).CBS.Sessions
	if len(c.Items) != 1 || !strings.HasSuffix(c.Items[0].Origin.Path, "20240111040000.cab") || c.Coverage.Covers(at("03:00:30")) || !c.Coverage.Covers(at("03:00:30").AddDate(0, 0, 1)) {
		t.Errorf("%+v", c)
	}
}

// What stands behind a damaged part is covered, what stands before it is not.
func TestDamagedPack(t *testing.T) {
	whole := cab.Write("x.log", []byte(strings.Repeat(cbsLines, 100)), at("13:00:00"))
	for name, raw := range map[string][]byte{"cut": whole[:len(whole)-9], "no cabinet": []byte("garbage"), "empty": {}, "another text": cab.Write("x.log", []byte("a\nb\n"), at("13:00:00"))} {
		src := newFake(softwareKeys(), systemKeys())
		src.put(cbsFolder+"/CbsPersist_20240109040000.log", []byte(cbsLines))
		src.put(cbsFolder+"/CbsPersist_20240110040000.cab", raw)
		src.put(cbsPath, []byte("2024-01-11 12:00:00, Info                  CBS    Starting TrustedInstaller initialization.\n"))
		m := look(t, src)
		if c := m.CBS.Sessions.Coverage; c.Covers(at("03:00:30")) || !c.Covers(at("03:00:00").AddDate(0, 0, 1)) {
			t.Errorf("%s: %+v", name, c)
		}
		noted := false
		for _, l := range m.Looks {
			noted = noted || strings.HasSuffix(l.Path, ".cab") && l.Unseen != nil
		}
		if !noted {
			t.Errorf("%s: nobody says that it was not read", name)
		}
	}
}

func TestDaylight(t *testing.T) {
	eastern := &zone{bias: 300, daylightBias: -60, standard: changeRule{month: 11, day: 1, hour: 2}, daylight: changeRule{month: 3, day: 2, hour: 2}}
	sydney := &zone{bias: -600, daylightBias: -60, standard: changeRule{month: 4, day: 1, hour: 3}, daylight: changeRule{month: 10, day: 1, hour: 2}}
	last := &zone{bias: -60, daylightBias: -60, standard: changeRule{month: 10, day: 5, hour: 3}, daylight: changeRule{month: 3, day: 5, hour: 2}}
	for _, c := range []struct {
		z           *zone
		local, want string
	}{
		{eastern, "2024-01-10 12:00", "2024-01-10 17:00"}, {eastern, "2024-07-10 12:00", "2024-07-10 16:00"},
		{eastern, "2024-03-10 01:59", "2024-03-10 06:59"}, {eastern, "2024-03-10 03:00", "2024-03-10 07:00"},
		{eastern, "2024-11-03 03:00", "2024-11-03 08:00"},
		{sydney, "2024-01-10 12:00", "2024-01-10 01:00"}, {sydney, "2024-07-10 12:00", "2024-07-10 02:00"},
		{last, "2024-03-30 12:00", "2024-03-30 11:00"}, {last, "2024-03-31 12:00", "2024-03-31 10:00"},
		{last, "2024-10-27 12:00", "2024-10-27 11:00"},
	} {
		local, _ := time.Parse("2006-01-02 15:04", c.local)
		if got := c.z.utc(local).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%s is %s UTC, want %s", c.local, got, c.want)
		}
	}
	if !(*zone)(nil).utc(now).IsZero() {
		t.Error("no zone gives a time")
	}
}
