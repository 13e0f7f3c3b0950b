package model

import "time"

// Thresholds for the active recovery partition, in bytes of free space. Source:
// KB5028997 and Microsoft's resize script (250 MB), Windows Setup's
// MeetPartitionRequirements (image + 52 MiB). A partition is never judged by size.
const (
	WinREServicingFree = 262144000
	WinREEnableMargin  = 54525952
)

// Places of the active recovery partition relative to the Windows partition.
const (
	PlaceAfter     = "after"      // starts where the Windows partition or the gap behind it ends
	PlaceBefore    = "before"     // lies in front of it
	PlaceAway      = "away"       // behind it, with another partition between
	PlaceOtherDisk = "other-disk" // on another disk
	PlaceOnWindows = "on-windows" // the Windows volume itself (C:\Recovery)
	PlaceOnSystem  = "on-system"  // the EFI or active partition
)

// WinRE is the Windows recovery environment: what ReAgent.xml says, what the boot
// store says, and what is really there.
type WinRE struct {
	Config    ReAgent            `json:"config"`    // Windows\System32\Recovery\ReAgent.xml
	BCD       WinREBoot          `json:"bcd"`       //
	Enabled   Fact[bool]         `json:"enabled"`   // both say enabled
	Agree     Fact[bool]         `json:"agree"`     // both name the same place
	Active    ActiveRE           `json:"active"`    // the partition both (or the one that is set) name
	Image     WinREImage         `json:"image"`     // the winre.wim that is in use
	Staged    WinREImage         `json:"staged"`    // Windows\System32\Recovery\Winre.wim
	Version   Fact[string]       `json:"version"`   // best known: image, else registry
	Registry  Fact[string]       `json:"registry"`  // WinREVersion; empty string: value is not there
	Patched   Fact[bool]         `json:"patched"`   // WinREPathScriptSucceed = 1
	Any       Fact[bool]         `json:"any"`       // a winre.wim was found anywhere
	Recovery  List[Candidate]    `json:"recovery"`  // every partition that is typed as recovery
	Events    List[WinREEvent]   `json:"events"`    // System log, Microsoft-Windows-WinREAgent
	AgentLog  List[WinRELogLine] `json:"agentLog"`  // errors of Logs\WinREAgent and ReAgent.log
	Encrypted Fact[bool]         `json:"encrypted"` // the active partition, or if none is active any of recovery type, is encrypted
}

// ReAgent is one ReAgent.xml.
type ReAgent struct {
	State     Fact[string] `json:"state"`   // enabled, disabled, unknown
	Damaged   Fact[bool]   `json:"damaged"` // it exists and cannot be understood
	Path      Fact[string] `json:"path"`    // \Recovery\WindowsRE; empty when disabled
	Offset    Fact[int64]  `json:"offset"`  // bytes from the start of the disk; 0 when disabled
	GUID      Fact[string] `json:"guid"`    // disk or partition GUID; empty when zero
	DiskID    Fact[string] `json:"diskId"`  // MBR signature, decimal; "0" on GPT
	BCDObject Fact[string] `json:"bcdObject"`
}

// WinREBoot is the recovery entry of the default loader.
type WinREBoot struct {
	Enabled   Fact[bool]   `json:"enabled"`  // a recovery sequence exists and recovery is not switched off
	Sequence  Fact[string] `json:"sequence"` // GUID of the loader object; empty: none
	Path      Fact[string] `json:"path"`     // path of the wim on its partition
	Partition Fact[string] `json:"partition"`
	Disk      Fact[string] `json:"disk"`
	Offset    Fact[int64]  `json:"offset"` // MBR only, bytes
}

// ActiveRE is the partition that Windows uses for recovery.
type ActiveRE struct {
	Exists         Fact[bool]   `json:"exists"` // such a partition (or folder) is there
	ID             Fact[string] `json:"id"`     // partition id
	Disk           Fact[int64]  `json:"disk"`
	Index          Fact[int64]  `json:"index"`
	Start          Fact[int64]  `json:"start"` // bytes
	Size           Fact[int64]  `json:"size"`  // bytes
	Free           Fact[int64]  `json:"free"`  // bytes
	Place          Fact[string] `json:"place"`
	GapAfter       Fact[int64]  `json:"gapAfter"`       // unallocated bytes behind it
	GapBefore      Fact[int64]  `json:"gapBefore"`      // unallocated bytes in front of it
	ServicingShort Fact[int64]  `json:"servicingShort"` // bytes lacking to 250 MB free; 0: enough
	EnableShort    Fact[int64]  `json:"enableShort"`    // bytes lacking to image + 52 MiB, counted with the image out of the way
	Reclaimable    Fact[int64]  `json:"reclaimable"`    // bytes of known leftovers in it
	ShrinkLimit    Fact[int64]  `json:"shrinkLimit"`    // bytes the Windows volume can surely give
	Leftovers      []Leftover   `json:"leftovers,omitempty"`
}

// Leftover is a file in the recovery partition that is known to be of no use.
type Leftover struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"` // bytes
	Origin Origin `json:"origin"`
}

// WinREImage is one winre.wim.
type WinREImage struct {
	Exists      Fact[bool]   `json:"exists"`
	Volume      Fact[string] `json:"volume"`
	Path        Fact[string] `json:"path"`
	Size        Fact[int64]  `json:"size"` // bytes
	Version     Fact[string] `json:"version"`
	FileVersion Fact[string] `json:"fileVersion"` // of bootmenuux.dll in image 1
	Compression Fact[string] `json:"compression"`
	Readable    Fact[bool]   `json:"readable"`
}

// Candidate is a partition that is typed as recovery, in use or not.
type Candidate struct {
	ID       string      `json:"id"`
	Active   bool        `json:"active"`
	HasImage Fact[bool]  `json:"hasImage"`
	Maker    Fact[bool]  `json:"maker"` // holds a maker's own recovery data: never touched
	Size     int64       `json:"size"`  // bytes
	Free     Fact[int64] `json:"free"`
	Origin   Origin      `json:"origin"`
}

// WinREEvent is one WinREAgent event: 4501 serviced, 4502 failed (phase 2: room).
type WinREEvent struct {
	Time    time.Time `json:"time"`
	EventID int64     `json:"eventId"`
	Phase   int64     `json:"phase"` // ErrorPhase; -1 if the event has none
	Code    string    `json:"code"`  // Errorcode, 0x%08x; empty if none
	Version string    `json:"version,omitempty"`
	Origin  Origin    `json:"origin"`
}

// WinRELogLine is a line of a WinRE log that says something went wrong.
type WinRELogLine struct {
	Kind   string    `json:"kind"` // bitlocker, no-room, no-image, not-suitable, error
	Text   string    `json:"text"`
	Time   time.Time `json:"time,omitzero"` // UTC if the zone is known
	Origin Origin    `json:"origin"`
}
