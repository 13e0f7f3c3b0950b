package casekit

// chromiumEdge is the first build that brings the Edge of Chromium: Windows 10 20H2.
const chromiumEdge = 19042

// addInbox puts in place what Windows brings along and what servicing works in: a
// healthy PC is whole.
func (w *world) addInbox(v *volume) {
	w.addEdge(v)
	os := version{10, 0, w.branch(), w.OS.UBR}
	v.add(`Windows\System32\drivers\wimmount.sys`, program("wimmount.sys", os))
	v.add(`Windows\System32\SecurityHealthService.exe`, program("SecurityHealthService.exe", os))
	v.add(`Program Files\Windows Defender\MsMpEng.exe`, program("MsMpEng.exe", os))
	if w.OS.Type == "Client" && w.OS.Edition != "EnterpriseS" && w.OS.Edition != "IoTEnterpriseS" {
		v.dir(`Program Files\WindowsApps\Microsoft.WindowsStore_22312.1401.5.0_x64__8wekyb3d8bbwe`)
		v.dir(`Program Files\WindowsApps\Microsoft.DesktopAppInstaller_1.21.3482.0_x64__8wekyb3d8bbwe`)
	}
	for _, dir := range []string{`servicing\Packages`, `WinSxS\Manifests`, `WinSxS\Catalogs`, `System32\CatRoot`,
		`System32\Tasks`, `System32\DriverStore\FileRepository`, `INF`} {
		v.dir(`Windows\` + dir)
	}
	v.add(`Windows\System32\config\TxR\{00000000-0000-0000-0000-000000000001}.TxR.0.regtrans-ms`, nil).size = 64 << 10
}

// addEdge puts the browser of the build in place. A server of 2016 or 2019 has none.
func (w *world) addEdge(v *volume) {
	switch {
	case w.OS.Type != "Client":
	case w.OS.Build >= chromiumEdge:
		v.add(`Program Files (x86)\Microsoft\Edge\Application\msedge.exe`, program("msedge.exe", version{122, 0, 2365, 80}))
		v.dir(`Program Files (x86)\Microsoft\EdgeWebView\Application`)
	case w.OS.Edition != "EnterpriseS":
		v.dir(`Windows\SystemApps\Microsoft.MicrosoftEdge_8wekyb3d8bbwe`)
	}
}
