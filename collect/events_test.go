package collect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/model"
)

// Builders of events, as Windows writes them.

const (
	winreID    = "5f4f7e5b-0000-4000-8000-000000005441"
	winreTitle = "2024-01 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5034441)"
)

func at(hhmm string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", "2024-01-10 "+hhmm)
	if err != nil {
		panic(err)
	}
	return t
}

func ev(provider string, id uint32, when time.Time, data ...evtx.Item) evtx.Event {
	return evtx.Event{Provider: provider, EventID: id, Time: when, Level: 4, Channel: "System", Data: data}
}

func text(name, value string) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeString, Value: value}
}
func hex32(name string, v uint32) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeHex32, Value: fmt.Sprintf("0x%x", v)}
}
func signed(name string, v int32) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeInt32, Value: fmt.Sprint(v)}
}
func guid(name, v string) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeGUID, Value: "{" + v + "}"}
}
func filetime(name string, v time.Time) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeFiletime, Value: v.Format(time.RFC3339Nano)}
}

// update is an event of Windows Update about one update; code 0 is left out.
func update(id uint32, when time.Time, title, updateID string, code uint32) evtx.Event {
	var data []evtx.Item
	if code != 0 {
		data = append(data, hex32("errorCode", code))
	}
	data = append(data, text("updateTitle", title), guid("updateGuid", updateID),
		evtx.Item{Name: "updateRevisionNumber", Type: evtx.TypeUint32, Value: "200"})
	if id == 31 {
		data[0], data[1] = data[1], data[0]
	}
	return ev(updateClient, id, when, data...)
}

func agentFailed(when time.Time, phase, code int32) evtx.Event {
	return ev(winreAgent, 4502, when, signed("ErrorPhase", phase), signed("Errorcode", code))
}

func servicingEvent(id uint32, when time.Time, pkg string, code uint32) evtx.Event {
	e := ev(servicing, id, when, text("PackageIdentifier", pkg), text("IntendedPackageState", "5112"),
		text("ErrorCode", fmt.Sprintf("0x%x", code)), text("Client", "WindowsUpdateAgent"))
	e.UserData, e.Channel = "CbsPackageChangeState", "Setup"
	return e
}

