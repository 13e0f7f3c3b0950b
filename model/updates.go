package model

import "time"

// Stages of an attempt, in order.
const (
	StageScan     = "scan"
	StageDownload = "download"
	StageInstall  = "install"
	StageCommit   = "commit" // after the restart
)

// Outcomes of an attempt.
const (
	AttemptFailed    = "failed"
	AttemptInstalled = "installed"
	AttemptPending   = "pending" // installed, waits for a restart
	AttemptCancelled = "cancelled"
	AttemptOpen      = "open" // started, no end was seen
)

// Attempt is one try to install one update, joined from all histories.
type Attempt struct {
	ID        string    `json:"id"`
	KB        string    `json:"kb,omitempty"` // KB5034441
	Title     string    `json:"title,omitempty"`
	UpdateID  string    `json:"updateId,omitempty"` // lower case, no braces
	Revision  int64     `json:"revision,omitempty"`
	Store     bool      `json:"store,omitempty"` // an app of the Store, never a Windows update
	Client    string    `json:"client,omitempty"`
	Start     time.Time `json:"start"` // UTC
	End       time.Time `json:"end"`   // UTC
	Stage     string    `json:"stage"` // the furthest stage it reached; where it failed if it failed
	Outcome   string    `json:"outcome"`
	Code      string    `json:"code,omitempty"`      // outer code, 0x%08x
	InnerCode string    `json:"innerCode,omitempty"` // the code behind the wrapper, if any source tells
	Inner     Origin    `json:"inner,omitzero"`      // where InnerCode was read
	Origin    Origin    `json:"origin"`              // the record that decided Outcome
	Records   []Record  `json:"records"`             // every record that was joined
}

// Record is one line or event that an attempt was joined from.
type Record struct {
	Time   time.Time `json:"time"`
	What   string    `json:"what"` // kebab-case: install-started, install-failed, …
	Code   string    `json:"code,omitempty"`
	Origin Origin    `json:"origin"`
}

// Package is one package known to component based servicing. State is absent,
// staged, superseded, install-pending, uninstall-pending, partially-installed,
// installed, permanent, broken or a raw hex number.
type Package struct {
	Name      string    `json:"name"`
	KB        string    `json:"kb,omitempty"`
	Version   string    `json:"version,omitempty"`
	State     string    `json:"state"`
	Installed time.Time `json:"installed,omitzero"` // UTC
	Client    string    `json:"client,omitempty"`
	Origin    Origin    `json:"origin"`
}

// Pending is what waits for a restart. SessionsPending merely existing proves
// nothing: unfinished sessions are counted.
type Pending struct {
	CBSReboot        Fact[bool]      `json:"cbsReboot"`    // Component Based Servicing\RebootPending
	UpdateReboot     Fact[bool]      `json:"updateReboot"` // WindowsUpdate\Auto Update\RebootRequired
	InProgress       Fact[bool]      `json:"inProgress"`   // RebootInProgress
	OpenSessions     Fact[int64]     `json:"openSessions"` // SessionsPending subkeys with Complete <> 1
	Packages         Fact[int64]     `json:"packages"`     // PackagesPending subkeys
	FileRenames      Fact[int64]     `json:"fileRenames"`
	PendingXML       Fact[bool]      `json:"pendingXml"` // WinSxS\pending.xml exists
	DriverOperations Fact[int64]     `json:"driverOperations"`
	Since            Fact[time.Time] `json:"since"`    // oldest time stamp of those flags, UTC
	Any              Fact[bool]      `json:"any"`      // a restart is required
	Survived         Fact[bool]      `json:"survived"` // the flags are older than the last real restart
}

// CBS is what component based servicing wrote to its log.
type CBS struct {
	Sessions      List[CBSSession]    `json:"sessions"`
	Notes         List[Note]          `json:"notes"`
	Corruption    List[CBSCorruption] `json:"corruption"`
	Stack         Fact[string]        `json:"stack"`         // newest servicing stack version that ran
	RegistryLimit Fact[int64]         `json:"registryLimit"` // Control:RegistrySizeLimit, bytes; 0: none, as it should be
	StoreHive     Fact[int64]         `json:"storeHive"`     // size of the COMPONENTS hive, bytes
	TxLogs        Fact[int64]         `json:"txLogs"`        // bytes of the transaction logs in config\TxR
}

// CBSSession is one servicing session.
type CBSSession struct {
	ID     string    `json:"id"`
	Client string    `json:"client"`
	KBs    []string  `json:"kbs,omitempty"`
	Start  time.Time `json:"start,omitzero"` // UTC if the zone is known
	End    time.Time `json:"end,omitzero"`
	Failed bool      `json:"failed"`
	Reboot bool      `json:"reboot"`
	Code   string    `json:"code,omitempty"` // first real failure, read backward
	Text   string    `json:"text,omitempty"`
	Origin Origin    `json:"origin"`
}

// CBSCorruption is one health check of the component store.
type CBSCorruption struct {
	Time     time.Time `json:"time,omitzero"`
	Detected int64     `json:"detected"`
	Repaired int64     `json:"repaired"`
	Origin   Origin    `json:"origin"`
}
