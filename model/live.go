package model

import (
	"strings"
	"time"
)

// Modes in which Windows runs.
const (
	ModeNormal = "normal"
	ModeSafe   = "safe"  // safe mode, with or without network
	ModePE     = "pe"    // WinPE or the recovery environment
	ModeSetup  = "setup" // Setup or the first-run screens (OOBE) are not finished
	ModeAudit  = "audit" // prepared by a maker (sysprep audit mode)
)

// Live is what only a running Windows tells. Offline every fact of it is unseen with the
// reason offline.
type Live struct {
	Admin         Fact[bool]   `json:"admin"`         // this program has administrator rights
	System        Fact[bool]   `json:"system"`        // it runs as SYSTEM
	Remote        Fact[bool]   `json:"remote"`        // in a session over the network: WinRM or SSH, not Remote Desktop
	Mode          Fact[string] `json:"mode"`          // one of the Modes
	SMode         Fact[bool]   `json:"sMode"`         // Windows in S mode
	AppControl    Fact[bool]   `json:"appControl"`    // a policy decides which programs may run (WDAC, enforced)
	Process       Fact[string] `json:"process"`       // architecture of this program; differs from OS.Architecture under emulation
	Power         Fact[bool]   `json:"power"`         // on mains, or no battery
	Battery       Fact[int64]  `json:"battery"`       // percent; unseen without one
	UpdateRunning Fact[bool]   `json:"updateRunning"` // something is being installed right now
	Cluster       Fact[bool]   `json:"cluster"`       // a node of a failover cluster
	Conversion    Fact[bool]   `json:"conversion"`    // BitLocker is encrypting or decrypting the Windows volume
	Protected     Fact[bool]   `json:"protected"`     // BitLocker protects the Windows volume now
	Suspended     Fact[bool]   `json:"suspended"`     // encrypted, but the protection is suspended
	RealTime      Fact[bool]   `json:"realTime"`      // some antivirus watches files now
	SkewSeconds   Fact[int64]  `json:"skewSeconds"`   // this clock minus a server's; only when asked for

	Services List[ServiceState] `json:"services"`
	Security List[Guard]        `json:"security"` // antivirus products by Windows Security's own list
	Loaded   List[string]       `json:"loaded"`   // mini-filters that are loaded, lower case
	Tools    List[Tool]         `json:"tools"`    // what repairs need of Windows
	Offered  List[Offer]        `json:"offered"`  // what the update agent offers; only when asked for
}

// ServiceState is a service as it runs. State: stopped, start-pending, stop-pending,
// running, continue-pending, pause-pending, paused.
type ServiceState struct {
	Name   string `json:"name"` // lower case
	State  string `json:"state"`
	Origin Origin `json:"origin"`
}

// Guard is an antivirus as Windows Security lists it.
type Guard struct {
	ID       string `json:"id,omitempty"` // by which it is registered, a GUID; empty: not told
	Name     string `json:"name"`
	Active   bool   `json:"active"`
	UpToDate bool   `json:"upToDate"`
	Origin   Origin `json:"origin"`
}

// defenderID is what Microsoft Defender is registered by, in every language of Windows.
const defenderID = "{d68ddc3a-831f-4fae-9e44-da132c1acf46}"

// Microsofts tells whether it is Microsoft Defender.
func (g Guard) Microsofts() bool { return strings.EqualFold(g.ID, defenderID) }

// Tool is a part of Windows that repairs use. Name: reagentc, dism, sfc, wmi, vss, wua,
// mpcmdrun, msiexec, chkdsk, task-scheduler.
type Tool struct {
	Name   string     `json:"name"`
	Works  Fact[bool] `json:"works"` // it is there and not switched off
	Origin Origin     `json:"origin"`
}

// Offer is an update that the update agent has for this PC.
type Offer struct {
	UpdateID   string `json:"updateId"`
	KB         string `json:"kb"`
	Title      string `json:"title"`
	Hidden     bool   `json:"hidden"`
	Downloaded bool   `json:"downloaded"`
	Size       int64  `json:"size"` // bytes, at most
	Origin     Origin `json:"origin"`
}

// Waiting is why a fix of the running Windows has stopped and will go on.
type Waiting struct {
	For   string    `json:"for"` // restart, person, agent (an update is running), time
	Since time.Time `json:"since"`
	Text  string    `json:"text,omitempty"` // id of a text that says what the person does
}

// What a fix waits for.
const (
	WaitRestart = "restart"
	WaitPerson  = "person"
	WaitAgent   = "agent"
	WaitTime    = "time"
)
