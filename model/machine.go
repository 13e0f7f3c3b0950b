package model

import "time"

// MachineSchema names the JSON form of Machine.
const MachineSchema = "updoc.machine/1"

// Machine holds the facts about one Windows installation and the disk it lives on.
type Machine struct {
	Schema   string    `json:"schema"`
	LookedAt time.Time `json:"lookedAt"`          // when this program looked, UTC
	LastSeen time.Time `json:"lastSeen,omitzero"` // newest time stamp in the evidence, UTC: how old an offline disk is

	Name     Fact[string]    `json:"name"` // host name
	OS       OS              `json:"os"`
	Disks    List[Disk]      `json:"disks"`
	Windows  Volume          `json:"windows"` // the volume that holds Windows
	Boot     Boot            `json:"boot"`
	WinRE    WinRE           `json:"winre"`
	Attempts List[Attempt]   `json:"attempts"`
	Packages List[Package]   `json:"packages"`
	Pending  Pending         `json:"pending"`
	CBS      CBS             `json:"cbs"`
	Services List[Service]   `json:"services"`
	Policies List[Policy]    `json:"policies"`
	Clock    Clock           `json:"clock"`
	DiskLog  List[DiskEvent] `json:"diskLog"` // trouble with storage, from the event logs
	Storage  Storage         `json:"storage"`

	Defender    Defender              `json:"defender"`
	Installer   Installer             `json:"installer"`
	DotNet      DotNet                `json:"dotnet"`
	Office      Office                `json:"office"`
	Programs    List[Program]         `json:"programs"`
	Filters     List[Filter]          `json:"filters"`
	Security    List[SecurityProduct] `json:"security"` // joined by diagnose
	Agent       Agent                 `json:"agent"`
	DriverLog   List[Note]            `json:"driverLog"` // setupapi.dev.log: installations that failed; Subject: the INF
	Setup       Setup                 `json:"setup"`
	Hardware    Hardware              `json:"hardware"`
	Inbox       List[InboxPart]       `json:"inbox"`
	EndOfLife   List[AppxEntry]       `json:"endOfLife"`
	Permissions List[Permission]      `json:"permissions"`
	Folders     List[Folder]          `json:"folders"`
	Spares      List[Spare]           `json:"spares"` // names for what a remedy sets aside
	Startup     Startup               `json:"startup"`
	Live        Live                  `json:"live"` // what only the running Windows tells

	Looks []Look `json:"looks"` // every artefact looked for, and what came of it
}

// Look is one artefact that was looked for.
type Look struct {
	Artifact string  `json:"artifact"`
	Volume   string  `json:"volume,omitempty"`
	Path     string  `json:"path,omitempty"`
	Unseen   *Unseen `json:"unseen,omitempty"` // nil: it was read whole
	Note     string  `json:"note,omitempty"`   // for an expert: damage met and passed, logs replayed, …
}

// OS is the identity of the installed Windows. Source: SOFTWARE\Microsoft\Windows
// NT\CurrentVersion. ProductName still says Windows 10 on Windows 11, so Family is
// derived from the build.
type OS struct {
	Family           Fact[string]    `json:"family"`      // windows-10, windows-11, server, unknown
	ProductName      Fact[string]    `json:"productName"` // as stored
	Edition          Fact[string]    `json:"edition"`     // EditionID, e.g. Professional
	InstallationType Fact[string]    `json:"installationType"`
	ServerCore       Fact[bool]      `json:"serverCore"`
	DisplayVersion   Fact[string]    `json:"displayVersion"` // 22H2; ReleaseId before 20H2
	Build            Fact[int64]     `json:"build"`          // CurrentBuild, e.g. 19045
	Revision         Fact[int64]     `json:"revision"`       // UBR
	Version          Fact[string]    `json:"version"`        // 10.0.<build>.<revision>
	Architecture     Fact[string]    `json:"architecture"`   // amd64, arm64, x86
	Installed        Fact[time.Time] `json:"installed"`      // UTC
	Language         Fact[string]    `json:"language"`       // of the installed Windows, e.g. ja-JP
	Remake           Fact[string]    `json:"remake"`         // who changed this Windows: EditionSubManufacturer, EditionSubstring; empty: nobody says so
	QualityCompat    Fact[bool]      `json:"qualityCompat"`  // the antivirus set the flag of January 2018: QualityCompat\cadca5fe-…
}

