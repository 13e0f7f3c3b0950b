package live_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"updoc/model"
	"updoc/source"
	"updoc/source/live"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

var sick = filepath.Join("..", "..", "testdata", "sick-pc.qcow2")

const (
	inUse  = "Windows/System32/config/SOFTWARE"
	plain  = "Windows/System32/drivers/etc/hosts"
	access = 0x80041003 // WBEM_E_ACCESS_DENIED
)

func start(t *testing.T, opts simulated.Options) *simulated.Windows {
	t.Helper()
	w, err := simulated.New(t.Context(), opts, sick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func open(t *testing.T, w *simulated.Windows, opts live.Options) *live.Source {
	t.Helper()
	s, err := live.Open(t.Context(), w.System(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func read(s source.Source, name string) error {
	fsys, err := s.FS(s.Windows())
	if err != nil {
		return err
	}
	f, size, err := source.Open(fsys, name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, io.NewSectionReader(f, 0, size))
	return err
}

// Files in use are read from one shadow copy, which is gone afterwards even if the look
// was cancelled.
func TestFilesInUseComeFromOneShadowCopy(t *testing.T) {
	w := start(t, simulated.Options{Admin: true})
	ctx, cancel := context.WithCancel(t.Context())
	s, err := live.Open(ctx, w.System(), live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := read(s, plain); err != nil || w.Asked["shadow-copy"] != 0 {
		t.Errorf("%v, %d copies for a file that nobody holds", err, w.Asked["shadow-copy"])
	}
	for _, name := range []string{inUse, simulated.Busy[0], inUse} {
		if err := read(s, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.Asked["shadow-copy"] != 1 || w.Shadows() != 1 {
		t.Errorf("%d copies made, %d are there", w.Asked["shadow-copy"], w.Shadows())
	}
	cancel()
	if err := read(s, plain); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil || w.Shadows() != 0 {
		t.Errorf("%v, %d copies left", err, w.Shadows())
	}
}

// A normal user is told why, and what would help.
func TestNormalUserSeesLessAndIsToldSo(t *testing.T) {
	w := start(t, simulated.Options{InUse: []string{plain}})
	s := open(t, w, live.Options{})
	why := source.Why("file", read(s, plain))
	if why.Reason != model.ReasonInUse || why.How != model.HowAdmin || w.Asked["shadow-copy"] != 0 {
		t.Errorf("%+v, %d copies asked for", why, w.Asked["shadow-copy"])
	}
	d := s.Disks(t.Context()).Items[0]
	if len(d.Partitions) != 4 || d.Table != "gpt" {
		t.Fatalf("%d partitions, %s", len(d.Partitions), d.Table)
	}
	win, re := d.Partitions[2], d.Partitions[3]
	if win.Role != model.RoleWindows || win.ID != s.Windows() || !win.Volume.Free.Known || win.Volume.FS.Value != "ntfs" {
		t.Errorf("windows %+v", win)
	}
	for name, why := range map[string]model.Unseen{"free": re.Volume.Free.Reason(), "kind": re.Volume.FS.Reason(), "encrypted": re.Volume.BitLocker.Encrypted.Reason()} {
		if why.Reason != model.ReasonPermission || why.How != model.HowAdmin {
			t.Errorf("recovery %s: %+v", name, why)
		}
	}
	if _, err := s.FS(re.ID); source.Why("volume", err).How != model.HowAdmin {
		t.Errorf("recovery: %v", err)
	}
}

// With rights the unmounted volumes are read as on a disk, and the mounted one is Windows'
// own to tell of.
func TestAdministratorSeesTheDisk(t *testing.T) {
	s := open(t, start(t, simulated.Options{Admin: true}), live.Options{})
	d := s.Disks(t.Context()).Items[0]
	re := d.Partitions[3]
	if mb := re.Volume.Free.Value >> 20; re.Role != model.RoleRecovery || mb != 83 || len(re.Volume.Largest) == 0 {
		t.Errorf("recovery: %d MB free, %+v", mb, re.Volume.Largest)
	}
	if fsys, err := s.FS(re.ID); err != nil {
		t.Error(err)
	} else if _, err := fs.Stat(fsys, "Recovery/WindowsRE/winre.wim"); err != nil {
		t.Error(err)
	}
	if h := d.Partitions[2].Volume.Hibernated; !h.Known || h.Value {
		t.Errorf("hibernated %+v", h)
	}
	if len(s.Edges()) != 1 || len(s.Edges()[0].First) == 0 || s.BytesRead() == 0 {
		t.Errorf("%d edges, %d bytes", len(s.Edges()), s.BytesRead())
	}
}

func TestOpenRefuses(t *testing.T) {
	for code, sys := range map[string]live.System{
		"not-windows":     {Caller: &winapi.Recording{}},
		"windows-too-old": start(t, simulated.Options{Answers: map[string]any{"system": winapi.SystemInfo{Build: 9600}}}).System(),
		"live-failed":     start(t, simulated.Options{Answers: map[string]any{"token": &winapi.Error{Call: "token", Code: 5}}}).System(),
	} {
		var e *model.Error
		if _, err := live.Open(t.Context(), sys, live.Options{}); !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// Windows answers nothing but who asks: everything else is unseen, nothing fails.
func TestEverythingElseRefused(t *testing.T) {
	answers := map[string]any{}
	for _, call := range []string{"disks", "volumes", "services", "power", "registry-key", "channel", "encryption", "filters", "file-security", "installers"} {
		answers[call] = &winapi.Error{Call: call, Code: access}
	}
	s := open(t, start(t, simulated.Options{Answers: answers}), live.Options{})
	if why := s.Disks(t.Context()).Coverage.Reason(); why.Reason != model.ReasonPermission || why.How != model.HowAdmin {
		t.Errorf("disks: %+v", why)
	}
	if err := read(s, plain); err != nil {
		t.Errorf("a file of Windows: %v", err)
	}
	l := s.Live(t.Context())
	for name, why := range map[string]model.Unseen{"mode": l.Mode.Reason(), "power": l.Power.Reason(), "running": l.UpdateRunning.Reason(), "services": l.Services.Coverage.Reason(), "encryption": l.Protected.Reason()} {
		if why.Reason != model.ReasonPermission || why.How != model.HowAdmin {
			t.Errorf("%s: %+v", name, why)
		}
	}
	if why := l.SkewSeconds.Reason(); why.How != model.HowOnline {
		t.Errorf("clock: %+v", why)
	}
}

// BitLocker, which takes its time, is asked once for a look, however many disks there are.
func TestEncryptionIsAskedOnce(t *testing.T) {
	w, err := simulated.New(t.Context(), simulated.Options{Admin: true}, sick, sick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	open(t, w, live.Options{})
	if n := w.Asked[string(winapi.Encryption)]; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A Windows that no disk shows (a dynamic disk) tells of its volume itself.
func TestHomeThatNoDiskShows(t *testing.T) {
	s := open(t, start(t, simulated.Options{Admin: true}), live.Options{})
	shown, ok := s.Home()
	if !ok || !shown.Free.Known {
		t.Fatalf("%+v", shown)
	}
	s = open(t, start(t, simulated.Options{Admin: true, Answers: map[string]any{"disks": []winapi.Disk{}}}), live.Options{})
	alone, ok := s.Home()
	if !ok || alone.ID == shown.ID || alone.Free.Value != shown.Free.Value || alone.Dirty.Value != shown.Dirty.Value || alone.BitLocker.Encrypted.Reason().Reason == model.ReasonNotLooked {
		t.Errorf("%+v, not %+v", alone, shown)
	}
	s = open(t, start(t, simulated.Options{Answers: map[string]any{"disks": []winapi.Disk{}, "volumes": []winapi.Volume{}}}), live.Options{})
	if v, ok := s.Home(); ok {
		t.Errorf("%+v", v)
	}
}

// Where Windows has no such service, a log is not said to be damaged.
func TestNoEventService(t *testing.T) {
	for _, admin := range []bool{true, false} {
		s := open(t, start(t, simulated.Options{Admin: admin, Answers: map[string]any{"channel": winapi.ErrUnsupported}}), live.Options{})
		if _, err := s.Events(t.Context(), "System", nil, 1); !errors.Is(err, winapi.ErrUnsupported) || source.Why("evtx", err).Reason != model.ReasonAbsent {
			t.Errorf("administrator %v: %v, %+v", admin, err, source.Why("evtx", err))
		}
	}
}

func TestLiveFacts(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	answers := map[string]any{
		"system":            winapi.SystemInfo{Build: 19045, Architecture: "amd64", Process: "x86", Windows: `C:\Windows`, Memory: 4 << 30, Started: at},
		"token":             winapi.TokenInfo{Admin: true, CanAdmin: true, Network: true},
		"power":             winapi.PowerStatus{Line: 0, Battery: 40, HasBattery: true},
		"security-products": []winapi.SecurityProduct{{Name: "A", State: 0x41000}, {Name: "B", State: 0x60110}},
		"filters":           []winapi.Filter{{Name: "WdFilter"}},
		"app-control":       winapi.AppControlInfo{Kernel: 2, User: 1},
		"agent-busy":        true,
		"disk-health":       []winapi.DiskHealthInfo{{Health: 1}},
		"clock":             winapi.ClockAnswer{Server: at, Here: at.Add(-90 * time.Second)},
		"search-updates":    []winapi.Update{{UpdateID: "AB", KBs: []string{"KB5034441"}, Size: 7}},
		"services":          []winapi.ServiceState{{Name: "ClusSvc", State: 4}, {Name: "wuauserv", State: 1}},
	}
	s := open(t, start(t, simulated.Options{Admin: true, Answers: answers}), live.Options{Network: true})
	l := s.Live(t.Context())
	for name, ok := range map[string]bool{
		"remote": l.Remote.Value, "on battery": l.Power.Known && !l.Power.Value, "battery": l.Battery.Value == 40,
		"guards": len(l.Security.Items) == 2 && l.Security.Items[0].Active && l.Security.Items[0].UpToDate && !l.Security.Items[1].Active && !l.Security.Items[1].UpToDate,
		"filter": len(l.Loaded.Items) == 1 && l.Loaded.Items[0] == "wdfilter", "audit policy": l.AppControl.Known && !l.AppControl.Value,
		"busy": l.UpdateRunning.Value, "cluster": l.Cluster.Value, "health": s.Disks(t.Context()).Items[0].Health.Value == "warning",
		"behind": l.SkewSeconds.Value == -90, "offer": len(l.Offered.Items) == 1 && l.Offered.Items[0].KB == "KB5034441",
		"memory": s.Memory().Value == 4<<30, "started": s.Started().Value.Equal(at), "mode": l.Mode.Value == model.ModeNormal,
		"real time": l.RealTime.Value, "process": l.Process.Value == "x86", "S mode": l.SMode.Known && !l.SMode.Value,
	} {
		if !ok {
			t.Errorf("%s: %+v", name, l)
		}
	}
	for _, tool := range l.Tools.Items {
		if tool.Name == "reagentc" && (tool.Origin.Path != `Windows\Sysnative\ReAgentc.exe`) {
			t.Errorf("%+v", tool)
		}
		if tool.Name == "wmi" && !tool.Works.Value {
			t.Errorf("%+v", tool)
		}
	}
}

// An update is being installed if anybody says so; nobody must be left unasked for a no.
func TestUpdateRunning(t *testing.T) {
	unsupported, refused := winapi.ErrUnsupported, &winapi.Error{Call: "agent-busy", Code: 0x80070422}
	stopped := []winapi.ServiceState{{Name: "wuauserv", State: 1}, {Name: "TrustedInstaller", State: 4}}
	runs := []winapi.ServiceState{{Name: "wuauserv", State: 4}}
	busy := func(names ...string) winapi.InstallersInfo { return winapi.InstallersInfo{Processes: names} }
	for name, c := range map[string]struct {
		answers     map[string]any
		volatile    []string
		left        []string
		known, want bool
	}{
		"idle":                        {answers: map[string]any{"services": runs}, known: true},
		"the component service idles": {answers: map[string]any{"services": stopped}, known: true},
		"the agent works":             {answers: map[string]any{"agent-busy": true}, known: true, want: true},
		"its worker works":            {answers: map[string]any{"installers": busy("tiworker.exe"), "agent-busy": unsupported}, known: true, want: true},
		"an MSI":                      {answers: map[string]any{"installers": winapi.InstallersInfo{MSI: true}}, known: true, want: true},
		"an MSI left open":            {volatile: []string{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress`}, known: true, want: true},
		"an MSI left open long ago":   {left: []string{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress`}, answers: map[string]any{"services": runs}, known: true},
		"the agent answers nothing":   {answers: map[string]any{"services": runs, "agent-busy": unsupported}},
		"it cannot be asked":          {answers: map[string]any{"services": runs, "agent-busy": refused}},
		"neither the agent's service": {answers: map[string]any{"services": unsupported, "agent-busy": refused}},
		"it is switched off":          {answers: map[string]any{"services": stopped, "agent-busy": refused}, known: true},
		"no processes are told":       {answers: map[string]any{"services": stopped, "installers": unsupported}},
		"processes may not be listed": {answers: map[string]any{"services": runs, "installers": &winapi.Error{Call: "installers", Code: 5}}},
	} {
		s := open(t, start(t, simulated.Options{Admin: true, Answers: c.answers, Volatile: c.volatile, Left: c.left}), live.Options{})
		if got := s.Live(t.Context()).UpdateRunning; got.Known != c.known || got.Value != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Whether a volume is dirty only an administrator may ask; unasked is not clean.
func TestDirtyIsSeenOnlyIfAsked(t *testing.T) {
	w := start(t, simulated.Options{Admin: true})
	told, err := winapi.Volumes.Do(t.Context(), w, winapi.None{})
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]func(*winapi.Volume){
		"dirty": func(v *winapi.Volume) { v.Dirty, v.DirtyKnown = true, true },
		"clean": func(v *winapi.Volume) { v.Dirty, v.DirtyKnown = false, true },
		"":      func(v *winapi.Volume) { v.Dirty, v.DirtyKnown = false, false },
	} {
		for i := range told {
			set(&told[i])
		}
		s := open(t, start(t, simulated.Options{Admin: name != "", Answers: map[string]any{"volumes": told}}), live.Options{})
		got := s.Disks(t.Context()).Items[0].Partitions[2].Volume.Dirty
		if got.Known != (name != "") || got.Value != (name == "dirty") {
			t.Errorf("%q: %+v", name, got)
		}
		if why := got.Reason(); !got.Known && (why.Reason != model.ReasonPermission || why.How != model.HowAdmin) {
			t.Errorf("%+v", why)
		}
	}
}

// The update agent's history is told as it is, without what it removed.
func TestHistoryOfTheUpdateAgent(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	told := []winapi.HistoryEntry{
		{Time: at, UpdateID: "ab", Revision: 2, Title: "T", Operation: 1, Result: 4, HResult: 0x80070643, Unmapped: 5, Client: "c", Service: "s"},
		{Time: at, UpdateID: "ab", Operation: 2, Result: 2},
	}
	s := open(t, start(t, simulated.Options{Answers: map[string]any{"update-history": told}}), live.Options{})
	got, err := s.UpdateHistory(t.Context())
	want := source.HistoryEntry{Time: at, UpdateID: "ab", Revision: 2, Title: "T", Result: 4, HResult: 0x80070643, Unmapped: 5, Client: "c", ServiceID: "s"}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%+v %v", got, err)
	}
}

// Events that Windows cannot give are counted, and the others are there.
func TestUnreadEventsAreCounted(t *testing.T) {
	const one = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="P"/><EventID>7</EventID>` +
		`<TimeCreated SystemTime="2026-01-02T03:04:05Z"/><EventRecordID>9</EventRecordID></System></Event>`
	s := open(t, start(t, simulated.Options{Answers: map[string]any{
		"channel": winapi.ChannelInfo{Records: 3}, "events": winapi.EventPage{Events: []string{one}, Unread: 2}}}), live.Options{})
	log, err := s.Events(t.Context(), "System", map[string][]uint32{"P": {7}}, 10)
	if err != nil || len(log.Events) != 1 || log.Unread != 2 {
		t.Errorf("%+v %v", log, err)
	}
}

// Windows tells how it runs.
func TestModes(t *testing.T) {
	for want, change := range map[string]winapi.SystemInfo{
		model.ModePE: {PEReason: "MiniNT"}, model.ModeSafe: {CleanBoot: 2},
	} {
		change.Build, change.Windows = 19045, `C:\Windows`
		s := open(t, start(t, simulated.Options{Answers: map[string]any{"system": change}}), live.Options{})
		if got := s.Live(t.Context()).Mode; got.Value != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

// BitLocker's own word counts, by how far the conversion is.
func TestEncryptionStates(t *testing.T) {
	for want, v := range map[string]winapi.EncryptedVolume{
		"off": {Conversion: 0}, "on": {Conversion: 1, Protection: 1, Method: 6}, "suspended": {Conversion: 1}, "converting": {Conversion: 3, Protection: 1},
		"unknown": {Conversion: 1, Protection: 2},
	} {
		v.Path = `\\?\Volume{disk0p3}\`
		s := open(t, start(t, simulated.Options{Admin: true, Answers: map[string]any{"encryption": []winapi.EncryptedVolume{v}}}), live.Options{})
		l, b := s.Live(t.Context()), s.Disks(t.Context()).Items[0].Partitions[2].Volume.BitLocker
		if b.State.Value != want || b.Encrypted.Value != (want != "off") || l.Protected.Value != (want == "on") || l.Suspended.Value != (want == "suspended") || l.Conversion.Value != (want == "converting") {
			t.Errorf("%s: %+v", want, b)
		}
		if _, err := s.FS(s.Windows()); (err != nil) != (want == "unknown") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// The registry is asked once for each key; what lies in no loaded hive is not there.
func TestKeysAreAskedOnce(t *testing.T) {
	w := start(t, simulated.Options{})
	s := open(t, w, live.Options{})
	before := w.Asked["registry-key"]
	for range 3 {
		if k, err := s.Key(t.Context(), "SYSTEM", "Select"); err != nil || len(k.Values) == 0 {
			t.Fatal(err)
		}
		if _, err := s.Key(t.Context(), "SOFTWARE", "Nowhere"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if n := w.Asked["registry-key"] - before; n != 2 {
		t.Errorf("%d calls", n)
	}
	if _, err := s.Key(t.Context(), "COMPONENTS", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A folder on the disk of Windows is told apart from one elsewhere.
func TestPlace(t *testing.T) {
	s := open(t, start(t, simulated.Options{Admin: true}), live.Options{})
	for dir, own := range map[string]bool{`C:\Users\x`: true, `c:/Users`: true, `C:`: true, `X:\copy`: false, `\\server\share`: false} {
		if volume, got := s.Place(dir); got != own || (volume != "") != own {
			t.Errorf("%s: %s %v", dir, volume, got)
		}
	}
}
