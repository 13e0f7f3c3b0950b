package collect

import (
	"context"
	"testing"
	"time"

	"updoc/format/regf"
	"updoc/model"
)

func TestOSIdentity(t *testing.T) {
	m := look(t, newFake(softwareKeys(), systemKeys()))
	want(t, "family", m.OS.Family, "windows-10")
	want(t, "version", m.OS.Version, "10.0.19045.3930")
	want(t, "display version", m.OS.DisplayVersion, "22H2")
	want(t, "server core", m.OS.ServerCore, false)
	want(t, "architecture", m.OS.Architecture, "amd64")
	want(t, "language", m.OS.Language, "ja-JP")
	want(t, "installed", m.OS.Installed, time.Unix(1600000000, 0).UTC())
	want(t, "name", m.Name, "DESKTOP-1")
	if o := m.OS.Build.Origin; o.Path != `Windows\System32\config\SOFTWARE` || o.Key != currentVersion+":CurrentBuild" || o.Offset == 0 {
		t.Errorf("origin of the build is %+v", o)
	}
}

func TestFamilies(t *testing.T) {
	for _, c := range []struct{ build, kind, want string }{
		{"22631", "Client", "windows-11"}, {"10240", "Client", "windows-10"}, {"9600", "Client", "unknown"},
		{"20348", "Server Core", "server"},
	} {
		keys := softwareKeys()
		keys.Key(currentVersion).SetString("CurrentBuild", c.build).SetString("InstallationType", c.kind)
		m := look(t, newFake(keys, systemKeys()))
		want(t, c.build, m.OS.Family, c.want)
		want(t, c.kind, m.OS.ServerCore, c.kind == "Server Core")
	}
}

// A hive that cannot be read leaves everything from it unseen, never zero.
func TestHiveMissing(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	delete(src.volumes["disk0p3"], softwarePath)
	src.put(systemPath, []byte("this is no hive"))
	m := look(t, src)
	wantUnseen(t, "build", m.OS.Build, model.ReasonAbsent)
	wantUnseen(t, "name", m.Name, model.ReasonDamaged)
	wantUnseen(t, "pending", m.Pending.Any, model.ReasonAbsent)
	wantUnseen(t, "zone", m.Clock.Zone, model.ReasonDamaged)
	if m.Services.Coverage.Complete || m.Policies.Coverage.Complete || m.Packages.Coverage.Complete {
		t.Error("lists from unreadable hives count as complete")
	}
}

// Dirty hives are replayed; without their logs nothing that lacks is known to lack.
func TestDirtyHive(t *testing.T) {
	before, after := softwareKeys(), softwareKeys()
	after.Key(cbsKey + `\RebootPending`)
	dirty := regf.BuildDirty(before, after, regf.BuildOptions{})
	src := newFake(before, systemKeys())
	src.put(softwarePath, dirty.Hive)
	m := look(t, src)
	wantUnseen(t, "reboot pending without logs", m.Pending.CBSReboot, model.ReasonDamaged)
	want(t, "build without logs", m.OS.Build, 19045)

	src.put(softwarePath+".LOG1", dirty.Log1)
	src.put(softwarePath+".LOG2", dirty.Log2)
	m = look(t, src)
	want(t, "reboot pending with logs", m.Pending.CBSReboot, true)
	want(t, "in progress with logs", m.Pending.InProgress, false)
}

func TestServices(t *testing.T) {
	m := look(t, newFake(softwareKeys(), systemKeys()))
	if !m.Services.Coverage.Complete || len(m.Services.Items) != len(serviceNames) {
		t.Fatalf("%d services, complete %t", len(m.Services.Items), m.Services.Coverage.Complete)
	}
	byName := map[string]model.Service{}
	for _, s := range m.Services.Items {
		byName[s.Name] = s
	}
	want(t, "wuauserv", byName["wuauserv"].Start, 3)
	want(t, "bits", byName["bits"].Start, 4)
	want(t, "dosvc", byName["dosvc"].Present, false)
	wantUnseen(t, "start of dosvc", byName["dosvc"].Start, model.ReasonAbsent)
}

// The control set is the one Select names, not the first.
func TestControlSet(t *testing.T) {
	keys := systemKeys()
	keys.Key("Select").SetDword("Current", 2)
	keys.Key(`ControlSet002\Services\wuauserv`).SetDword("Start", 4)
	m := look(t, newFake(softwareKeys(), keys))
	want(t, "wuauserv", m.Services.Items[0].Start, 4)
	keys.Key("Select").SetDword("Current", 0)
	m = look(t, newFake(softwareKeys(), keys))
	wantUnseen(t, "name", m.Name, model.ReasonDamaged)
}

