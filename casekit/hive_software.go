package casekit

import (
	"fmt"
	"strings"
	"time"

	"updoc/format/regf"
)

// fillSoftware builds HKLM\SOFTWARE as far as anyone looks.
func (w *world) fillSoftware(root *regf.BuilderKey) {
	windows := root.Key(`Microsoft\Windows\CurrentVersion`)
	w.fillIdentity(root.Key(`Microsoft\Windows NT\CurrentVersion`))
	w.fillServicing(windows.Key("Component Based Servicing"))
	w.fillAutoUpdate(windows.Key("WindowsUpdate"))
	w.fillPolicies(root.Key(`Policies\Microsoft\Windows\WindowsUpdate`))
	if w.WinRE.Patched == On {
		root.Key(`Microsoft\PushButtonReset`).SetDword("WinREPathScriptSucceed", 1)
	}
	w.fillDefender(root.Key(`Microsoft\Windows Defender`))
	w.fillPrograms(windows.Key("Uninstall"))
	root.Key(`Microsoft\NET Framework Setup\NDP\v4\Full`).SetDword("Release", 528372).SetString("Version", "4.8.04084")
}

func (w *world) fillIdentity(k *regf.BuilderKey) {
	build := itoa(w.OS.Build)
	k.SetString("CurrentBuild", build).SetString("CurrentBuildNumber", build).SetDword("UBR", uint32(w.OS.UBR))
	k.SetString("ProductName", w.OS.Product).SetString("EditionID", w.OS.Edition).SetString("InstallationType", w.OS.Type)
	k.SetString("DisplayVersion", w.OS.Version).SetString("ReleaseId", "2009").SetString("CurrentVersion", "6.3")
	k.SetDword("CurrentMajorVersionNumber", 10).SetDword("CurrentMinorVersionNumber", 0)
	k.SetString("SystemRoot", `C:\Windows`).SetString("PathName", `C:\Windows`).SetString("RegisteredOwner", "user")
	k.SetString("BuildLabEx", fmt.Sprintf("%d.1.%sfre.vb_release.191206-1406", w.branch(), w.OS.Arch))
	installed := w.OS.Installed.In(w.zone)
	k.SetDword("InstallDate", uint32(installed.Unix())).SetQword("InstallTime", fileTime(installed))
	if w.WinRE.Registry != "none" {
		k.SetString("WinREVersion", w.WinRE.Registry)
	}
	k.Key(`ProfileList\S-1-5-21-1111111111-2222222222-3333333333-1001`).SetExpand("ProfileImagePath", `C:\Users\user`)
}

// fillServicing builds Component Based Servicing: packages, and what is pending.
func (w *world) fillServicing(k *regf.BuilderKey) {
	k.SetSecurity(keyRights(w.Permissions))
	k.SetDword("LastTrustTime", 0).SetString("Version", w.stackVersion())
	k.Key("Version").SetExpand(w.stackVersion(), `%SystemRoot%\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_`+w.stackVersion()+`_none_7e2b1d3f4c5a6978`)
	for _, p := range w.allPackages() {
		w.fillPackage(k.Key("Packages"), p)
	}
	w.fillSessions(k)
	flag := func(name string, at Time) {
		if !at.IsZero() {
			k.Key(name).SetTime(at.In(w.zone))
		}
	}
	flag("RebootPending", w.Pending.CBSReboot)
	flag("RebootInProgress", w.Pending.InProgress)
	for _, name := range w.Pending.Packages {
		k.Key("PackagesPending").Key(name).SetTime(or(w.Pending.CBSReboot, w.Now).In(w.zone))
	}
	if w.Pending.DriverOps > 0 {
		k.Key("DriverOperations").SetDword("Current", 0).SetTime(or(w.Pending.DriverOpsAt, w.Now).In(w.zone))
		for i := range w.Pending.DriverOps {
			k.Key(fmt.Sprintf(`DriverOperations\%d`, i))
		}
	}
}

// fillSessions writes SessionsPending: sessions of the text, and finished ones that
// every PC keeps.
func (w *world) fillSessions(k *regf.BuilderKey) {
	pending := k.Key("SessionsPending").SetDword("Exclusive", 0).SetDword("TotalSessionPhases", 0)
	sessions := w.Pending.Sessions
	if w.Noise.or(true) {
		sessions = append([]Session{{ID: "31082017_2514370113", Complete: On}, {ID: "31086633_1270044521", Complete: On}}, sessions...)
	}
	for _, s := range sessions {
		key := pending.Key(string(s.ID)).SetDword("Complete", map[bool]uint32{true: 1}[s.Complete == On])
		key.SetTime(w.since)
		if !s.At.IsZero() {
			key.SetTime(s.At.In(w.zone))
		}
	}
}

// allPackages are those of the text, those that its updates left, and the parts of
// Windows that are always there.
func (w *world) allPackages() []Package {
	return append(append(w.basePackages(), w.updatePackages()...), w.Packages...)
}

