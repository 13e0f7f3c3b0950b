package collect

import (
	"encoding/binary"
	"strings"
	"testing"

	"updoc/format/evtx"
	"updoc/format/regf"
	"updoc/model"
	"updoc/testkit"
)

func TestHosts(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(hostsPath, []byte("# 127.0.0.1 update.microsoft.com\r\n0.0.0.0 ads.example slscr.Update.Microsoft.com. # why\r\n::1 localhost\r\n127.0.0.1\r\n0.0.0.0 statsfe2.update.microsoft.com\n"+
		strings.Repeat("0.0.0.0 tracker.example\n", 2*otherHostLimit)+"0.0.0.0 notupdate.microsoft.com.example\n127.0.0.1 download.windowsupdate.com"))
	hosts := look(t, src).Agent.Hosts
	var update []string
	for _, h := range hosts.Items {
		if h.Update {
			update = append(update, h.Address+" "+h.Host)
		}
	}
	if got := strings.Join(update, ", "); got != "0.0.0.0 slscr.update.microsoft.com, 127.0.0.1 download.windowsupdate.com" || !hosts.Coverage.Complete {
		t.Errorf("%s, %+v", got, hosts.Coverage)
	}
	if len(hosts.Items) != otherHostLimit+2 || hosts.Items[1].Origin.Line != 2 {
		t.Errorf("%d lines, %+v", len(hosts.Items), hosts.Items[1])
	}
}

// A Windows without the file has no names of its own; a folder may simply lack it.
func TestNoHosts(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	if got := look(t, src).Agent.Hosts; !got.Coverage.Complete || len(got.Items) != 0 {
		t.Errorf("disk: %+v", got)
	}
	if got := look(t, src.folder()).Agent.Hosts; got.Coverage.Complete || got.Coverage.Reason().Reason != model.ReasonAbsent {
		t.Errorf("folder: %+v", got)
	}
}

