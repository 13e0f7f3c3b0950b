package model

import "time"

// Installer is Windows Installer: what is registered, what it logged. Source: field
// guide, artifacts §7 and confirmed §4.
type Installer struct {
	Products List[MSIProduct]   `json:"products"`
	Patches  List[MSIPatch]     `json:"patches"`
	Events   List[MSIEvent]     `json:"events"` // MsiInstaller in the Application log
	Logs     List[InstallerLog] `json:"logs"`   // MSI logs and dd_*.log, the newest
	Busy     Fact[bool]         `json:"busy"`   // an installation is unfinished: Installer\InProgress exists
}

// MSIProduct is one product below Installer\UserData\S-1-5-18\Products.
type MSIProduct struct {
	Code      string     `json:"code"` // {…}, upper case
	Name      string     `json:"name"`
	Version   string     `json:"version,omitempty"`
	Publisher string     `json:"publisher,omitempty"`
	Package   string     `json:"package,omitempty"` // LocalPackage, without drive letter
	Cached    Fact[bool] `json:"cached"`            // the cached package is there
	Class     Fact[bool] `json:"class"`             // Classes\Installer\Products has it too: without, it can be neither patched nor removed
	Source    string     `json:"source,omitempty"`  // InstallSource
	Origin    Origin     `json:"origin"`
}

// MSIPatch is one patch below Installer\UserData\S-1-5-18\Patches.
type MSIPatch struct {
	Code    string     `json:"code"`
	Product string     `json:"product,omitempty"` // code of a product it is applied to
	Name    string     `json:"name,omitempty"`
	Package string     `json:"package,omitempty"`
	Cached  Fact[bool] `json:"cached"`
	Origin  Origin     `json:"origin"`
}

// MSIEvent is one MsiInstaller event. Kind: installed, install-failed, updated,
// update-failed, removed, remove-failed, source-missing, old-version-stays, busy,
// internal-error, configure-failed, restart-required, part-missing (Guid: the product).
type MSIEvent struct {
	Time    time.Time `json:"time"`
	EventID int64     `json:"eventId"`
	Kind    string    `json:"kind"`
	Product string    `json:"product,omitempty"`
	Update  string    `json:"update,omitempty"`
	Status  int64     `json:"status"` // Windows Installer error, 1603; 0: success or none
	System  int64     `json:"system"` // the error that an error event names as the one behind it, 1612; 0: none
	Version string    `json:"version,omitempty"`
	Guid    string    `json:"guid,omitempty"` // product code
	Text    string    `json:"text,omitempty"` // message of an error event
	Origin  Origin    `json:"origin"`
}

// InstallerLog is one log of an installation. Kind: msi, burn (dd_*.log, vcredist),
// dotnet (HTML of .NET Framework Setup).
type InstallerLog struct {
	Kind    string    `json:"kind"`
	Product string    `json:"product,omitempty"`
	Version string    `json:"version,omitempty"`
	Time    time.Time `json:"time,omitzero"` // end, UTC
	Failed  bool      `json:"failed"`
	Result  int64     `json:"result"`           // final result as Windows Installer error, 1603; 0: success
	Action  string    `json:"action,omitempty"` // the action that failed first: before the first "Return value 3"
	Inner   int64     `json:"inner"`            // the error behind it: 1612, 1706, 1714, …; 0: none named
	Code    string    `json:"code,omitempty"`   // a HRESULT behind it, 0x%08x
	Text    string    `json:"text,omitempty"`   // the line that names it
	Source  string    `json:"source,omitempty"` // file or folder that was not found
	Newer   bool      `json:"newer,omitempty"`  // it stopped because a newer version is present
	Origin  Origin    `json:"origin"`
}

// DotNet is what is installed of .NET. Release and its versions: Microsoft, "How to
// determine which .NET Framework versions are installed".
type DotNet struct {
	Release  Fact[int64]   `json:"release"` // NDP\v4\Full; 0: none
	Version  Fact[string]  `json:"version"` // 4.8, by Release
	Files    Fact[bool]    `json:"files"`   // Windows\Microsoft.NET holds the runtime of 4.x (clr.dll)
	Runtimes List[Runtime] `json:"runtimes"`
}

// Runtime is one side-by-side .NET runtime or SDK.
type Runtime struct {
	Name       string     `json:"name"` // Microsoft.NETCore.App, Microsoft.WindowsDesktop.App, sdk, …
	Version    string     `json:"version"`
	Arch       string     `json:"arch"` // x64, x86, arm64
	Preview    bool       `json:"preview,omitempty"`
	Registered Fact[bool] `json:"registered"` // dotnet\Setup\InstalledVersions has it
	Files      Fact[bool] `json:"files"`      // its folder holds files
	Origin     Origin     `json:"origin"`
}

// Office is what is installed of Office. Updates of Windows Update never apply to
// Click-to-Run.
type Office struct {
	ClickToRun Fact[bool]   `json:"clickToRun"`
	Version    Fact[string] `json:"version"` // of Click-to-Run
	Channel    Fact[string] `json:"channel"`
	MSI        Fact[bool]   `json:"msi"` // a product of MSI-based Office is registered

	// Of Click-to-Run: the processor it is made for (x64, x86), its language (ja-jp), and
	// whether any program of Office lies where it puts them; empty and false without it.
	Platform Fact[string] `json:"platform"`
	Culture  Fact[string] `json:"culture"`
	Programs Fact[bool]   `json:"programs"`
}
