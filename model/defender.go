package model

import "time"

// Defender is Microsoft Defender Antivirus: platform (the program), engine and
// intelligence (definitions), which are updated apart. Source: field guide, artifacts
// §6 and confirmed §3.
type Defender struct {
	Service         Fact[bool]          `json:"service"`         // the service WinDefend is registered
	Files           Fact[bool]          `json:"files"`           // MsMpEng.exe is where the service starts it from, or in %ProgramFiles%\Windows Defender
	Off             Fact[bool]          `json:"off"`             // switched off: service disabled, or DisableAntiSpyware set
	Passive         Fact[bool]          `json:"passive"`         // stands back beside another antivirus
	Platform        Fact[string]        `json:"platform"`        // version that the service starts; of the files in %ProgramFiles% if it starts those
	PlatformMissing Fact[bool]          `json:"platformMissing"` // the service starts a program that is not there
	Newest          Fact[string]        `json:"newest"`          // highest version below ProgramData\…\Platform; empty: none
	Engine          Fact[string]        `json:"engine"`
	Intelligence    Fact[string]        `json:"intelligence"`
	Updated         Fact[time.Time]     `json:"updated"` // when the intelligence was last updated, UTC
	Events          List[DefenderEvent] `json:"events"`  // Windows Defender/Operational
	Runs            List[DefenderRun]   `json:"runs"`    // MpSigStub.log, one for each package that ran
	Log             List[Note]          `json:"log"`     // MPLog and MpCmdRun.log: lines that say something failed
}

// DefenderEvent is one event of Windows Defender/Operational. Kind: healthy,
// intelligence-updated, intelligence-update-failed, engine-updated,
// engine-update-failed, load-failed, platform-too-old, platform-update-failed,
// platform-soon-old, feature-failed, switched-off, engine-failed, change-blocked,
// rule-blocked, rule-audited (it would have blocked).
type DefenderEvent struct {
	Time         time.Time `json:"time"`
	EventID      int64     `json:"eventId"`
	Kind         string    `json:"kind"`
	Code         string    `json:"code,omitempty"` // 0x%08x
	Platform     string    `json:"platform,omitempty"`
	Engine       string    `json:"engine,omitempty"`
	Intelligence string    `json:"intelligence,omitempty"`
	Text         string    `json:"text,omitempty"` // what was blocked, which feature failed
	Origin       Origin    `json:"origin"`
}

// DefenderRun is one block of MpSigStub.log: a package with a platform, an engine or
// definitions ran.
type DefenderRun struct {
	Start    time.Time `json:"start"` // UTC
	End      time.Time `json:"end,omitzero"`
	Package  string    `json:"package,omitempty"` // name of the program that was downloaded, AM_Delta_Patch_….exe
	Failed   bool      `json:"failed"`
	Code     string    `json:"code,omitempty"`     // first error, 0x%08x
	Function string    `json:"function,omitempty"` // FailedFunction
	Need     string    `json:"need,omitempty"`     // engine version of the package
	Have     string    `json:"have,omitempty"`     // engine version on the PC afterwards
	Platform string    `json:"platform,omitempty"`
	Origin   Origin    `json:"origin"`
}