func TestFirewallRules(t *testing.T) {
	for rule, want := range map[string]string{
		`v2.30|Action=Block|Active=TRUE|Dir=Out|App=%SystemRoot%\System32\svchost.exe|Svc=wuauserv|Name=No updates|`: "updates",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=6|App=C:\Windows\System32\svchost.exe|Name=No services|`:    "updates",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|App=%SystemRoot%\System32\svchost.exe|Svc=DiagTrack|Name=Other|`:     "other",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|Svc=wuauserv|RA4=192.0.2.1|Name=One server|`:                         "other",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=17|App=C:\Windows\System32\svchost.exe|Name=UDP only|`:      "other",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|App=C:\game\game.exe|Name=Game|`:                                     "other",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|Profile=Public|Svc=wuauserv|Name=Only outside|`:                      "other",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|Profile=Private|Profile=Public|Svc=wuauserv|Name=Everywhere|`:        "updates",
		`v2.30|Action=Block|Active=TRUE|Dir=Out|LUAuth=O:LSD:(A;;CC;;;S-1-5-21)|Svc=wuauserv|Name=One account|`:      "other",
		`v2.30|Action=Block|Active=FALSE|Dir=Out|Svc=wuauserv|Name=Off|`:                                             "",
		`v2.30|Action=Block|Active=TRUE|Dir=In|Svc=wuauserv|Name=In|`:                                                "",
		`v2.30|Action=Allow|Active=TRUE|Dir=Out|Svc=wuauserv|Name=Allowed|`:                                          "",
		`V2.0|Action=Block|Dir=out|App=%windir%\System32\svchost.exe|Svc=HidServ|Name=Block any traffic|`:            "other",
		"garbage": "", "v2.|": "", "": "",
	} {
		got := ""
		if r, ok := blockingRule(rule); ok {
			got = map[bool]string{true: "updates", false: "other"}[r.Update]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestFirewall(t *testing.T) {
	system, software := systemKeys(), softwareKeys()
	system.Key(`ControlSet001\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`).
		SetString("{1}", `v2.30|Action=Block|Active=TRUE|Dir=Out|Svc=wuauserv|Name=Mine|`).SetDword("{2}", 1)
	software.Key(firewallPolicy).SetString("{3}", `v2.30|Action=Block|Active=TRUE|Dir=Out|Svc=bits|RA4=192.0.2.1|RA6=2001:db8::1|Name=Theirs|`)
	rules := look(t, newFake(software, system)).Agent.Firewall
	if !rules.Coverage.Complete || len(rules.Items) != 2 {
		t.Fatalf("%+v", rules)
	}
	mine, theirs := rules.Items[0], rules.Items[1]
	if mine.Name != "Mine" || mine.Policy || !mine.Update || !strings.HasSuffix(mine.Origin.Key, ":{1}") ||
		!theirs.Policy || theirs.Update || theirs.Remote != "192.0.2.1,2001:db8::1" {
		t.Errorf("%+v", rules.Items)
	}
}

// A rule of a firewall that is switched off stops nothing.
func TestFirewallOff(t *testing.T) {
	const policy = `ControlSet001\Services\SharedAccess\Parameters\FirewallPolicy\`
	for name, change := range map[string]func(system *regf.BuilderKey){
		"profile": func(k *regf.BuilderKey) { k.Key(policy+"StandardProfile").SetDword("EnableFirewall", 0) },
		"service": func(k *regf.BuilderKey) { k.Key(`ControlSet001\Services\mpssvc`).SetDword("Start", 4) },
	} {
		system := systemKeys()
		system.Key(policy+"FirewallRules").SetString("{1}", `v2.30|Action=Block|Active=TRUE|Dir=Out|Svc=wuauserv|Name=Mine|`)
		change(system)
		if rules := look(t, newFake(softwareKeys(), system)).Agent.Firewall; len(rules.Items) != 1 || rules.Items[0].Update {
			t.Errorf("%s: %+v", name, rules)
		}
	}
}

func TestMountsAndProxy(t *testing.T) {
	system, software := systemKeys(), softwareKeys()
	k := system.Key("MountedDevices")
	k.SetBinary(`\DosDevices\C:`, []byte("DMIO:ID:0123456789abcdef")).SetBinary(`\DosDevices\D:`, make([]byte, 12))
	k.SetBinary(`\DosDevices\a:`, append(testkit.UTF16(`\??\ImDisk`, binary.LittleEndian), 7)).SetBinary(`\??\Volume{1}`, nil)
	settings := []byte{0x28, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0}
	software.Key(proxyKey).SetBinary(proxyValue, append(settings, "old:8080x"...))
	m := look(t, newFake(software, system))
	want(t, "proxy", m.Agent.Proxy, "old:8080x")
	devices := map[string]string{}
	for _, mount := range m.Agent.Mounts.Items {
		devices[mount.Letter] = mount.Device
	}
	if len(devices) != 3 || devices["C:"] != "partition" || devices["D:"] != "partition" || devices["A:"] != `\??\ImDisk` || !m.Agent.Mounts.Coverage.Complete {
		t.Errorf("%v, %+v", devices, m.Agent.Mounts.Coverage)
	}
	m = look(t, newFake(softwareKeys(), systemKeys()))
	want(t, "no proxy", m.Agent.Proxy, "")
	if m.Agent.Mounts.Coverage.Complete {
		t.Errorf("no key: %+v", m.Agent.Mounts)
	}
	for _, bad := range [][]byte{make([]byte, 15), {0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255}} {
		if got, err := winHTTPProxy(bad); err == nil {
			t.Errorf("% x: %q", bad, got)
		}
	}
	if got, err := winHTTPProxy(make([]byte, 24)); got != "" || err != nil {
		t.Errorf("direct: %q, %v", got, err)
	}
}

func scm(id uint32, when, key string, params ...string) evtx.Event {
	var items []evtx.Item
	for i, p := range params {
		items = append(items, text([]string{"param1", "param2", "param3", "param4"}[i], p))
	}
	e := ev(serviceControl, id, at(when), items...)
	if key != "" {
		e.Binary = append(testkit.UTF16(key, binary.LittleEndian), 0, 0)
	}
	return e
}

func TestServiceLog(t *testing.T) {
	notes := look(t, withSystem(t,
		scm(7000, "03:00:00", "wuauserv", "Windows Update", "%%1058"),
		scm(7001, "03:00:01", "BITS", "Background Intelligent Transfer Service", "RPC", "%%1068"),
		scm(7023, "03:00:02", "UsoSvc", "Update Orchestrator Service", "%%2147549471"),
		scm(7031, "03:00:03", "someone", "Some Program", "3"),
		scm(7040, "03:00:04", "", "Windows Update", "demand start", "disabled", "wuauserv"),
		scm(7040, "03:00:05", "", "Background Intelligent Transfer Service", "demand start", "auto start", "BITS"),
		scm(7009, "03:00:06", "", "30000", "iphlpsvc"),
	)).Agent.Services
	want := []string{"start-failed wuauserv 0x80070422", "dependency-failed bits 0x8007042c", "ended-with-error usosvc 0x8001011f",
		"start-changed wuauserv ", "start-timeout iphlpsvc "}
	if len(notes.Items) != len(want) {
		t.Fatalf("%+v", notes.Items)
	}
	for i, n := range notes.Items {
		if got := n.Kind + " " + n.Subject + " " + n.Code; got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
	if n := notes.Items[3]; n.Have != "demand start" || n.Need != "disabled" || n.Origin.Record == 0 {
		t.Errorf("%+v", n)
	}
	if !notes.Coverage.Covers(at("03:00:03")) {
		t.Errorf("%+v", notes.Coverage)
	}
}

func bitsEvent(id uint32, when, job, where, hr string) evtx.Event {
	e := ev(bitsClient, id, at(when), text("name", job), text("url", where), evtx.Item{Name: "hr", Type: evtx.TypeUint32, Value: hr})
	e.Channel = bitsClient + "/Operational"
	return e
}

func TestTransfers(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	if got := look(t, src).Agent.Transfers; got.Coverage.Complete || got.Coverage.Reason().Reason != model.ReasonAbsent {
		t.Errorf("no log: %+v", got)
	}
	src.putLog(t, bitsLog,
		bitsEvent(60, "03:00:00", "job", "http://download.windowsupdate.com/c/x.cab?P1=1", "2147954402"),
		bitsEvent(60, "03:00:01", "job", "http://download.windowsupdate.com/c/x.cab", "262152"),
		bitsEvent(61, "03:00:02", "Font Download", "https://fonts.example/x", "2149580817"),
		bitsEvent(61, "03:00:03", "WU Client Download", "http://wsus.example:8530/x", "2149580817"))
	items := look(t, src).Agent.Transfers.Items
	if len(items) != 2 || items[0].Code != "0x80072ee2" || items[0].Subject != "http://download.windowsupdate.com/c/x.cab" || items[1].Code != "0x80200011" {
		t.Errorf("%+v", items)
	}
}

const decodedLog = "2024-01-10 12:00:00.0000000 100   200   Agent           * END * Finding updates CallerId = X, Id = 5, Exit code = 0x80072EE7 (cV = x)\r\n" +
	"2024-01-10 12:10:00.0000000 100   200   Agent           * END * Finding updates CallerId = X, Id = 6, Exit code = 0x00000000 (cV = x)\r\n"

func TestUpdateLog(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("Windows/WindowsUpdate.log", []byte("Windows Update logs are now generated using ETW (Event Tracing for Windows).\r\n"))
	if got := look(t, src).Agent.Log; got.Coverage.Covers(at("03:00:00")) || got.Coverage.Reason().How != model.HowLive {
		t.Errorf("traces only: %+v", got)
	}
	src.put("Users/user/Desktop/WindowsUpdate.log", []byte(decodedLog))
	log := look(t, src).Agent.Log
	if len(log.Items) != 1 || log.Items[0].Kind != "scan-failed" || log.Items[0].Code != "0x80072ee7" || !log.Items[0].Time.Equal(at("03:00:00")) || log.Items[0].Origin.Line != 1 {
		t.Fatalf("%+v", log.Items)
	}
	if !log.Coverage.Covers(at("03:05:00")) || log.Coverage.Covers(at("03:20:00")) {
		t.Errorf("a decoded log ends when it was made: %+v", log.Coverage)
	}
}