func TestPolicies(t *testing.T) {
	keys := softwareKeys()
	keys.Key(`Policies\Microsoft\Windows\WindowsUpdate`).SetString("WUServer", "http://wsus:8530")
	keys.Key(`Policies\Microsoft\Windows\WindowsUpdate\AU`).SetDword("UseWUServer", 1)
	m := look(t, newFake(keys, systemKeys()))
	if !m.Policies.Coverage.Complete || len(m.Policies.Items) != 2 {
		t.Fatalf("policies: %+v", m.Policies)
	}
	if p := m.Policies.Items[1]; p.Name != "UseWUServer" || p.Value != "1" || p.Key != `Policies\Microsoft\Windows\WindowsUpdate\AU` {
		t.Errorf("policy: %+v", p)
	}
}

func TestPackages(t *testing.T) {
	keys := softwareKeys()
	pkg := func(name string, state uint32, at time.Time) {
		ft := uint64(at.UnixNano()/100) + 116444736000000000
		keys.Key(cbsKey+`\Packages\`+name).SetDword("CurrentState", state).SetDword("InstallTimeHigh", uint32(ft>>32)).
			SetDword("InstallTimeLow", uint32(ft)).SetString("InstallClient", "WindowsUpdateAgent")
	}
	at := time.Date(2023, 11, 14, 20, 0, 0, 0, time.UTC)
	pkg("Package_for_KB5032189~31bf3856ad364e35~amd64~~19041.3636.1.2", 0x70, at)
	pkg("Package_for_KB5030211~31bf3856ad364e35~amd64~~19041.3448.1.2", 0x50, at.AddDate(0, -2, 0))
	pkg("Microsoft-Windows-Client-Features-Package~31bf3856ad364e35~amd64~~10.0.19041.1", 0x70, at)
	pkg("Microsoft-OneCore-Broken-Package~31bf3856ad364e35~amd64~~10.0.19041.1", 0xffffff90, at)
	keys.Key(cbsKey + `\Packages\Package_without_state`)
	m := look(t, newFake(keys, systemKeys()))
	if !m.Packages.Coverage.Complete || len(m.Packages.Items) != 3 {
		t.Fatalf("packages: %+v", m.Packages)
	}
	newest := m.Packages.Items[2]
	if newest.State == "superseded" || m.Packages.Items[0].State != "superseded" || m.Packages.Items[0].KB != "KB5030211" {
		t.Errorf("not oldest first: %+v", m.Packages.Items)
	}
	for _, p := range m.Packages.Items {
		if p.KB == "KB5032189" && (!p.Installed.Equal(at) || p.Version != "19041.3636.1.2" || p.State != "installed") {
			t.Errorf("package: %+v", p)
		}
	}
}

// A source that is cancelled gives its error and no half machine.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if m, err := Machine(ctx, newFake(softwareKeys(), systemKeys()), Options{}); err == nil || m != nil {
		t.Errorf("got %v, %v", m, err)
	}
}

// A defect in one collector does not take the others with it.
func TestPanicIsContained(t *testing.T) {
	d := newDesk(context.Background(), newFake(softwareKeys(), systemKeys()), Options{Now: now})
	d.run(collector{"broken", func(*desk) { panic("unforeseen") }})
	if n := len(d.m.Looks); n != 1 || d.m.Looks[0].Unseen == nil || d.m.Looks[0].Unseen.Detail != "unforeseen" {
		t.Errorf("looks: %+v", d.m.Looks)
	}
}

// Updoc's own policy is read with its types, and a value that cannot be read still shows
// that there is a rule.
func TestOwnPolicy(t *testing.T) {
	keys := softwareKeys()
	keys.Key(`Policies\updoc`).SetString("MaxRisk", "R2").SetMulti("DeniedRemedies", []string{"winre-enlarge", "restart"}).SetRaw("AllowRestart", 4, []byte{1})
	m := look(t, newFake(keys, systemKeys()))
	got := map[string]string{}
	for _, p := range m.Policies.Items {
		if p.Key == `Policies\updoc` && p.Origin.Key != "" {
			got[p.Name] = p.Value
		}
	}
	if m.Policies.Coverage.Complete || len(got) != 3 || got["MaxRisk"] != "R2" || got["DeniedRemedies"] != "winre-enlarge|restart" || got["AllowRestart"] != "(damaged)" {
		t.Errorf("%+v, %v", got, m.Policies.Coverage)
	}
}
