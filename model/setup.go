package model

import "time"

// Setup is what feature updates and in-place upgrades left: Panther logs and the
// person's own SetupConfig.ini.
type Setup struct {
	Log       List[Note]   `json:"log"`       // setupact.log, setuperr.log
	Config    Fact[string] `json:"config"`    // path of SetupConfig.ini; empty: none
	Malformed Fact[bool]   `json:"malformed"` // it cannot be understood; false if there is none
}

// Hardware is what an offline Windows knows of its PC. What only a running Windows
// knows is unseen.
type Hardware struct {
	Maker        Fact[string]    `json:"maker"`
	Model        Fact[string]    `json:"model"`
	Firmware     Fact[string]    `json:"firmware"`     // BIOSVersion
	FirmwareDate Fact[time.Time] `json:"firmwareDate"` // BIOSReleaseDate
	SecureBoot   Fact[bool]      `json:"secureBoot"`
	TPM          Fact[string]    `json:"tpm"` // 2.0, 1.2; empty: none is registered
	CPU          Fact[string]    `json:"cpu"`
	Cores        Fact[int64]     `json:"cores"`   // logical processors
	Memory       Fact[int64]     `json:"memory"`  // bytes
	CA2023       Fact[string]    `json:"ca2023"`  // UEFICA2023Status: NotStarted, InProgress, Updated; empty: not told
	BootLog      List[Note]      `json:"bootLog"` // TPM-WMI events about Secure Boot updates
}

// Lifecycle is how long a Windows version gets updates, in the form expressions see
// (as the variable windows). What is not published is unseen.
type Lifecycle struct {
	Name         string          `json:"name"` // Windows 10 22H2
	Released     Fact[time.Time] `json:"released"`
	End          Fact[time.Time] `json:"end"`          // last day with updates for this edition
	LastRevision Fact[int64]     `json:"lastRevision"` // UBR of the last update that everybody gets: a newer one shows extended updates
	Extended     Fact[time.Time] `json:"extended"`     // last day with extended updates (ESU); known and zero: there are none
}