// Disk is one physical or virtual disk.
type Disk struct {
	Index      int64         `json:"index"`
	Size       uint64        `json:"size"` // bytes
	SectorSize int64         `json:"sectorSize"`
	Table      string        `json:"table"`               // gpt, mbr, none
	GUID       string        `json:"guid,omitempty"`      // GPT disk GUID, braced lower case
	Signature  string        `json:"signature,omitempty"` // MBR signature, 0x%08x
	Partitions []Partition   `json:"partitions"`
	Gaps       []Gap         `json:"gaps"`
	Extended   []Gap         `json:"extended,omitempty"` // MBR: the stretches of extended partitions, which hold the logical ones; each takes one of the four entries
	Problems   []DiskProblem `json:"problems"`
	Health     Fact[string]  `json:"health"` // what the disk says of itself (S.M.A.R.T.): ok, warning, failing; unseen offline
	Origin     Origin        `json:"origin"`
}

// Storage sums up how the disk that Windows lives on fared in the 30 days before the
// newest record. A count of 0 means that the log covers its end and holds none; what
// lies before its beginning is not counted. Source: the events of DiskLog.
type Storage struct {
	Errors     Fact[int64] `json:"errors"`     // reads and writes that failed: bad-block, io-error
	ErrorDays  Fact[int64] `json:"errorDays"`  // days (UTC) with such errors
	Retries    Fact[int64] `json:"retries"`    // retried, controller-reset
	Predicted  Fact[bool]  `json:"predicted"`  // the disk predicts its own failure (event 52)
	Unreadable Fact[int64] `json:"unreadable"` // places of the examined disk that could not be read just now
	Checks     List[Note]  `json:"checks"`     // kind checked: results of chkdsk as logged, text in the language of Windows
}

// DiskProblem is damage or oddity of a partition table. Code is kebab-case.
type DiskProblem struct {
	Code   string `json:"code"`
	Text   string `json:"text,omitempty"`
	Origin Origin `json:"origin"`
}

// Gap is room on a disk that belongs to no partition, in bytes.
type Gap struct {
	Start uint64 `json:"start"`
	Size  uint64 `json:"size"`
}

// Roles of a partition.
const (
	RoleESP      = "esp"      // EFI system partition, or the active partition of an MBR disk that holds the boot files
	RoleMSR      = "msr"      // Microsoft reserved
	RoleWindows  = "windows"  // holds the diagnosed Windows
	RoleRecovery = "recovery" // typed as recovery tools
	RoleOEM      = "oem"      // a maker's own partition
	RoleData     = "data"
	RoleExtended = "extended" // MBR container
	RoleUnknown  = "unknown"
)

// Partition is one entry of a partition table with what its first sectors tell.
type Partition struct {
	ID         string `json:"id"`   // "disk0p3": also the volume id
	Disk       int64  `json:"disk"` // disk index
	Index      int64  `json:"index"`
	Type       string `json:"type"`               // readable: efi-system, recovery, basic-data, msr, mbr-0x27, …
	TypeGUID   string `json:"typeGuid,omitempty"` // GPT
	MBRType    string `json:"mbrType,omitempty"`  // 0x07
	GUID       string `json:"guid,omitempty"`
	Attributes string `json:"attributes,omitempty"` // GPT attribute bits, 0x%016x
	Name       string `json:"name,omitempty"`
	Role       string `json:"role"`
	Active     bool   `json:"active,omitempty"`  // MBR boot flag
	Logical    bool   `json:"logical,omitempty"` // inside an MBR extended partition
	Start      uint64 `json:"start"`             // bytes
	Size       uint64 `json:"size"`              // bytes
	Volume     Volume `json:"volume"`
	Origin     Origin `json:"origin"`
}