func logBytes(t *testing.T, events ...evtx.Event) []byte {
	t.Helper()
	b, err := evtx.Build(events, evtx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// putLog writes an event log.
func (f *fake) putLog(t *testing.T, name string, events ...evtx.Event) {
	t.Helper()
	f.put(eventFolder+name+".evtx", logBytes(t, events...))
}

func withSystem(t *testing.T, events ...evtx.Event) *fake {
	t.Helper()
	src := newFake(softwareKeys(), systemKeys())
	src.putLog(t, systemLog, events...)
	return src
}

func start(when time.Time, kind int) []evtx.Event {
	return []evtx.Event{
		ev(kernelGeneral, 12, when, filetime("StartTime", when)),
		ev(kernelBoot, 27, when.Add(time.Second), evtx.Item{Name: "BootType", Type: evtx.TypeUint32, Value: fmt.Sprint(kind)}),
		ev(eventLogging, 6005, when.Add(20*time.Second)),
	}
}

func TestBoots(t *testing.T) {
	cold := now.Add(-72 * time.Hour)
	events := start(cold, 0)
	fast := ev(kernelBoot, 27, now.Add(-24*time.Hour), evtx.Item{Name: "BootType", Type: evtx.TypeUint32, Value: "1"})
	resume := ev(kernelBoot, 27, now.Add(-12*time.Hour), evtx.Item{Name: "BootType", Type: evtx.TypeUint32, Value: "2"})
	m := look(t, withSystem(t, append(events, fast, resume)...))
	want(t, "last boot", m.Boot.LastBoot, cold)
	if n := len(m.Boot.Boots.Items); n != 3 {
		t.Fatalf("%d boots: %+v", n, m.Boot.Boots.Items)
	}
	for i, kind := range []string{"cold", "fast", "resume"} {
		if m.Boot.Boots.Items[i].Kind != kind {
			t.Errorf("boot %d is %s, want %s", i, m.Boot.Boots.Items[i].Kind, kind)
		}
	}
}

func TestSurvived(t *testing.T) {
	keys := softwareKeys()
	keys.Key(cbsKey + `\RebootPending`).SetTime(now.Add(-48 * time.Hour))
	src := newFake(keys, systemKeys())
	src.put("Windows/WinSxS/x", []byte("x"))
	src.putLog(t, systemLog, start(now.Add(-24*time.Hour), 0)...)
	want(t, "survived a cold start", look(t, src).Pending.Survived, true)
	src.putLog(t, systemLog, append(start(now.Add(-72*time.Hour), 0), start(now.Add(-24*time.Hour), 1)...)...)
	want(t, "survived a fast start", look(t, src).Pending.Survived, false)
}

func TestClockJumps(t *testing.T) {
	jump := func(when time.Time, by time.Duration, reason string) evtx.Event {
		return ev(kernelGeneral, 1, when, filetime("NewTime", when), filetime("OldTime", when.Add(-by)), text("Reason", reason))
	}
	m := look(t, withSystem(t, jump(at("10:00:00"), time.Second, "1"), jump(at("11:00:00"), -2*time.Hour, "1"), jump(at("12:00:00"), 8*time.Hour, "2")))
	if n := len(m.Clock.Jumps.Items); n != 1 || m.Clock.Jumps.Items[0].Seconds != -7200 {
		t.Errorf("jumps: %+v", m.Clock.Jumps.Items)
	}
	want(t, "bias", m.Clock.BiasMinutes, -540)
}

func TestDiskLog(t *testing.T) {
	disk := func(id uint32, when time.Time, device string) evtx.Event {
		return ev("disk", id, when, evtx.Item{Type: evtx.TypeString, Value: device})
	}
	pulled := disk(51, at("09:00:00"), `\Device\Harddisk0\DR0`)
	pulled.Binary = append(make([]byte, 0x14), 0x0e, 0, 0, 0xc0)
	m := look(t, withSystem(t,
		disk(7, at("08:00:00"), `\Device\Harddisk0\DR0`), pulled,
		disk(7, at("10:00:00"), `\Device\Harddisk3\DR7`),
		ev("Microsoft-Windows-Time-Service", 129, at("11:00:00")),
		ev("storahci", 129, at("12:00:00"), evtx.Item{Type: evtx.TypeString, Value: `\Device\RaidPort0`}),
		ev(ntfsModern, 98, at("13:00:00"), text("DriveName", "C:"), text("CorruptionActionState", "0"))))
	var kinds []string
	for _, e := range m.DiskLog.Items {
		kinds = append(kinds, e.Kind)
	}
	if fmt.Sprint(kinds) != "[bad-block controller-reset]" {
		t.Errorf("disk log without the number of the Windows disk: %v", kinds)
	}
	want(t, "errors", m.Storage.Errors, 1)
	want(t, "retries", m.Storage.Retries, 1)
	want(t, "predicted", m.Storage.Predicted, false)
	if !m.DiskLog.Coverage.Covers(at("09:30:00")) || m.DiskLog.Coverage.Covers(at("07:00:00")) {
		t.Errorf("coverage: %+v", m.DiskLog.Coverage)
	}
}

// Only a number that is known leaves out the events of other disks, and that number is
// not always 0.
func TestDiskLogOfOtherDisks(t *testing.T) {
	bad := func(when time.Time, device string) evtx.Event {
		return ev("disk", 7, when, evtx.Item{Type: evtx.TypeString, Value: device})
	}
	src := withWinRE(t, 83*mib)
	src.putLog(t, systemLog, bad(at("08:00:00"), `\Device\Harddisk0\DR0`), bad(at("09:00:00"), `\Device\Harddisk1\DR1`),
		bad(at("10:00:00"), `\Device\RaidPort0`))
	lines := strings.ReplaceAll(reagentLines, "64547192832", fmt.Sprint(winreOn4))
	for log, want := range map[string]string{
		"":    `[\Device\Harddisk0\DR0 \Device\Harddisk1\DR1 \Device\RaidPort0]`,
		lines: `[\Device\Harddisk0\DR0 \Device\RaidPort0]`,
		strings.ReplaceAll(lines, "DiskNumber:0", "DiskNumber:1"): `[\Device\Harddisk1\DR1 \Device\RaidPort0]`,
	} {
		src.put(reagentLogPath, []byte(log))
		var devices []string
		for _, e := range look(t, src).DiskLog.Items {
			devices = append(devices, e.Device)
		}
		if fmt.Sprint(devices) != want {
			t.Errorf("devices: %v, want %s; log:\n%s", devices, want, log)
		}
	}
}

func TestWinREEvents(t *testing.T) {
	m := look(t, withSystem(t, agentFailed(at("09:00:00"), 2, -2146498520),
		ev(winreAgent, 4501, at("10:00:00"), text("Version", "10.0.19041.3920"))))
	e := m.WinRE.Events.Items
	if len(e) != 2 || e[0].Phase != 2 || e[0].Code != "0x800f0828" || e[1].Phase != -1 || e[1].Version != "10.0.19041.3920" {
		t.Errorf("events: %+v", e)
	}
	if e[0].Origin.Record != 1 || e[0].Origin.Path != `Windows\System32\winevt\Logs\System.evtx` {
		t.Errorf("origin: %+v", e[0].Origin)
	}
}

// A log with a damaged chunk proves nothing by silence.
func TestDamagedLog(t *testing.T) {
	var events []evtx.Event
	for i := range 3000 {
		events = append(events, ev("Service Control Manager", 7036, at("08:00:00").Add(time.Duration(i)*time.Second), text("param1", "some service with a long name")))
	}
	src := withSystem(t, events...)
	sound := look(t, src)
	b := logBytes(t, events...)
	for i := range b[70000:90000] {
		b[70000+i] = 0xee
	}
	src.put(eventFolder+"System.evtx", b)
	m := look(t, src)
	if !sound.WinRE.Events.Coverage.Covers(at("08:30:00")) {
		t.Errorf("sound log: %+v", sound.WinRE.Events.Coverage)
	}
	if !m.WinRE.Events.Coverage.Covers(at("08:30:00")) {
		t.Errorf("behind the damage: %+v", m.WinRE.Events.Coverage)
	}
	if m.WinRE.Events.Coverage.Covers(at("08:02:00")) || m.WinRE.Events.Coverage.Reason().Reason != model.ReasonDamaged {
		t.Errorf("damaged log: %+v", m.WinRE.Events.Coverage)
	}
}
