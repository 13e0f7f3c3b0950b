package casekit

import (
	"fmt"
	"strings"
	"time"
)

// Kinds of update, by the way they are installed.
const (
	kindWinRE    = "winre"    // patches winre.wim; WinREAgent reports
	kindLCU      = "lcu"      // cumulative update: servicing, a package, a restart
	kindDotNet   = "dotnet"   // cumulative update of .NET: servicing, a package
	kindDefender = "defender" // security intelligence: a fresh update each time
	kindMRT      = "mrt"      // malicious software removal tool, one a month
	kindStore    = "store"    // an app of the Store
	kindDriver   = "driver"
	kindOther    = "other"
)

// service GUIDs of Windows Update's event 19 and 20. Source: artifacts of
// DataStore.edb (9482f4b4 Windows Update, 7971f918 Microsoft Update, 855e8a7c Store).
const (
	serviceUpdate    = "9482f4b4-e343-43b6-b170-9a65bc822c77"
	serviceMicrosoft = "7971f918-a847-4430-9279-4a52d1efe18d"
	serviceStore     = "855e8a7c-ecb4-4ca3-b045-1dfa50104289"
)

type knownUpdate struct{ kind, title, pkg string }

// known names the updates that cases use most. Titles follow the pattern of the
// public release notes; packages are named after the build the update brings.
func known(kb string) (knownUpdate, bool) {
	u, ok := map[string]knownUpdate{
		"KB5034441": {kindWinRE, "2024-01 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5034441)", ""},
		"KB5042320": {kindWinRE, "2024-08 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5042320)", ""},
		"KB5048239": {kindWinRE, "Windows Recovery Environment update for Windows 10, version 21H2 and 22H2 (KB5048239)", ""},
		"KB5057589": {kindWinRE, "2025-04 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5057589)", ""},
		"KB5063523": {kindWinRE, "2025-07 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5063523)", ""},
		"KB5068164": {kindWinRE, "2025-10 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5068164)", ""},
		"KB5034440": {kindWinRE, "2024-01 Security Update for Windows 11 for x64-based Systems (KB5034440)", ""},
		"KB5034439": {kindWinRE, "2024-01 Security Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5034439)", ""},
		"KB5057588": {kindWinRE, "2025-04 Security Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5057588)", ""},
		"KB5033372": {kindLCU, cumulative("2023-12", "KB5033372"), rollup("19041.3803.1.10")},
		"KB5034122": {kindLCU, cumulative("2024-01", "KB5034122"), rollup("19041.3930.1.9")},
		"KB5034763": {kindLCU, cumulative("2024-02", "KB5034763"), rollup("19041.4046.1.7")},
		"KB5035845": {kindLCU, cumulative("2024-03", "KB5035845"), rollup("19041.4170.1.7")},
		"KB5053606": {kindLCU, cumulative("2025-03", "KB5053606"), rollup("19041.5608.1.9")},
		"KB5055518": {kindLCU, cumulative("2025-04", "KB5055518"), rollup("19041.5737.1.7")},
		"KB2267602": {kindDefender, "", ""},
		"KB890830":  {kindMRT, "", ""},
		"KB4052623": {kindOther, "Update for Microsoft Defender Antivirus antimalware platform - KB4052623 (Version 4.18.24010.12)", ""},
	}[kb]
	return u, ok
}

func cumulative(month, kb string) string {
	return month + " Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (" + kb + ")"
}

func rollup(version string) string {
	return "Package_for_RollupFix~31bf3856ad364e35~amd64~~" + version
}

// titleAt returns the title of an attempt: security intelligence and the removal
// tool come as a new version each time, numbered from the day.
func (u *Update) titleAt(t time.Time) string {
	if u.Title != "" {
		return u.Title
	}
	days := int(t.Sub(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
	switch u.Kind {
	case kindDefender:
		return fmt.Sprintf("Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.%d.%d.0)", 403+days/14*2, 100+days%14*131)
	case kindMRT:
		return fmt.Sprintf("Windows Malicious Software Removal Tool x64 - v5.%d (KB890830)", 120+(t.Year()-2024)*12+int(t.Month())-1)
	}
	return fmt.Sprintf("%s Update for Windows 10 Version 22H2 for x64-based Systems (%s)", t.Format("2006-01"), u.KB)
}

// fresh reports whether each attempt is an update of its own.
func (u *Update) fresh() bool { return u.Kind == kindDefender || u.Kind == kindMRT }

func (u *Update) service() string {
	switch u.Kind {
	case kindStore:
		return serviceStore
	case kindDefender, kindMRT, kindOther:
		return serviceMicrosoft
	}
	return serviceUpdate
}

// fill gives an update its defaults.
func (u *Update) fill(pc *PC) {
	k, _ := known(u.KB)
	u.Kind = or(u.Kind, or(k.kind, kindOther))
	u.Title = or(u.Title, k.title)
	u.Package = or(u.Package, k.pkg)
	if u.Package == "" && (u.Kind == kindLCU || u.Kind == kindDotNet) {
		u.Package = fmt.Sprintf("Package_for_%s~31bf3856ad364e35~amd64~~10.0.1.0", u.KB)
	}
	if u.Kind == kindStore {
		u.Client = or(u.Client, "Acquisition;setup")
		u.Title = or(u.Title, "9WZDNCRFJBH4-Microsoft.Windows.Photos")
		u.Revision = max(u.Revision, 1)
	}
	u.Client = or(u.Client, "MoUpdateOrchestrator")
	if u.Revision == 0 {
		u.Revision = 200
	}
	u.ID = or(strings.ToLower(strings.Trim(u.ID, "{}")), pc.guid("update "+u.KB+u.Title))
	u.Stage = or(u.Stage, "install")
	u.Takes = or(u.Takes, "2m")
	u.Outcome = or(u.Outcome, map[bool]string{true: outcomeInstalled, false: outcomeFailed}[u.Code == 0])
	u.EventCode = or(u.EventCode, u.Code)
}

// or returns a unless it is zero, else b.
func or[T comparable](a, b T) T {
	var zero T
	if a == zero {
		return b
	}
	return a
}
