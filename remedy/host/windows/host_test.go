package windows

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
	"updoc/winapi"
)

func one(_ testing.TB, s *sim) (*pc, *Host) {
	p := &pc{sim: s}
	return p, p.host()
}

// do saves and does, as journal.Steps do.
func do(t testing.TB, h *Host, op host.Op) ([]byte, error) {
	t.Helper()
	saved, err := h.Save(t.Context(), op)
	if err != nil {
		return nil, err
	}
	return saved, h.Do(t.Context(), op)
}

func code(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func waitsFor(err error) string {
	var later *host.Interrupted
	if errors.As(err, &later) {
		return later.For + " " + later.Text
	}
	return "nothing: " + code(err)
}

func TestUnknownOperation(t *testing.T) {
	_, h := one(t, newSim(t))
	for _, err := range []error{h.Do(t.Context(), host.Op{Kind: "x"}), h.Back(t.Context(), host.Op{Kind: "x"}, nil)} {
		if code(err) != "unknown-operation" {
			t.Error(err)
		}
	}
}

func TestRunTool(t *testing.T) {
	s := newSim(t)
	var ran []string
	exit := winapi.Finished{}
	s.runs["sfc"] = func(_ *sim, args []string) (winapi.Finished, error) { ran = args; return exit, nil }
	_, h := one(t, s)
	op := host.Op{Kind: host.RunTool, Name: "sfc", Args: []string{"/scannow"}, Exits: []uint32{0, 1}, Restarts: []uint32{3010}}
	for _, c := range []struct {
		end  winapi.Finished
		want string
	}{{winapi.Finished{}, ""}, {winapi.Finished{Exit: 1}, ""}, {winapi.Finished{Exit: 3010}, ""}, {winapi.Finished{Exit: 2}, "tool-failed"}, {winapi.Finished{Ended: true}, "tool-ended"}} {
		exit = c.end
		if _, err := do(t, h, op); code(err) != c.want || ran[0] != "/scannow" {
			t.Errorf("%+v: %v", c.end, err)
		}
	}
	op.Exits, op.Restarts = nil, nil
	exit = winapi.Finished{}
	if _, err := do(t, h, op); err != nil {
		t.Error(err)
	}
	op.Maybe, exit = true, winapi.Finished{Exit: 77}
	if _, err := do(t, h, op); err != nil {
		t.Error("any exit code is good:", err)
	}
	for _, bad := range []host.Op{{Name: "cmd"}, {Name: "program", Args: []string{"/q"}}, {Name: "sfc", Args: []string{"/scannow & del"}}, {Name: "dism", Args: []string{"/online", `/source:C:\a"b`}},
		{Name: "msiexec", Args: []string{`\\server\a.msi`}}, {Name: "sfc", Args: []string{"/SCANNOW\n"}}} {
		bad.Kind = host.RunTool
		if _, err := do(t, h, bad); code(err) != "refused-tool" {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := do(t, h, host.Op{Kind: host.RunTool, Name: "w32tm", Args: []string{"/resync"}}); code(err) != "tool-not-there" {
		t.Error(err)
	}
}

func TestDefenderOfTheNewestPlatform(t *testing.T) {
	s := newSim(t)
	_, h := one(t, s)
	find := func() string {
		path, err := h.defender(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got := find(); got != `C:\Program Files\Windows Defender\MpCmdRun.exe` {
		t.Error(got)
	}
	for _, v := range []string{"4.18.9.1-0", "4.18.24090.11-0", "4.18.2001.7-0"} {
		s.write(`C:\ProgramData\Microsoft\Windows Defender\Platform\`+v+`\MpCmdRun.exe`, []byte("x"))
	}
	s.write(`C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.99999.1-0\readme`, []byte("x"))
	if got := find(); !strings.Contains(got, "4.18.24090.11-0") {
		t.Error(got)
	}
}

func TestRestart(t *testing.T) {
	s := newSim(t)
	p, h := one(t, s)
	op := host.Op{Kind: host.RestartWindows, Text: "why"}
	if _, err := do(t, h, op); waitsFor(err) != "restart why" {
		t.Error(err)
	}
	s.started = s.started.Add(24 * time.Hour) // the clock was set
	if err := p.host().Do(t.Context(), op); waitsFor(err) != "restart why" {
		t.Error(err)
	}
	first, err := h.Save(t.Context(), op)
	must(t, "save", err)
	s.restart()
	if err := p.host().Do(t.Context(), op); err != nil {
		t.Error(err)
	}
	if _, err := do(t, p.host(), op); waitsFor(err) != "restart why" { // one more, which is the same operation
		t.Error(err)
	}
	h = p.host()
	h.Begun(op, first)
	if err := h.Do(t.Context(), op); err != nil {
		t.Error("the first of two restarts was done long ago:", err)
	}
}

// Flags that ask for a restart are keys that end with Windows. Taken back they are such
// keys again, and none after a start: a lasting one would ask for a restart for ever.
func TestVolatileKeyIsTakenBackAsOne(t *testing.T) {
	const key = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`
	for name, restarts := range map[string]bool{"at once": false, "after a start": true} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t)
			p, h := one(t, s)
			for _, at := range []string{key, key + `\below`} {
				_, err := winapi.SetValue.Do(t.Context(), h.Calls, winapi.ValueAt{Key: at, Value: winapi.Value{Name: "n", Type: 4, Data: []byte{1, 0, 0, 0}}, Volatile: true})
				must(t, "flag", err)
			}
			op := host.Op{Kind: host.DeleteKey, To: host.Place{Volume: "0:1", Path: "Windows/System32/config/SOFTWARE"}, Key: strings.TrimPrefix(key, `HKLM\SOFTWARE\`)}
			saved, err := do(t, h, op)
			must(t, "delete", err)
			if restarts {
				s.restart()
			}
			must(t, "back", p.host().Back(t.Context(), op, saved))
			if there := s.reg[strings.ToLower(key+`\below`)] != nil; there == restarts {
				t.Errorf("there: %v", there)
			}
			s.restart()
			if s.reg[strings.ToLower(key)] != nil {
				t.Error("it outlives a start of Windows")
			}
		})
	}
}

func TestRestartIfSomethingWaits(t *testing.T) {
	s := newSim(t)
	s.runs["sfc"] = func(*sim, []string) (winapi.Finished, error) { return winapi.Finished{Exit: 3010}, nil }
	p, h := one(t, s)
	op := host.Op{Kind: host.RestartWindows, Maybe: true}
	if _, err := do(t, h, op); err != nil {
		t.Error("nothing waits:", err)
	}
	s.facts = func(m *model.Machine) { m.Pending.Any = model.Known(true, model.Origin{}) }
	if _, err := do(t, h, op); waitsFor(err) != "restart " {
		t.Error(err)
	}
	s.facts = nil
	if _, err := do(t, h, host.Op{Kind: host.RunTool, Name: "sfc", Args: []string{"/scannow"}, Restarts: []uint32{3010}}); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, h, op); waitsFor(err) != "restart " {
		t.Error("a tool asked for it:", err)
	}
	s.restart()
	if err := p.host().Do(t.Context(), op); err != nil {
		t.Error(err)
	}
	if _, err := do(t, p.host(), op); err != nil {
		t.Error("that was before this start:", err)
	}
}

func TestInstallUpdate(t *testing.T) {
	const not = "nothing: update-not-installed"
	for _, c := range []struct {
		end   winapi.InstallResult
		err   error
		after bool // the agent has the update then
		want  string
	}{
		{winapi.InstallResult{Result: 2}, nil, true, "nothing: "},
		{winapi.InstallResult{Result: 0}, nil, false, not},
		{winapi.InstallResult{Result: 1}, nil, false, not},
		{winapi.InstallResult{Result: 3}, nil, false, not},
		{winapi.InstallResult{Result: 3}, nil, true, "nothing: "},
		{winapi.InstallResult{Result: 3, Restart: true}, nil, false, "nothing: "},
		{winapi.InstallResult{Result: 4, HResult: 0x80070643}, nil, false, not},
		{winapi.InstallResult{Result: 5, Restart: true}, nil, false, not},
		{winapi.InstallResult{Result: 4, HResult: 0x80240016}, nil, false, "agent "},
		{winapi.InstallResult{}, &winapi.Error{Code: 0x80240009}, false, "agent "},
		{winapi.InstallResult{}, &winapi.Error{Code: 0x80240019}, false, "agent "},
		{winapi.InstallResult{Result: 4, HResult: 0x80240010}, nil, false, not},                    // relations too deep: nobody is at work
		{winapi.InstallResult{}, &winapi.Error{Code: 0x80240023}, false, not},                      // its terms of use were not accepted
		{winapi.InstallResult{}, &winapi.Error{Code: 0x8024402c}, false, "nothing: : 0x8024402c "}, // its server is not reached: tried again
		{winapi.InstallResult{}, &winapi.Error{Code: 0x800706ba}, false, "nothing: : 0x800706ba "}, // it is not there yet
	} {
		s := newSim(t)
		_, h := one(t, s)
		s.install = func() (winapi.InstallResult, error) {
			s.installed[updateID] = c.after
			return c.end, c.err
		}
		if _, err := do(t, h, host.Op{Kind: host.InstallUpdate, Name: updateID}); waitsFor(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// After a start the network comes when it comes: an update that is tried once waits for it.
func TestInstallUpdateWaitsForTheNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		offline   int
		maybe     bool
		installed bool
		want      string
	}{
		"it comes":           {3, true, true, "nothing: "},
		"it does not come":   {100, true, false, "nothing: "},
		"it is tried anyway": {1, false, false, "nothing: search-updates: 0x80072ee7 "},
	} {
		s := newSim(t)
		_, h := one(t, s)
		s.install = func() (winapi.InstallResult, error) { return winapi.InstallResult{Result: 2}, nil }
		s.offline = c.offline
		_, err := do(t, h, host.Op{Kind: host.InstallUpdate, Name: updateID, Maybe: c.maybe})
		if waitsFor(err) != c.want || s.installed[updateID] != c.installed {
			t.Errorf("%s: %v, installed %v", name, err, s.installed[updateID])
		}
	}
}

// What Windows denies is a failure, taken back at once: it would be denied again and again.
func TestWhatIsDeniedFails(t *testing.T) {
	s := newSim(t)
	_, h := one(t, s)
	s.trouble = "start denied"
	key := `HKLM\SYSTEM\ControlSet001\Services\bits`
	s.hive(key)
	s.reg[strings.ToLower(key)]["start"] = winapi.Value{Name: "Start", Type: 4, Data: []byte{4, 0, 0, 0}}
	_, err := do(t, h, host.Op{Kind: host.SetValue, To: host.Place{Volume: "0:1", Path: "Windows/System32/config/SYSTEM"}, Key: `ControlSet001\Services\bits`, Name: "Start", Type: 4, Number: 3})
	var e *model.Error
	if !errors.As(err, &e) || e.Code != "call-denied" || e.Args["call"] != "set-start" || e.Args["code"] != "0x00000005" {
		t.Errorf("%+v", err)
	}
	err = inUse(&fs.PathError{Op: "rename", Path: `C:\x`, Err: fs.ErrPermission})
	if !errors.As(err, &e) || e.Code != "call-denied" || e.Args["call"] != `rename C:\x` {
		t.Errorf("%+v", err)
	}
	if err := inUse(&winapi.Error{Code: 0x800706ba}); code(err) != ": 0x800706ba " {
		t.Error("a service that is not there yet:", err)
	}
}

// The agent refuses with one code beside another installation and before a restart.
func TestInstallUpdateBeforeARestart(t *testing.T) {
	yes, no := model.Known(true, model.Origin{}), model.Known(false, model.Origin{})
	for name, c := range map[string]struct {
		code             uint32
		pending, running model.Fact[bool]
		want             string
	}{
		"a restart comes first":      {0x80240016, yes, no, "restart "},
		"something is installed":     {0x80240016, yes, yes, "agent "},
		"that is not seen":           {0x80240016, yes, model.Fact[bool]{}, "agent "},
		"no restart is waited for":   {0x80240016, no, no, "agent "},
		"the agent is at work":       {0x80240009, yes, no, "agent "},
		"whether one is is not seen": {0x80240016, model.Fact[bool]{}, no, "agent "},
	} {
		s := newSim(t)
		_, h := one(t, s)
		s.facts = func(m *model.Machine) { m.Pending.Any, m.Live.UpdateRunning = c.pending, c.running }
		s.install = func() (winapi.InstallResult, error) { return winapi.InstallResult{Result: 4, HResult: c.code}, nil }
		if _, err := do(t, h, host.Op{Kind: host.InstallUpdate, Name: updateID}); waitsFor(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An update that is in is not installed again, as after a cut between its end and ours.
func TestInstalledUpdateIsLeftAlone(t *testing.T) {
	s := newSim(t)
	_, h := one(t, s)
	s.install = func() (winapi.InstallResult, error) { return winapi.InstallResult{Result: 2}, nil }
	op := host.Op{Kind: host.InstallUpdate, Name: updateID}
	for range 2 {
		if err := h.Do(t.Context(), op); err != nil || len(s.wrong) != 0 {
			t.Error(err, s.wrong)
		}
	}
	s.trouble = "agent busy"
	if err := h.Do(t.Context(), op); waitsFor(err) != "agent " {
		t.Error("a search beside an installation:", err)
	}
	if _, err := do(t, h, host.Op{Kind: host.HideUpdate, Name: "' or 1=1"}); code(err) != "refused-no-update" {
		t.Error(err)
	}
}

func TestAwaitPersonAndRemind(t *testing.T) {
	s := unwatched(t)
	_, h := one(t, s)
	wait := host.Op{Kind: host.AwaitPerson, Text: "pause-it", Until: "antivirus-active"}
	if _, err := do(t, h, wait); waitsFor(err) != "person pause-it" {
		t.Error(err)
	}
	remind := host.Op{Kind: host.Remind, Text: "remind-antivirus", Until: "antivirus-active"}
	if _, err := do(t, h, remind); err != nil || len(s.tasks) != 1 || !s.tasks["remind-antivirus-active"].AtLogOn {
		t.Error(err, s.tasks)
	}
	s.facts = func(m *model.Machine) { m.Live.RealTime = model.Known(true, model.Origin{}) }
	must(t, "nothing to ask for", h.Back(t.Context(), wait, []byte("{}")))
	if _, err := do(t, h, wait); err != nil {
		t.Error(err)
	}
	if _, err := do(t, h, remind); err != nil || len(s.tasks) != 0 {
		t.Error(err, s.tasks)
	}
	s.facts = nil // unseen is not yes
	if _, err := do(t, h, wait); waitsFor(err) != "person pause-it" {
		t.Error(err)
	}
	wait.Until = "full moon"
	if _, err := do(t, h, wait); code(err) != "refused-stale-plan" {
		t.Error(err)
	}
}

func TestAntivirusPaused(t *testing.T) {
	paused := conditions[host.AntivirusPaused]
	m := &model.Machine{}
	if paused(m) {
		t.Error("unseen is paused")
	}
	// A product is known by what it is registered by: names are in any language, and another
	// maker's may hold Microsoft's.
	m.Live.Security = model.Complete([]model.Guard{
		{ID: "{D68DDC3A-831F-4FAE-9E44-DA132C1ACF46}", Name: "Microsoft ウイルス対策", Active: true}, {ID: "{ab}", Name: "Best Defender", Active: true}})
	if paused(m) {
		t.Error("it is active")
	}
	m.Live.Security.Items[1].Active = false
	if !paused(m) {
		t.Error("it is paused")
	}
}

// Defender takes the place of one that is paused: that is not enough.
func TestEveryAntivirusWatchesAgain(t *testing.T) {
	s := newSim(t)
	active, name := true, "Other"
	s.facts = func(m *model.Machine) {
		m.Live.RealTime = model.Known(true, model.Origin{})
		m.Live.Security = model.Complete([]model.Guard{{Name: "Old one"}, {ID: "{ab}", Name: name, Active: active},
			{ID: "{d68ddc3a-831f-4fae-9e44-da132c1acf46}", Name: "Other", Active: !active}})
	}
	p, h := one(t, s)
	pause := host.Op{Kind: host.AwaitPerson, Text: "pause", Until: host.AntivirusPaused}
	saved, err := do(t, h, pause)
	if waitsFor(err) != "person pause" {
		t.Error(err)
	}
	active = false
	if err := p.host().Do(t.Context(), pause); err != nil {
		t.Error(err)
	}
	if err := p.host().Back(t.Context(), pause, saved); waitsFor(err) != "person ask.antivirus-active" {
		t.Error(err)
	}
	active, name = true, "Other 2027" // it was updated meanwhile
	must(t, "back", p.host().Back(t.Context(), pause, saved))
}

// What a service made anew gives way when the old folder comes back; what is not ours does
// not.
func TestRenameBack(t *testing.T) {
	s := withFiles(t)
	p, h := one(t, s)
	before := s.snapshot()
	op := host.Op{Kind: host.Rename, From: on("disk0p2", "Windows/SoftwareDistribution"), Text: "SoftwareDistribution.old"}
	saved, err := do(t, h, op)
	must(t, "rename", err)
	s.write(`C:\Windows\SoftwareDistribution\DataStore\new.edb`, []byte("new"))
	h = p.host()
	h.Begun(op, saved)
	must(t, "once more, after a service has made it anew", h.Do(t.Context(), op))
	held := s.vols[1].files[`windows\softwaredistribution\datastore\new.edb`]
	held.locked = true
	middle := s.snapshot()
	if err := h.Back(t.Context(), op, saved); code(err) != "file-in-use" {
		t.Error(err)
	}
	same(t, "a service holds it", middle, s.snapshot())
	held.locked = false
	must(t, "back", h.Back(t.Context(), op, saved))
	same(t, "back", before, s.snapshot())
	s.write(`C:\Windows\SoftwareDistribution.old\theirs`, []byte("x"))
	before = s.snapshot()
	if err := h.Do(t.Context(), op); code(err) != "refused-name-in-use" {
		t.Error(err)
	}
	must(t, "back", h.Back(t.Context(), op, saved))
	same(t, "not ours", before, s.snapshot())
}

func TestProtection(t *testing.T) {
	s := protected(t)
	_, h := one(t, s)
	suspend := host.Op{Kind: host.SuspendProtection, Partition: "disk0p2", Number: 2}
	saved, err := do(t, h, suspend)
	if err != nil || s.vols[1].enc.Suspended != 2 {
		t.Fatal(err)
	}
	resume := host.Op{Kind: host.ResumeProtection, Partition: "disk0p2"}
	again, err := do(t, h, resume)
	if err != nil || s.vols[1].enc.Protection != 1 {
		t.Fatal(err)
	}
	must(t, "back", h.Back(t.Context(), resume, again))
	if e := s.vols[1].enc; e.Protection != 0 || e.Suspended != 2 {
		t.Errorf("%+v", e)
	}
	must(t, "back", h.Back(t.Context(), suspend, saved))
	if s.vols[1].enc.Protection != 1 {
		t.Error("not resumed")
	}
	s.vols[1].enc.Protection = 0 // the person has suspended it
	if saved, err = do(t, h, suspend); err != nil {
		t.Fatal(err)
	}
	must(t, "back", h.Back(t.Context(), suspend, saved))
	if s.vols[1].enc.Protection != 0 {
		t.Error("resumed what the person suspended")
	}
	if _, err := do(t, h, host.Op{Kind: host.SuspendProtection, Partition: "disk0p3", Number: 1}); err != nil {
		t.Error("no BitLocker there is no error:", err)
	}
}

// Nothing suspends protection for good: DisableCount 0 is until somebody resumes it.
func TestProtectionIsNeverOffForGood(t *testing.T) {
	s := protected(t)
	s.trouble = "count untold"
	s.vols[1].enc.Protection, s.vols[1].enc.Suspended = 0, 3
	_, h := one(t, s)
	resume := host.Op{Kind: host.ResumeProtection, Partition: "disk0p2"}
	saved, err := do(t, h, resume)
	must(t, "resume", err)
	must(t, "back", h.Back(t.Context(), resume, saved))
	if e := s.vols[1].enc; e.Protection != 0 || e.Suspended != 1 {
		t.Errorf("%+v", e)
	}
}

// The person has suspended it for fewer restarts than are needed.
func TestProtectionIsSuspendedLongEnough(t *testing.T) {
	s := protected(t)
	s.vols[1].enc.Protection, s.vols[1].enc.Suspended = 0, 1
	_, h := one(t, s)
	suspend := host.Op{Kind: host.SuspendProtection, Partition: "disk0p2", Number: 2}
	saved, err := do(t, h, suspend)
	if err != nil || s.vols[1].enc.Suspended != 2 {
		t.Fatal(err, s.vols[1].enc.Suspended)
	}
	must(t, "back", h.Back(t.Context(), suspend, saved))
	if e := s.vols[1].enc; e.Protection != 0 || e.Suspended != 1 {
		t.Errorf("%+v", e)
	}
	s.vols[1].enc.Protection = 2
	if err := h.Do(t.Context(), suspend); code(err) != "refused-encrypted-here" {
		t.Error("it is locked:", err)
	}
}

func TestFileInUse(t *testing.T) {
	s := withFiles(t)
	_, h := one(t, s)
	s.vols[1].files[`windows\old.ini`].locked = true
	before := s.snapshot()
	if _, err := do(t, h, host.Op{Kind: host.WriteFile, To: on("disk0p2", "Windows/old.ini"), Data: []byte("x")}); code(err) != "file-in-use" {
		t.Error(err)
	}
	same(t, "a file in use", before, s.snapshot())
}

func TestAttributesAndPermissionsStay(t *testing.T) {
	s := withFiles(t)
	_, h := one(t, s)
	if _, err := do(t, h, host.Op{Kind: host.WriteFile, To: on("disk0p2", "Windows/old.ini"), Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if f := s.vols[1].files[`windows\old.ini`]; string(f.data) != "x" || f.attributes != attrReadOnly|attrSystem || string(f.security) != "only mine" {
		t.Errorf("%+v", f)
	}
}

func TestPermissionsAreReadAgain(t *testing.T) {
	s := withFiles(t)
	s.trouble = "permissions lie"
	_, h := one(t, s)
	before := s.snapshot()
	if _, err := do(t, h, host.Op{Kind: host.WriteFile, To: on("disk0p2", "Windows/old.ini"), Data: []byte("x")}); err == nil {
		t.Error("a file without its permissions was taken for done")
	}
	same(t, "permissions that could not be set", before, s.snapshot())
	s.write(`C:\Windows\mine.efi`, []byte("x"))
	s.vols[1].files[`windows\mine.efi`].security = []byte("mine")
	if _, err := do(t, h, host.Op{Kind: host.CopyFile, From: on("disk0p2", "Windows/mine.efi"), To: on("disk0p1", "EFI/mine.efi")}); err != nil {
		t.Error("FAT keeps none:", err)
	}
}

// Where the old and the new file have no room beside each other, the old one goes first:
// a copy of it is kept.
func TestNoRoomForBoth(t *testing.T) {
	s := newSim(t)
	_, h := one(t, s)
	now := tinyWim(t, "another one")
	s.write(`D:\new.wim`, now)
	s.images = append(s.images, now)
	s.vols[2].room = s.vols[2].taken() + 100
	op := host.Op{Kind: host.PutFile, Local: `D:\new.wim`, To: on("disk0p3", reImage)}
	saved, err := do(t, h, op)
	if err != nil || string(s.vols[2].files[`recovery\windowsre\winre.wim`].data) != string(now) {
		t.Fatal(err)
	}
	must(t, "back", h.Back(t.Context(), op, saved))
	if string(s.vols[2].files[`recovery\windowsre\winre.wim`].data) != string(s.images[0]) {
		t.Error("the old one is not back")
	}
	s.vols[2].room = 200
	if _, err := do(t, h, op); code(err) != "not-put-back" && code(err) != "volume-full" {
		t.Error(err)
	}
	if len(s.wrong) > 0 {
		t.Error(s.wrong)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		op    host.Op
		spoil func(s *sim)
		want  string
	}{
		"link": {host.Op{Kind: host.WriteFile, To: on("disk0p2", "Windows/link")}, func(s *sim) {
			s.write(`C:\Windows\link`, nil)
			s.vols[1].files[`windows\link`].attributes = attrReparse
		}, "refused-link"},
		"out of the volume": {host.Op{Kind: host.WriteFile, To: on("disk0p2", "../x")}, nil, "refused-stale-plan"},
		"no such partition": {host.Op{Kind: host.WriteFile, To: on("disk7p2", "x")}, nil, "refused-partition-gone"},
		"nothing to move":   {host.Op{Kind: host.MoveAside, From: on("disk0p2", "Windows/none")}, nil, "refused-file-gone"},
		"no hive":           {host.Op{Kind: host.DeleteKey, To: on("disk0p2", "Windows/x"), Key: "a"}, nil, "refused-hive"},
		"hive not loaded":   {host.Op{Kind: host.DeleteValue, To: on("disk0p2", "Windows/System32/config/COMPONENTS"), Name: "x"}, nil, "refused-hive"},
		"no such key":       {software(host.SetValue, "None", "x"), nil, "refused-stale-plan"},
		"a whole hive":      {software(host.DeleteKey, "", ""), nil, "refused-stale-plan"},
		"no service":        {host.Op{Kind: host.StopService, Name: "none"}, nil, "refused-no-service"},
		"Windows made anew": {host.Op{Kind: host.ResizeRecovery, Partition: "disk0p2", Start: 101 * mib, Size: 31 * gib}, nil, "refused-stale-plan"},
		"encrypted":         {growOp, func(s *sim) { s.vols[2].enc.Conversion = 1; s.images, s.persons = nil, nil }, "refused-encrypted-here"},
		"unreadable":        {growOp, func(s *sim) { s.vols[2].fs = "RAW" }, "refused-files-unread"},
		"logical":           {growOp, func(s *sim) { s.onMBR().disk.Partitions[2].Logical = true }, "refused-logical"},
		"active":            {growOp, func(s *sim) { s.onMBR().disk.Partitions[2].Active = true }, "refused-stale-plan"},
		"table of another":  {host.Op{Kind: host.CreateRecovery, Start: 60 * gib, Size: gib}, func(s *sim) { s.disk.Table = "none" }, "refused-stale-plan"},
		"damaged image":     {host.Op{Kind: host.SetWinRE, To: on("disk0p3", reImage)}, func(s *sim) { s.vols[2].files[`recovery\windowsre\winre.wim`].data = []byte("no wim"); s.images = nil }, "refused-no-image"},
		"name in use":       {host.Op{Kind: host.Rename, From: on("disk0p2", "Windows/System32/sfc.exe"), Text: "Dism.exe"}, nil, "refused-name-in-use"},
		"larger than it is": {host.Op{Kind: host.ShrinkVolume, Partition: "disk0p2", Size: 99 * gib}, nil, "refused-stale-plan"},
		"unknown packing":   {host.Op{Kind: host.Recompress, To: on("disk0p3", reImage), Text: "lzms"}, nil, "refused-stale-plan"},
		"no image inside":   {host.Op{Kind: host.ExtractWim, Local: `D:\i.wim`, Image: 1, From: on("", "x"), To: on("disk0p2", "y")}, func(s *sim) { s.write(`D:\i.wim`, s.images[0]) }, "refused-no-image-inside"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t)
			if c.spoil != nil {
				c.spoil(s)
			}
			_, h := one(t, s)
			before := s.snapshot()
			if _, err := do(t, h, c.op); code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			same(t, name, before, s.snapshot())
		})
	}
}

func TestDamagedImageIsNeverDeleted(t *testing.T) {
	s := newSim(t)
	bad := []byte("MSWIM\x00\x00\x00 cut off")
	s.vols[2].files[`recovery\windowsre\winre.wim`].data = bad
	s.images = [][]byte{bad}
	_, h := one(t, s)
	if _, err := do(t, h, shrinkOp); err != nil {
		t.Fatal(err)
	}
	before := s.snapshot()
	if _, err := do(t, h, growOp); code(err) != "refused-image-damaged" {
		t.Error(err)
	}
	same(t, "a damaged image", before, s.snapshot())
}

// Disks that cannot be told from each other, one that is not there, a partition that
// somebody has made anew at the same place: nothing is changed.
func TestAnotherDiskIsNotTouched(t *testing.T) {
	typed := host.Op{Kind: host.SetPartitionType, Partition: "disk0p1", Text: dataType}
	for name, c := range map[string]struct {
		spoil func(s *sim)
		want  string
	}{
		"a copy":    {func(s *sim) { s.twin.GUID = s.disk.GUID }, "refused-disk-unknown"},
		"none":      {func(s *sim) { s.disk.GUID = "99999999-0000-0000-0000-000000000009" }, "refused-disk-unknown"},
		"made anew": {func(s *sim) { s.part(mib).GUID, s.part(101*mib).GUID = "a", "b" }, "refused-partition-gone"},
	} {
		for _, op := range []host.Op{typed, shrinkOp} {
			s := newSim(t)
			p, h := one(t, s)
			saved, err := do(t, h, op)
			must(t, name, err)
			c.spoil(s)
			before := s.snapshot()
			if err := p.host().Back(t.Context(), op, saved); code(err) != c.want {
				t.Error(name, op.Kind, err)
			}
			same(t, name, before, s.snapshot())
		}
	}
}

// Of Storage Spaces and of a dynamic disk no partition is told: files of the running Windows
// are found by its letter, in another process too, and nothing else is touched.
func TestWindowsThatNoDiskShows(t *testing.T) {
	s := withFiles(t)
	s.facts = func(m *model.Machine) { m.Windows.ID = "C" }
	p, h := one(t, s)
	before := s.snapshot()
	op := host.Op{Kind: host.Rename, From: on("C", "Windows/SoftwareDistribution"), Text: "SoftwareDistribution.old"}
	saved, err := do(t, h, op)
	must(t, "rename", err)
	if s.snapshot() == before {
		t.Error("nothing was renamed")
	}
	s.facts = func(m *model.Machine) { m.Windows.ID = "disk0p2" }
	must(t, "back", p.host().Back(t.Context(), op, saved))
	same(t, "back", before, s.snapshot())
	for _, id := range []string{"", "D"} {
		op.From.Volume = id
		if _, err := do(t, h, op); code(err) != "refused-partition-gone" {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := do(t, h, host.Op{Kind: host.SetPartitionType, Partition: "C", Text: dataType}); code(err) != "refused-partition-gone" {
		t.Error(err)
	}
	same(t, "refused", before, s.snapshot())
}

// What the disks show is not found by a letter.
func TestWindowsThatADiskShows(t *testing.T) {
	s := withFiles(t)
	s.facts = func(m *model.Machine) { m.Windows.ID = "disk0p2" }
	p, h := one(t, s)
	op := host.Op{Kind: host.Rename, From: on("disk0p2", "Windows/SoftwareDistribution"), Text: "SoftwareDistribution.old"}
	saved, err := do(t, h, op)
	must(t, "rename", err)
	s.disk.GUID = "99999999-0000-0000-0000-000000000009"
	before := s.snapshot()
	if err := p.host().Back(t.Context(), op, saved); code(err) != "refused-disk-unknown" {
		t.Error(err)
	}
	same(t, "another disk", before, s.snapshot())
}

// wimlib stands in for DISM.
func TestRecompress(t *testing.T) {
	if _, err := exec.LookPath("wimlib-imagex"); err != nil {
		t.Skip("wimlib-imagex is not there")
	}
	op := host.Op{Kind: host.Recompress, To: on("disk0p3", reImage), Text: "lzx"}
	large := func() *sim {
		s := newSim(t)
		image := tinyWim(t, strings.Repeat("much the same ", 5000))
		s.vols[2].files[`recovery\windowsre\winre.wim`].data = image
		s.images = [][]byte{image}
		s.enable(s.vols[2], `Recovery\WindowsRE`) // it is trusted
		return s
	}
	s := large()
	_, h := one(t, s)
	before := s.snapshot()
	saved, err := do(t, h, op)
	if err != nil {
		t.Fatal(err)
	}
	if have, err := h.readWim(t.Context(), `\\?\GLOBALROOT\Device\Harddisk0\Partition3\Recovery\WindowsRE\winre.wim`); err != nil || have.compression != "lzx" || have.boot != 1 {
		t.Errorf("%+v %v", have, err)
	}
	if s.sealed != sumOf(s.vols[2].files[`recovery\windowsre\winre.wim`].data) {
		t.Error("BitLocker does not know the image")
	}
	must(t, "once more", h.Do(t.Context(), op))
	must(t, "back", h.Back(t.Context(), op, saved))
	same(t, "back", before, s.snapshot())
	for trouble, want := range map[string]string{"dism lies": "tool-did-otherwise", "dism hangs": "tool-ended", "export changes": "tool-did-otherwise"} {
		s := large()
		s.trouble = trouble
		_, h := one(t, s)
		before := s.snapshot()
		if _, err := do(t, h, op); code(err) != want {
			t.Errorf("%s: %v", trouble, err)
		}
		same(t, trouble, before, s.snapshot())
	}
}

// What both hosts can do, they do alike: every kind of operation is known here.
func TestEveryKindIsKnown(t *testing.T) {
	var _ host.Stepwise = (*fake.Host)(nil)
	for _, k := range []string{host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery, host.SetPartitionType, host.CopyFile, host.PutFile, host.WriteFile,
		host.MoveAside, host.DropHosts, host.Rename, host.Recompress, host.ExtractWim, host.SetValue, host.DeleteValue, host.DeleteKey, host.SetWinRE, host.LeaveFollowUp,
		host.StartService, host.StopService, host.RunTool, host.RestartWindows, host.InstallUpdate, host.HideUpdate, host.SuspendProtection, host.ResumeProtection,
		host.ServiceImage, host.AwaitPerson, host.Remind} {
		if _, known := kinds[k]; !known {
			t.Errorf("%s is not known", k)
		}
	}
}

func TestCancelledIsNotTakenBack(t *testing.T) {
	s := newSim(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.runs["sfc"] = func(*sim, []string) (winapi.Finished, error) { cancel(); return winapi.Finished{}, context.Canceled }
	_, h := one(t, s)
	if err := h.Do(ctx, host.Op{Kind: host.RunTool, Name: "sfc"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := h.Do(ctx, shrinkOp); !errors.Is(err, context.Canceled) || s.disk.Partitions[1].Size != 30*gib {
		t.Error(err)
	}
}

// A repair of the disk leaves a package on the volume of Windows, whose letter it does not
// know.
func TestPackageLeftByARepair(t *testing.T) {
	_, h := one(t, newSim(t))
	for local, want := range map[string]string{`\ProgramData\updoc\safe-os\kb.cab`: `C:\ProgramData\updoc\safe-os\kb.cab`, `D:\kb.cab`: `D:\kb.cab`, `\\server\kb.cab`: `\\server\kb.cab`} {
		if got, err := h.withDrive(t.Context(), local); got != want || err != nil {
			t.Error(got, err)
		}
	}
}

// The repair of Office is run if Microsoft signed it, and only the quick one.
func TestOfficeQuickRepair(t *testing.T) {
	s := newSim(t)
	path := `C:\Program Files\Common Files\microsoft shared\ClickToRun\OfficeClickToRun.exe`
	s.write(path, []byte("bad"))
	s.unsigned = map[string]bool{"bad": true}
	ran := ""
	s.runs["officeclicktorun"] = func(_ *sim, args []string) (winapi.Finished, error) {
		ran = strings.Join(args, " ")
		return winapi.Finished{Exit: 17}, nil
	}
	_, h := one(t, s)
	op := host.Op{Kind: host.RunTool, Name: "officeclicktorun", Maybe: true, Args: []string{"scenario=Repair", "platform=x64", "culture=sr-latn-rs", "RepairType=QuickRepair", "forceappshutdown=False", "DisplayLevel=False"}}
	if _, err := do(t, h, op); code(err) != "refused-program-unsigned" || ran != "" {
		t.Error("not signed:", err, ran)
	}
	s.write(path, []byte("good"))
	if _, err := do(t, h, op); err != nil || ran != strings.Join(op.Args, " ") {
		t.Error(err, ran)
	}
	for _, bad := range []string{"RepairType=FullRepair", "forceappshutdown=True", "scenario=Install", "culture=ja-jp x", `updatebaseurl=\\server\x`} {
		op.Args[0] = bad
		if _, err := do(t, h, op); code(err) != "refused-tool" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestProgramThatThePersonNames(t *testing.T) {
	s := newSim(t)
	s.write(`D:\setup.exe`, []byte("good"))
	s.write(`D:\other.exe`, []byte("bad"))
	s.unsigned = map[string]bool{"bad": true}
	ran := ""
	s.runs["program"] = func(_ *sim, args []string) (winapi.Finished, error) { ran = args[0]; return winapi.Finished{}, nil }
	_, h := one(t, s)
	op := host.Op{Kind: host.RunTool, Name: "program", Args: []string{"/q"}}
	for local, want := range map[string]string{`D:\other.exe`: "refused-program-unsigned", `D:\none.exe`: "tool-not-there", `D:\a.cmd`: "refused-wrong-file", `setup.exe`: "refused-wrong-file"} {
		op.Local = local
		if _, err := do(t, h, op); code(err) != want || ran != "" {
			t.Error(local, err, ran)
		}
	}
	op.Local = `D:\setup.exe`
	if _, err := do(t, h, op); err != nil || ran != "/q" {
		t.Error(err, ran)
	}
}

// A package of Windows Installer runs as SYSTEM: what is run is a copy, of its name, that
// Microsoft signed. Another one at its place by then is not run.
func TestPackageIsTrusted(t *testing.T) {
	s := newSim(t)
	s.write(`C:\Windows\System32\msiexec.exe`, []byte("exe"))
	s.write(`D:\Product.msi`, []byte("package"))
	s.write(`D:\evil.msi`, []byte("evil"))
	s.unsigned = map[string]bool{"evil": true}
	var ran string
	s.runs["msiexec"] = func(s *sim, args []string) (winapi.Finished, error) {
		ran = args[1]
		if string(s.content(ran)) != "package" {
			t.Errorf("%s holds something else", ran)
		}
		return winapi.Finished{}, nil
	}
	_, h := one(t, s)
	op := host.Op{Kind: host.RunTool, Name: "msiexec", Args: []string{"/fv", `D:\Product.msi`, "/qn"}}
	if _, err := do(t, h, op); err != nil || !strings.HasPrefix(ran, h.Keep) || nameOf(ran) != "Product.msi" {
		t.Errorf("%s, %v", ran, err)
	}
	ran = ""
	for path, want := range map[string]string{`D:\evil.msi`: "refused-program-unsigned", `D:\none.msi`: "tool-not-there"} {
		op.Args[1] = path
		if _, err := do(t, h, op); code(err) != want || ran != "" {
			t.Errorf("%s: %v, %q", path, err, ran)
		}
	}
}

// An update that fails ends nothing if what comes behind it must be done.
func TestInstallUpdateMaybe(t *testing.T) {
	s := newSim(t)
	_, h := one(t, s)
	for want, hresult := range map[string]uint32{"<nil>": 0x80070643, "agent ": 0x80240016} {
		s.install = func() (winapi.InstallResult, error) { return winapi.InstallResult{Result: 4, HResult: hresult}, nil }
		_, err := do(t, h, host.Op{Kind: host.InstallUpdate, Name: updateID, Maybe: true})
		if want == "<nil>" && err != nil || want != "<nil>" && waitsFor(err) != want {
			t.Errorf("%x: %v", hresult, err)
		}
	}
}

// A service that ran, and does not any more since Windows was started without it, runs
// again; one that does not start keeps nothing from being taken back.
func TestStartTypeBack(t *testing.T) {
	for trouble, state := range map[string]uint32{"": serviceRunning, "service hangs": serviceStopped} {
		s := withKeys(t)
		s.services["wuauserv"] = &simService{state: serviceRunning}
		_, h := one(t, s)
		op := host.Op{Kind: host.SetValue, To: on("disk0p2", "Windows/System32/config/SYSTEM"), Key: `ControlSet001\Services\wuauserv`, Name: "Start", Type: 4, Number: 3}
		saved, err := do(t, h, op)
		must(t, "set", err)
		s.services["wuauserv"].state, s.trouble = serviceStopped, trouble
		must(t, "back", h.Back(t.Context(), op, saved))
		if got := s.services["wuauserv"].state; got != state || s.reg[`hklm\system\controlset001\services\wuauserv`]["start"].Data[0] != 4 {
			t.Errorf("%q: %d", trouble, got)
		}
	}
}

// A package is copied, compared with its name and asked for its signature before DISM or
// wusa gets it, and it is the copy that they get.
func TestPackageThatThePersonNames(t *testing.T) {
	s := newSim(t)
	named := func(text string) string {
		sum := sha1.Sum([]byte(text))
		path := `D:\windows10.0-kb5034122-x64_` + hex.EncodeToString(sum[:]) + ".msu"
		s.write(path, []byte(text))
		return path
	}
	good, bad, image := named("good"), named("bad"), named("MSWIM\x00\x00\x00image")
	other := named("other")
	s.write(other, []byte("replaced"))
	s.unsigned = map[string]bool{"bad": true, "MSWIM\x00\x00\x00image": true}
	got := ""
	ran := func(_ *sim, args []string) (winapi.Finished, error) { got = args[0]; return winapi.Finished{}, nil }
	s.runs["wusa"], s.runs["dism"] = ran, func(s *sim, args []string) (winapi.Finished, error) { return ran(s, args[1:]) }
	s.write(`C:\Windows\System32\wusa.exe`, []byte("wusa"))
	_, h := one(t, s)
	for path, want := range map[string]string{good: "", image: "", bad: "refused-package-unsigned", other: "refused-package-hash", good[:len(good)-5] + "0.msu": "refused-file-gone"} {
		for _, op := range []host.Op{
			{Kind: host.RunTool, Name: "wusa", Args: []string{path, "/quiet"}},
			{Kind: host.RunTool, Name: "dism", Args: []string{"/Add-Package", "/PackagePath:" + path}},
		} {
			got = ""
			_, err := do(t, h, op)
			at := strings.TrimPrefix(got, "/PackagePath:")
			if code(err) != want || (got == "") != (want != "") {
				t.Errorf("%s %s: %v, ran with %s", op.Name, path, err, got)
			}
			if got != "" && (at == path || !strings.HasSuffix(at, ".msu") || string(s.content(at)) != string(s.content(path))) {
				t.Errorf("%s got %s", op.Name, got)
			}
		}
	}
}
