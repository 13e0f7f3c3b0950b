package casekit

// PC is a sick PC as its text describes it. Everything has a healthy default, so a
// text says only what differs. Times are the PC's own wall clock unless they end in Z.
type PC struct {
	About string // one sentence: the story (required)
	Name  string // host name; DESKTOP-EXAMPLE1
	Now   Time   // last moment anything was written; every log ends before it (required)
	Zone  string // Windows time zone key; Tokyo Standard Time
	Noise Switch // healthy noise in the logs; on

	OS          OS
	Disks       []Disk // one GPT disk of 64 GB with ESP, MSR, Windows and recovery
	WinRE       WinRE  `yaml:"winre"`
	Updates     []Update
	Packages    []Package
	Pending     Pending
	Boots       []Boot // further starts; one a week and one an hour before Now are made anyway
	Services    map[string]Service
	Policies    map[string]string // value names below Policies\…\WindowsUpdate; AU\x for the AU key
	Clock       []ClockJump
	DiskEvents  []DiskEvent `yaml:"disk-events"`
	Events      []Event
	CBS         []CBSLine `yaml:"cbs"`
	Registry    []RegistryChange
	Files       []File
	Permissions []Permission        // rights taken away
	Logs        map[string]LogState // System, Setup, Application, WindowsUpdate, CBS, ReportingEvents, ReAgent, WinREAgent, setupapi; the databases DataStore, Catroot2, Queue

	seed string // of all identifiers
	text []byte // as it was parsed: the key of the cache
}

// OS is the identity of the installed Windows.
type OS struct {
	Product   string // ProductName; Windows 10 Home
	Edition   string // EditionID; Core
	Version   string // DisplayVersion; 22H2
	Build     int    // CurrentBuild; 19045
	UBR       int    // update build revision; 3803
	Type      string // InstallationType; Client
	Language  string // en-US
	Arch      string // amd64
	Installed Time   // 2021-06-05 10:20
	Firmware  string // uefi, bios; uefi on GPT, bios on MBR
}

// Disk is one disk. Partitions follow each other, aligned to 1 MB.
type Disk struct {
	Size       Size   // 64 GB
	Sector     int    // logical sector size: 512 or 4096; 512
	Table      string // gpt, mbr; gpt
	Damaged    string // GPT: primary or backup, whose header is overwritten
	Partitions []Partition

	line int
}

// Partition is one partition; exactly one of the first six gives its role and size.
type Partition struct {
	ESP      Size `yaml:"esp"`
	MSR      Size `yaml:"msr"`
	Windows  Size `yaml:"windows"`
	Recovery Size `yaml:"recovery"`
	OEM      Size `yaml:"oem"`
	Data     Size `yaml:"data"`

	Free       Size   // free bytes wanted in its file system
	Label      string // volume label
	Type       string // type GUID or MBR code (0x27) instead of the role's own
	Attributes string // GPT attribute bits, 0x8000000000000001
	Before     Size   // room left unallocated in front of it
	After      Size   // and behind it
	Encrypted  string // bitlocker, bitlocker suspended, bitlocker converting: only a header is written
	Logical    Switch // MBR: inside the extended partition
	Active     Switch // MBR: boot flag
	Dirty      Switch // NTFS: the volume asks for a check at the next start
	FS         string // ntfs, fat32, none; fat32 for esp, none for msr, else ntfs

	line int
}

// WinRE is the recovery environment: where it really is, and what ReAgent.xml, the
// boot store and the registry say about it.
type WinRE struct {
	At       string // partition with winre.wim: recovery, recovery 2, windows (C:\Recovery), none
	State    string // ReAgent.xml: enabled, disabled, damaged, missing; enabled
	Names    Place  // what ReAgent.xml names, where it is not At
	BCD      Switch // the default loader has a recovery sequence; on while enabled
	BCDNames Place  `yaml:"bcd-names"` // what the boot store names, where it is not At
	Wim      Wim    // winre.wim at At
	Staged   Wim    // System32\Recovery\Winre.wim; there while disabled
	Registry string // WinREVersion; Wim's version; none leaves it out
	Patched  Switch // PushButtonReset\WinREPathScriptSucceed = 1
}

// Place is a partition as a configuration names it. Offset and GUID win over At.
type Place struct {
	At     string // partition: recovery 2
	Offset Size   // bytes from the start of the disk
	GUID   string // disk GUID of ReAgent.xml, partition GUID of the boot store
}

// Wim is one winre.wim.
type Wim struct {
	Version     string // 10.0.19041.3920
	Size        Size   // bytes, zero-filled up to it; what Free leaves, else 300 MB
	Compression string // stored, xpress, lzx; stored (others need wimlib-imagex)
	Missing     Switch
	Damaged     Switch // its first bytes are overwritten
}