// basePackages are Windows as it was before the first update of the text.
func (w *world) basePackages() []Package {
	base := fmt.Sprintf("~31bf3856ad364e35~%s~~10.0.%d.1", w.OS.Arch, w.branch())
	stack := w.OS.UBR - 2
	before, state, ubr := Time{wall: w.since.AddDate(0, 0, -3), utc: true}, "installed", w.OS.UBR
	if w.lastRollup() != nil {
		state, ubr = "superseded", w.OS.UBR-367
	}
	return []Package{
		{Name: "Microsoft-Windows-Foundation-Package" + base, State: "installed", At: w.OS.Installed},
		{Name: "Microsoft-Windows-WinPE-Package" + base, State: "absent", At: w.OS.Installed},
		{Name: rollup(fmt.Sprintf("%d.%d.1.10", w.branch(), ubr)), State: state, At: before},
		{Name: fmt.Sprintf("Package_for_ServicingStack_%d~31bf3856ad364e35~%s~~%d.%d.1.0", stack, w.OS.Arch, w.branch(), stack), State: "installed", At: before},
	}
}

// lastRollup is the attempt that put the newest cumulative update in, nil if none.
func (w *world) lastRollup() *attempt {
	var last *attempt
	for i := range w.attempts {
		if a := &w.attempts[i]; a.Kind == kindLCU && a.Outcome == outcomeInstalled {
			last = a
		}
	}
	return last
}

// updatePackages are what the updates of the text left; a cumulative update
// supersedes the one before it.
func (w *world) updatePackages() []Package {
	var list []Package
	last := w.lastRollup()
	for i := range w.attempts {
		a := &w.attempts[i]
		state := a.packageState()
		if a.Package == "" || state == "" {
			continue
		}
		if a.State == "" && a.Kind == kindLCU && a.Outcome == outcomeInstalled && a != last {
			state = "superseded"
		}
		list = append(list, Package{Name: a.Package, State: state, At: Time{wall: a.finished, utc: true}, Client: client(a)})
	}
	return list
}

func (w *world) fillPackage(packages *regf.BuilderKey, p Package) {
	state, _ := packageState(p.State)
	at := w.since
	if !p.At.IsZero() {
		at = p.At.In(w.zone)
	}
	high, low := fileTimeParts(at)
	k := packages.Key(p.Name).SetTime(at)
	k.SetDword("CurrentState", state).SetDword("InstallTimeHigh", high).SetDword("InstallTimeLow", low)
	k.SetDword("Visibility", 1).SetDword("SelfUpdate", 0).SetString("InstallClient", or(p.Client, "WindowsUpdateAgent"))
	k.SetString("InstallName", p.Name+".mum").SetString("InstallLocation", `\\?\C:\Windows\SoftwareDistribution\Download\Install\`)
}

func (w *world) fillAutoUpdate(k *regf.BuilderKey) {
	auto := k.Key("Auto Update")
	if !w.Pending.Reboot.IsZero() {
		key := auto.Key("RebootRequired").SetTime(w.Pending.Reboot.In(w.zone))
		for _, a := range w.attempts {
			if a.Outcome == outcomePending {
				key.SetDword(a.id, 1)
			}
		}
	}
	auto.Key(`Results\Install`).SetString("LastSuccessTime", w.now.AddDate(0, 0, -1).Format(time.DateTime))
	k.Key("Orchestrator")
}

// fillPolicies writes values below the policy key; AU\name goes to its subkey. A
// number becomes a DWORD.
func (w *world) fillPolicies(k *regf.BuilderKey) {
	for name, value := range w.Policies {
		key := k
		if i := strings.LastIndexByte(name, '\\'); i >= 0 {
			key, name = k.Key(name[:i]), name[i+1:]
		}
		var n uint32
		if _, err := fmt.Sscanf(value, "%v", &n); err == nil && !strings.ContainsAny(value, ":./") {
			key.SetDword(name, n)
		} else {
			key.SetString(name, value)
		}
	}
}

func (w *world) fillDefender(k *regf.BuilderKey) {
	k.SetString("ProductAppDataPath", `C:\ProgramData\Microsoft\Windows Defender`)
	k.SetString("InstallLocation", `C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24010.12-0\`)
	sig := k.Key("Signature Updates")
	sig.SetString("AVSignatureVersion", "1.405.980.0").SetString("ASSignatureVersion", "1.405.980.0").SetString("EngineVersion", "1.1.24020.9")
	updated := make([]byte, 8)
	putLE(updated, fileTime(w.now.AddDate(0, 0, -1)))
	sig.SetBinary("SignaturesLastUpdated", updated)
}

func (w *world) fillPrograms(k *regf.BuilderKey) {
	k.Key("ExamplePhotoViewer").SetString("DisplayName", "Example Photo Viewer").SetString("DisplayVersion", "3.2.1").SetString("Publisher", "Example Software")
	k.Key("Microsoft Edge").SetString("DisplayName", "Microsoft Edge").SetString("Publisher", "Microsoft Corporation")
}
