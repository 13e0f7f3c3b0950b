package collect

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/format/pe"
	"updoc/format/regf"
	"updoc/model"
	"updoc/testkit"
)

const (
	platformImage = `"%ProgramData%\Microsoft\Windows Defender\Platform\4.18.24010.12-0\MsMpEng.exe"`
	platformFile  = "ProgramData/Microsoft/Windows Defender/Platform/4.18.24010.12-0/MsMpEng.exe"
)

// withDefender is a PC whose service starts image.
func withDefender(image string, change func(software, set *regf.BuilderKey)) *fake {
	software, system := softwareKeys(), systemKeys()
	set := system.Key("ControlSet001")
	if image != "" {
		set.Key(`Services\WinDefend`).SetDword("Start", 2).SetExpand("ImagePath", image)
	}
	if change != nil {
		change(software, set)
	}
	return newFake(software, system)
}

func peBytes(t *testing.T, version pe.Numbers, company string) []byte {
	t.Helper()
	b, err := pe.Build{FileVersion: version, ProductVersion: version, Strings: []pe.Text{{Key: "CompanyName", Value: company}}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDefenderService(t *testing.T) {
	src := withDefender(platformImage, nil)
	src.put(platformFile, []byte("MZ"))
	src.put("ProgramData/Microsoft/Windows Defender/Platform/4.18.24090.11-0/x", nil)
	src.put("ProgramData/Microsoft/Windows Defender/Platform/4.18.999.1-0/x", nil)
	src.put("ProgramData/Microsoft/Windows Defender/Platform/notes/x", nil)
	d := look(t, src).Defender
	want(t, "service", d.Service, true)
	want(t, "platform", d.Platform, "4.18.24010.12")
	want(t, "missing", d.PlatformMissing, false)
	want(t, "files", d.Files, true)
	want(t, "newest", d.Newest, "4.18.24090.11")
	want(t, "off", d.Off, false)
	want(t, "passive", d.Passive, false)
}

// A folder that was never copied proves nothing; a file that lacks in one that was
// copied does.
func TestDefenderPlatformMissing(t *testing.T) {
	src := withDefender(platformImage, nil)
	want(t, "missing on a disk", look(t, src).Defender.PlatformMissing, true)
	src.folder()
	src.put("ProgramData/Microsoft/Windows Defender/Support/x", nil)
	d := look(t, src).Defender
	wantUnseen(t, "missing", d.PlatformMissing, model.ReasonAbsent)
	wantUnseen(t, "files", d.Files, model.ReasonAbsent)
	wantUnseen(t, "newest", d.Newest, model.ReasonAbsent)
	src.put("ProgramData/Microsoft/Windows Defender/Platform/x", nil)
	src.put("Program Files/Windows Defender/MsMpEng.exe", []byte("MZ"))
	d = look(t, src).Defender
	want(t, "missing", d.PlatformMissing, true)
	want(t, "files", d.Files, true)
	want(t, "newest", d.Newest, "")
}

func TestDefenderInbox(t *testing.T) {
	src := withDefender(`"%ProgramFiles%\Windows Defender\MsMpEng.exe"`, nil)
	src.put(inboxEngine, peBytes(t, pe.Numbers{4, 10, 14393, 4651}, "Microsoft Corporation"))
	d := look(t, src).Defender
	want(t, "platform", d.Platform, "4.10.14393.4651")
	want(t, "missing", d.PlatformMissing, false)
}

func TestDefenderRemoved(t *testing.T) {
	src := withDefender("", nil)
	src.put("Program Files/Common Files/x", nil)
	d := look(t, src).Defender
	want(t, "service", d.Service, false)
	want(t, "files", d.Files, false)
	want(t, "missing", d.PlatformMissing, false)
	wantUnseen(t, "platform", d.Platform, model.ReasonAbsent)
	want(t, "off", d.Off, false)
}

func TestDefenderRegistry(t *testing.T) {
	when := time.Date(2024, 1, 9, 12, 0, 0, 0, time.UTC)
	raw := make([]byte, 8)
	binary.LittleEndian.PutUint64(raw, uint64(when.Unix()+11644473600)*1e7)
	for name, fill := range map[string]func(sig *regf.BuilderKey){
		"binary": func(sig *regf.BuilderKey) { sig.SetBinary("SignaturesLastUpdated", raw) },
		"number": func(sig *regf.BuilderKey) {
			sig.SetBinary("SignaturesLastUpdated", raw[:3]).SetQword("AVSignatureApplied", binary.LittleEndian.Uint64(raw))
		},
	} {
		d := look(t, withDefender(platformImage, func(software, _ *regf.BuilderKey) {
			fill(software.Key(signatureKey).SetString("EngineVersion", "1.1.24020.9").SetString("AVSignatureVersion", "1.405.1.0"))
		})).Defender
		want(t, name, d.Updated, when)
		want(t, "engine", d.Engine, "1.1.24020.9")
		want(t, "intelligence", d.Intelligence, "1.405.1.0")
	}
	d := look(t, withDefender(platformImage, nil)).Defender
	wantUnseen(t, "engine", d.Engine, model.ReasonAbsent)
	wantUnseen(t, "updated", d.Updated, model.ReasonAbsent)
}

func TestDefenderOffAndPassive(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(software, set *regf.BuilderKey)
		off, passive bool
	}{
		"disabled": {func(_, set *regf.BuilderKey) { set.Key(`Services\WinDefend`).SetDword("Start", 4) }, true, false},
		"policy":   {func(s, _ *regf.BuilderKey) { s.Key(defenderPolicies).SetDword("DisableAntiSpyware", 1) }, true, false},
		"zero":     {func(s, _ *regf.BuilderKey) { s.Key(defenderPolicies).SetDword("DisableAntiSpyware", 0) }, false, false},
		"passive":  {func(s, _ *regf.BuilderKey) { s.Key(defenderKey).SetDword("PassiveMode", 2) }, false, true},
		"forced":   {func(s, _ *regf.BuilderKey) { s.Key(defenderATP).SetDword("ForceDefenderPassiveMode", 1) }, false, true},
	} {
		d := look(t, withDefender(platformImage, c.change)).Defender
		want(t, name, d.Off, c.off)
		want(t, name, d.Passive, c.passive)
	}
}

func texts(list ...string) []evtx.Item {
	var items []evtx.Item
	for _, s := range list {
		items = append(items, text("x", s))
	}
	return items
}

// Fields are told by their place: their names differ between versions.
func TestDefenderEvents(t *testing.T) {
	fields := func(n int, at map[int]string) []evtx.Item {
		list := make([]string, n)
		list[0], list[1] = "%%827", "4.18.24010.12"
		for i, s := range at {
			list[i] = s
		}
		return texts(list...)
	}
	const rule = "d1e49aac-8f56-4280-b9ba-993a6d77406c"
	src := withDefender(platformImage, nil)
	src.putLog(t, defenderLog,
		ev(defenderProvider, 1150, at("08:00:00"), fields(6, map[int]string{3: "1.1.24020.9", 4: "1.405.1.0"})...),
		ev(defenderProvider, 2001, at("09:00:00"), fields(21, map[int]string{2: "", 3: "1.405.1.0", 16: "0x80508002", 17: "Bad"})...),
		ev(defenderProvider, 2003, at("09:01:00"), fields(14, map[int]string{2: "1.1.2.3", 3: "1.1.1.1", 10: "2152767491"})...),
		ev(defenderProvider, 2005, at("09:02:00"), fields(2, nil)...),
		ev(defenderProvider, 2006, at("09:03:00"), fields(5, map[int]string{3: "0x80070643", 4: "Fatal"})...),
		ev(defenderProvider, 1121, at("09:04:00"), fields(12, map[int]string{3: "{" + strings.ToUpper(rule) + "}", 6: `C:\Windows\System32\dismhost.exe`, 7: `C:\Windows\System32\wbem\WmiPrvSE.exe`})...),
		ev("Somebody else", 2005, at("09:05:00"), fields(2, nil)...),
		ev(defenderProvider, 2004, at("09:06:00")))
	got := look(t, src).Defender.Events
	want := []model.DefenderEvent{
		{Kind: "healthy", Platform: "4.18.24010.12", Engine: "1.1.24020.9", Intelligence: "1.405.1.0"},
		{Kind: "intelligence-update-failed", Code: "0x80508002", Platform: "4.18.24010.12", Intelligence: "1.405.1.0", Text: "Bad"},
		{Kind: "engine-update-failed", Code: "0x8050a003", Platform: "4.18.24010.12", Engine: "1.1.1.1"},
		{Kind: "platform-too-old", Platform: "4.18.24010.12"},
		{Kind: "platform-update-failed", Code: "0x80070643", Platform: "4.18.24010.12", Text: "Fatal"},
		{Kind: "rule-blocked", Platform: "4.18.24010.12", Text: rule + ` C:\Windows\System32\dismhost.exe | C:\Windows\System32\wbem\WmiPrvSE.exe`},
		{Kind: "load-failed"},
	}
	if len(got.Items) != len(want) {
		t.Fatalf("%d events: %+v", len(got.Items), got.Items)
	}
	for i, w := range want {
		g := got.Items[i]
		g.Time, g.EventID, g.Origin = time.Time{}, 0, model.Origin{}
		if g != w {
			t.Errorf("%d: %+v, want %+v", i, g, w)
		}
	}
	if !got.Coverage.Covers(at("09:00:00")) || got.Coverage.Covers(at("07:00:00")) {
		t.Errorf("coverage %+v", got.Coverage)
	}
}

const stubLog = "Start time: 2024-01-09 02:00:00Z\r\nCommand: /payload 1 /program C:\\x\\AM_Delta.exe\r\nMpSigStub successfully updated x\r\nEnd time: 2024-01-09 02:01:00Z\r\n" +
	"Start time: 2024-01-10 02:00:00Z\r\nCommand: /payload 1 /program C:\\x\\AM_Engine.exe\r\n" +
	"mpengine.dll version in package is 1.1.23070.1005, but after update machine has older version 1.1.12805.0\r\nERROR 0x8007051a : x\r\nFailedFunction: ValidateUpdate\r\nEnd time: 2024-01-10 02:01:00Z\r\n"

func TestDefenderRuns(t *testing.T) {
	src := withDefender(platformImage, nil)
	src.put(stubLogs[0], testkit.UTF16("\ufeff"+stubLog, binary.LittleEndian))
	src.put(stubLogs[1], []byte("Start time: 2024-01-08 02:00:00Z\r\nEnd time: x\r\nStart time: never\r\n"))
	runs := look(t, src).Defender.Runs
	if len(runs.Items) != 3 {
		t.Fatalf("%+v", runs.Items)
	}
	bad := runs.Items[2]
	if !bad.Failed || bad.Code != "0x8007051a" || bad.Need != "1.1.23070.1005" || bad.Have != "1.1.12805.0" || bad.Origin.Line != 8 || bad.Package != "AM_Engine.exe" {
		t.Errorf("%+v", bad)
	}
	if c := runs.Coverage; c.From.Day() != 9 || !c.Covers(bad.End) {
		t.Errorf("the log of the service says nothing about SYSTEM's runs: %+v", c)
	}
	if runs := look(t, withDefender(platformImage, nil)).Defender.Runs; runs.Coverage.Why == nil || runs.Coverage.Covers(now) {
		t.Errorf("without a log: %+v", runs.Coverage)
	}
}

func TestDefenderLog(t *testing.T) {
	src := withDefender(platformImage, nil)
	for _, day := range []string{"01", "02", "03", "04"} {
		src.put(supportFolder+"/MPLog-202401"+day+"-000000.log", []byte("2024-01-"+day+"T01:00:00Z all is well\r\n2024-01-"+day+"T02:00:00.5Z Engine update failed hr = 0x8050a003\r\n"))
	}
	src.put(supportFolder+"/MPDetection-20240101-000000.log", []byte("Platform update failed 0x80508031"))
	src.put(commandLogs[0], []byte("MpCmdRun: Command Line: MpCmdRun.exe -SignatureUpdate\r\nSignature Update failed with hr=80070652\r\n"))
	log := look(t, src).Defender.Log
	if len(log.Items) != 1+mplogFiles || log.Items[0].Kind != "intelligence-failed" || log.Items[0].Subject != "MpCmdRun.exe -SignatureUpdate" {
		t.Fatalf("%+v", log.Items)
	}
	if last := log.Items[3]; last.Kind != "engine-failed" || last.Code != "0x8050a003" || last.Time.Day() != 4 || last.Origin.Line != 2 {
		t.Errorf("%+v", last)
	}
	if c := log.Coverage; c.From.Day() != 2 || !c.Covers(log.Items[3].Time) {
		t.Errorf("%+v", c)
	}
}

// The end of a log that is too large begins at a whole character.
func TestTail(t *testing.T) {
	src := withDefender(platformImage, nil)
	src.put("x.log", []byte("0123456789"))
	d := newDesk(t.Context(), src, Options{Now: now})
	for limit, want := range map[int64]string{100: "0123456789", 4: "6789", 3: "6789", 0: ""} {
		r, from, err := d.tail(d.on("x.log"), limit)
		if err != nil || from != int64(10-len(want)) {
			t.Fatalf("%d: from %d, %v", limit, from, err)
		}
		got := make([]byte, 20)
		n, _ := r.Read(got)
		if string(got[:n]) != want {
			t.Errorf("%d: %q", limit, got[:n])
		}
		r.Close()
	}
}