// Update is one update and every attempt to install it.
type Update struct {
	KB       string // KB5034441
	Kind     string // winre, lcu, dotnet, defender, mrt, store, driver, other; by KB
	Title    string // as Windows Update shows it
	ID       string // update GUID
	Revision int    // 200; 1 for Store apps
	Client   string // caller in ReportingEvents.log; MoUpdateOrchestrator
	At       Times  // start of each attempt (required)

	Code      Code   // what the person sees; 0 means it went in
	EventCode Code   `yaml:"event-code"` // of event 20 or 31, where it differs
	Unmapped  Code   // raw result of the installer, as DataStore.edb has it beside the code
	Stage     string // where it failed: download, install, commit; install
	Outcome   string // failed, installed, pending (needs a restart), cancelled, open; by code
	Takes     string // duration of one attempt; 2m

	Agent   Agent    // WinREAgent event of each attempt
	CBS     Code     // its servicing session failed with this code
	Package string   // package identity; made for lcu and dotnet
	State   string   // state of the package; by outcome
	Without []string // histories that know nothing of it: system, reporting, cbs, setup, operational, datastore

	line int
}

// Agent is what Microsoft-Windows-WinREAgent wrote: 4501 with a version, or 4502 with
// a phase and a code.
type Agent struct {
	Version string
	Phase   int
	Code    Code
}

// Package is one key below Component Based Servicing\Packages.
type Package struct {
	Name   string // identity
	State  string // installed, staged, superseded, install-pending, … or a number
	At     Time   // install time
	Client string // WindowsUpdateAgent

	line int
}

// Pending is what waits for a restart. A time is the last-write time of the key.
type Pending struct {
	CBSReboot   Time      `yaml:"cbs-reboot"`    // Component Based Servicing\RebootPending
	Reboot      Time      `yaml:"update-reboot"` // WindowsUpdate\Auto Update\RebootRequired
	InProgress  Time      `yaml:"in-progress"`   // Component Based Servicing\RebootInProgress
	Sessions    []Session // below SessionsPending, besides finished ones
	Packages    []string  // below PackagesPending
	XML         Time      `yaml:"pending-xml"` // WinSxS\pending.xml
	Renames     []string  // PendingFileRenameOperations: "from -> to", or "from" to delete
	DriverOps   int       `yaml:"driver-operations"`
	DriverOpsAt Time      `yaml:"driver-operations-at"`
}

// Session is one key below SessionsPending.
type Session struct {
	ID       Word
	Complete Switch
	At       Time
}

// Boot is one start of Windows.
type Boot struct {
	At   Time
	Kind string // cold, fast, resume; cold
}

// Service is the Start value of a service, or deleted.
type Service struct {
	Start   int // 0 boot, 1 system, 2 automatic, 3 manual, 4 disabled
	Deleted bool
}

// ClockJump is a change of the clock (Kernel-General 1). At is the new time.
type ClockJump struct {
	At   Time
	From Time // old time
}

// DiskEvent is one event of trouble with storage.
type DiskEvent struct {
	At     Times
	ID     int    // 7, 11, 51, 52, 55, 129, 153
	Device string // \Device\Harddisk0\DR0
}

// Event is one event written as it stands.
type Event struct {
	Log      string // System, Setup, Application, WindowsUpdate, or a channel: Microsoft-Windows-Windows Defender/Operational
	At       Times
	Provider string
	GUID     string // of the provider
	ID       int
	Version  int
	Level    int      // 4
	Data     []string // "name: value" or "name: value (uint32)"; bare values make a classic event
	line     int
}

// CBSLine is one line of CBS.log written as it stands.
type CBSLine struct {
	At    Time
	Level string // Info, Warning, Error; Info
	From  string // CBS, CSI, DPX; CBS
	Text  string
}

// RegistryChange sets or deletes one registry value, or deletes a key.
type RegistryChange struct {
	Key       string // HKLM\SOFTWARE\…; CurrentControlSet is understood
	Name      string // value; empty changes only the key
	Text      *string
	Number    *uint32
	List      []string
	Hex       string // binary, as hexadecimal digits; blanks count nothing
	At        Time   // last-write time of the key
	Delete    Switch // the value, or the key with all below if Name is empty
	Unflushed Switch // only in the transaction log: the hive itself is still without it

	line int
}

// File is one further file, or an existing one taken away.
type File struct {
	Path   string // \Windows\Temp\x.log, on the Windows volume unless On says otherwise
	On     string // partition: recovery, esp
	Text   string // lines end with CR LF in the file
	UTF16  Switch `yaml:"utf16"` // the text is UTF-16LE with a byte order mark
	Hex    string // binary content instead of a text, as hexadecimal digits
	Dir    Switch // an empty folder
	Size   Size   // zero-filled up to it
	Hidden Switch
	Delete Switch
	At     Time

	line int
}

// Permission is a file, folder or key (HKLM\SOFTWARE\…) that has lost rights.
type Permission struct {
	Path    string   // \Windows\WinSxS, on the Windows volume
	Without []string // system (and Administrators, to whom SYSTEM belongs), trustedinstaller: they may still read

	line int
}

// LogState says how much of a log is left.
type LogState struct {
	From    Time   // nothing before it
	Missing Switch // the file is not there
	Damaged Switch // one chunk (or, in a text log, one block) is overwritten; of a database the header
	Dirty   Switch // databases: Windows stopped without closing it, which is normal
	Packed  Time   // CBS: what stands before it is in an older part, packed into a cabinet
}
