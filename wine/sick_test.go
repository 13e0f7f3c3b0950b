package wine

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"updoc/format/evtx"
	"updoc/testkit"
)

// failedUpdate is an update that the event log tells of.
type failedUpdate struct {
	kb, title, code string
	ago             time.Duration // when it failed; 0: two days
}

func (u failedUpdate) before() time.Duration { return cmp.Or(u.ago, 48*time.Hour) }

// Two updates that fail by what updoc can put right without a disk that Wine tells of.
var (
	byService = failedUpdate{kb: "KB5034122", title: "2024-01 Cumulative Update for Windows 10 Version 22H2 for x64-based Systems", code: "0x80070422"}
	byPolicy  = failedUpdate{kb: "KB5033909", title: "2024-01 Cumulative Update for .NET Framework 3.5, 4.8 and 4.8.1 for Windows 10 Version 22H2 for x64", code: "0x8024002e"}
)

// byStore fails by a damaged component store.
var byStore = failedUpdate{kb: "KB5034122", title: byService.title, code: "0x80073712"}

// byHosts fails because a line of the hosts file leads its server nowhere.
var byHosts = failedUpdate{kb: "KB5034122", title: byService.title, code: "0x80072efd"}

// hosts is that file.
const hosts = `C:\windows\system32\drivers\etc\hosts`

// windows10 is the registry that Wine's Windows 7 lacks of a Windows 10 22H2, with a
// policy that stops updates, and Windows Update's service with that start type. On Windows
// CurrentControlSet leads to ControlSet001; here it is the other way round.
func windows10(updates int) string {
	link := ""
	for _, unit := range utf16.Encode([]rune(`\Registry\Machine\System\CurrentControlSet`)) {
		link += fmt.Sprintf(",%02x,%02x", byte(unit), byte(unit>>8))
	}
	return `
[Software\\Microsoft\\Windows NT\\CurrentVersion]
"ProductName"="Windows 10 Pro"
"EditionID"="Professional"
"InstallationType"="Client"
"CurrentVersion"="6.3"
"CurrentBuild"="19045"
"CurrentBuildNumber"="19045"
"DisplayVersion"="22H2"
"UBR"=dword:00001000

[System\\ControlSet001]
#link
"SymbolicLinkValue"=hex(6):` + link[1:] + `

[System\\Select]
"Current"=dword:00000001

[Software\\Policies\\Microsoft\\Windows\\WindowsUpdate]
"DisableWindowsUpdateAccess"=dword:00000001
"TargetGroup"="kept"

[System\\CurrentControlSet\\Control\\TimeZoneInformation]
"TimeZoneKeyName"="UTC"
"Bias"=dword:00000000
"ActiveTimeBias"=dword:00000000
"StandardBias"=dword:00000000
"DaylightBias"=dword:00000000

[System\\Setup]
"SystemSetupInProgress"=dword:00000000
` + services(updates)
}

// services are those of a Windows 10 that Wine lacks; none of them runs. updates is the
// start type of that of Windows Update.
func services(updates int) string {
	all := service("wuauserv", updates)
	for _, name := range []string{"cryptsvc", "UsoSvc", "DoSvc", "BFE", "mpssvc", "WinDefend", "wscsvc"} {
		all += service(name, 2)
	}
	for _, name := range []string{"TrustedInstaller", "WaaSMedicSvc", "AppIDSvc", "AppXSvc", "AppReadiness", "wlidsvc", "VSS"} {
		all += service(name, 3)
	}
	return all
}

func service(name string, start int) string {
	return fmt.Sprintf(`
[System\\CurrentControlSet\\Services\\%s]
"DisplayName"="%[1]s"
"ErrorControl"=dword:00000001
"ImagePath"="C:\\windows\\system32\\svchost.exe -k %[1]s"
"ObjectName"="LocalSystem"
"Start"=dword:0000000%d
"Type"=dword:00000020
`, name, start)
}

// sick returns a Windows 10 on which these updates fail, with the service of Windows Update
// disabled.
func sick(t *testing.T, updates ...failedUpdate) *testkit.WinePrefix {
	t.Helper()
	return windowsWith(t, windows10(4), updates...)
}

func windowsWith(t *testing.T, keys string, updates ...failedUpdate) *testkit.WinePrefix {
	t.Helper()
	p := testkit.Wine(t)
	addKeys(t, p, keys)
	putFailures(t, p, updates...)
	for _, part := range partsOfWindows {
		put(t, p, part, nil)
	}
	return p
}

// addKeys adds keys to the registry of a Windows in which nothing runs.
func addKeys(t *testing.T, p *testkit.WinePrefix, keys string) {
	t.Helper()
	registry, err := os.OpenFile(p.Dir+"/system.reg", os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = registry.WriteString(keys)
	}
	if err != nil || registry.Close() != nil {
		t.Fatal(err)
	}
}

// partsOfWindows are those that every Windows 10 has and Wine lacks: without them updoc
// would say that a tool took them out.
var partsOfWindows = []string{
	`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
	`C:\Program Files (x86)\Microsoft\EdgeWebView\Application\msedgewebview2.exe`,
	`C:\Program Files\WindowsApps\Microsoft.WindowsStore_1\AppxManifest.xml`,
	`C:\Program Files\WindowsApps\Microsoft.DesktopAppInstaller_1\AppxManifest.xml`,
	`C:\Program Files\Windows Defender\MsMpEng.exe`,
	`C:\windows\system32\SecurityHealthService.exe`,
}

// putFailures writes the event log anew: each update failed once.
func putFailures(t *testing.T, p *testkit.WinePrefix, updates ...failedUpdate) {
	t.Helper()
	now := time.Now()
	events := []evtx.Event{{Provider: "EventLog", EventID: 6005, Level: 4, Channel: "System", Time: now.Add(-72 * time.Hour)}} // Windows started
	for i, u := range updates {
		events = append(events, evtx.Event{Provider: "Microsoft-Windows-WindowsUpdateClient", EventID: 20, Level: 2, Channel: "System",
			Time: now.Add(time.Duration(i)*time.Minute - u.before()), Data: []evtx.Item{
				{Name: "errorCode", Type: evtx.TypeHex32, Value: u.code},
				{Name: "updateTitle", Type: evtx.TypeString, Value: u.title + " (" + u.kb + ")"},
				{Name: "updateGuid", Type: evtx.TypeGUID, Value: "{5f4f7e5b-0000-4000-8000-00000" + strings.TrimPrefix(u.kb, "KB") + "}"},
				{Name: "updateRevisionNumber", Type: evtx.TypeUint32, Value: "200"},
			}})
	}
	log, err := evtx.Build(events, evtx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, p, `C:\windows\system32\winevt\Logs\System.evtx`, log)
}