// Volume is a file system on a partition (or the whole of a folder source).
type Volume struct {
	ID         string        `json:"id,omitempty"`
	FS         Fact[string]  `json:"fs"` // ntfs, fat32, bitlocker, …
	Label      Fact[string]  `json:"label"`
	Size       Fact[int64]   `json:"size"` // bytes
	Free       Fact[int64]   `json:"free"` // bytes
	Dirty      Fact[bool]    `json:"dirty"`
	LogFile    Fact[string]  `json:"logFile"`    // clean, unclean, unknown
	Hibernated Fact[bool]    `json:"hibernated"` // hiberfil.sys holds a resume image
	BitLocker  BitLocker     `json:"bitlocker"`
	Largest    []LargestFile `json:"largest,omitempty"` // only of recovery and EFI partitions
}

// LargestFile is a file that explains where the room of a small volume went.
type LargestFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"` // bytes
	Origin Origin `json:"origin"`
}

// BitLocker is what the volume header tells without a key.
type BitLocker struct {
	Encrypted Fact[bool]   `json:"encrypted"` // the volume carries BitLocker metadata and is not fully decrypted
	State     Fact[string] `json:"state"`     // off, on, suspended, converting, unknown
	Method    Fact[string] `json:"method"`
}

// Boot is how the machine starts.
type Boot struct {
	Firmware     Fact[string]    `json:"firmware"`     // uefi, bios
	Store        Fact[string]    `json:"store"`        // path of the BCD that was read
	ESP          Fact[bool]      `json:"esp"`          // a partition with the EFI system type exists
	ESPFree      Fact[int64]     `json:"espFree"`      // bytes
	ESPSize      Fact[int64]     `json:"espSize"`      // bytes
	ESPWrongType Fact[bool]      `json:"espWrongType"` // boot files lie on a FAT32 partition of another type
	LoaderEFI    Fact[bool]      `json:"loaderEfi"`    // the default loader is winload.efi
	LastBoot     Fact[time.Time] `json:"lastBoot"`     // UTC, last real start (not fast startup)
	Boots        List[BootEvent] `json:"boots"`
}

// BootEvent is one start of Windows. Kind is cold, fast, resume or unknown
// (Kernel-Boot 27: 0, 1, 2).
type BootEvent struct {
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind"`
	Origin Origin    `json:"origin"`
}

// Service is one service key. Start: 0 boot, 1 system, 2 automatic, 3 manual, 4 disabled.
type Service struct {
	Name    string       `json:"name"` // lower case
	Present Fact[bool]   `json:"present"`
	Start   Fact[int64]  `json:"start"`
	Image   Fact[string] `json:"image"`
	Origin  Origin       `json:"origin"`
}

// Policy is one value below the keys that steer Windows Update and what it needs: its
// own policies, those of TLS, servicing, Defender and the Windows Installer. Numbers are
// in decimal, lists have "|" between.
type Policy struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin Origin `json:"origin"`
}

// Clock is the machine's time zone and what happened to its clock.
type Clock struct {
	Zone        Fact[string]    `json:"zone"`        // TimeZoneKeyName
	BiasMinutes Fact[int64]     `json:"biasMinutes"` // UTC = local + bias, standard time
	Jumps       List[ClockJump] `json:"jumps"`
}

// ClockJump is a change of the clock by a minute or more (Kernel-General 1).
type ClockJump struct {
	Time    time.Time `json:"time"` // UTC, new time
	Seconds int64     `json:"seconds"`
	Origin  Origin    `json:"origin"`
}

// DiskEvent is one event about storage trouble. Kind: bad-block, io-error,
// controller-reset, predicted-failure, corruption, repaired, flush-failed, retried.
type DiskEvent struct {
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Provider string    `json:"provider"`
	EventID  int64     `json:"eventId"`
	Device   string    `json:"device,omitempty"`
	Origin   Origin    `json:"origin"`
}
