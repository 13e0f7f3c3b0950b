package winapi

import "time"

// Calls that only look. Every one works without administrator rights unless it says
// otherwise; what it may not read is an Error that wraps fs.ErrPermission.
const (
	// System tells what Windows this is and how it runs.
	System Call[None, SystemInfo] = "system"
	// Token tells who runs this program.
	Token Call[None, TokenInfo] = "token"
	// RegistryKey reads one key: values and names of subkeys. Path: HKLM\SYSTEM\….
	RegistryKey Call[string, Key] = "registry-key"
	// Events reads events as XML, which is in no language. Source: EvtQuery, EvtRender.
	Events Call[EventQuery, EventPage] = "events"
	// Channel tells how far a log reaches.
	Channel Call[string, ChannelInfo] = "channel"
	// Disks lists the disks with their partitions. Source: IOCTL_DISK_GET_DRIVE_LAYOUT_EX.
	Disks Call[None, []Disk] = "disks"
	// Volumes lists the volumes, mounted or not.
	Volumes Call[None, []Volume] = "volumes"
	// Encryption lists volumes that BitLocker knows. Needs administrator rights. Source:
	// Win32_EncryptableVolume.
	Encryption Call[None, []EncryptedVolume] = "encryption"
	// Services tells the state of services by name; one that does not exist is left out.
	Services Call[[]string, []ServiceState] = "services"
	// SecurityProducts lists what is registered with Security Center; there is none on a
	// server. Source: root\SecurityCenter2, AntiVirusProduct.
	SecurityProducts Call[None, []SecurityProduct] = "security-products"
	// Filters lists loaded mini-filters. Needs administrator rights. Source: FilterFindFirst.
	Filters Call[None, []Filter] = "filters"
	// Defender is MSFT_MpComputerStatus.
	Defender Call[None, DefenderStatus] = "defender"
	// DiskHealth is what the disks say of themselves. Source: MSFT_PhysicalDisk,
	// MSFT_StorageReliabilityCounter, MSStorageDriver_FailurePredictStatus.
	DiskHealth Call[None, []DiskHealthInfo] = "disk-health"
	// UpdateHistory are the newest entries of the update agent's history, as many as asked
	// for, 1,000 at most; newest first.
	UpdateHistory Call[int, []HistoryEntry] = "update-history"
	// SearchUpdates asks the update agent, which may ask its server: only when asked to.
	SearchUpdates Call[string, []Update] = "search-updates"
	// AppControl tells whether a policy decides which programs may run. Source:
	// Win32_DeviceGuard.
	AppControl Call[None, AppControlInfo] = "app-control"
	// AgentBusy is IUpdateInstaller.IsBusy: the update agent installs or removes something.
	AgentBusy Call[None, bool] = "agent-busy"
	// Installers tells who else installs or removes something at this moment. Sources:
	// CreateToolhelp32Snapshot; "_MSIExecute Mutex".
	Installers Call[None, InstallersInfo] = "installers"
	// Power is GetSystemPowerStatus.
	Power Call[None, PowerStatus] = "power"
	// Clock asks a server for the time by HTTP: only when asked to. Its argument is a URL.
	Clock Call[string, ClockAnswer] = "clock"
	// FileSecurity reads the self-relative security descriptor of a file or folder.
	FileSecurity Call[string, []byte] = "file-security"
	// KeySecurity reads the self-relative security descriptor of a registry key: owner,
	// group and permissions. Path as in RegistryKey. Source: GetSecurityInfo of a key.
	KeySecurity Call[string, []byte] = "key-security"
)

// SystemInfo is Windows as it runs.
type SystemInfo struct {
	Build        uint32    `json:"build"`        // RtlGetVersion
	Product      uint8     `json:"product"`      // 1 workstation, 2 domain controller, 3 server
	Architecture string    `json:"architecture"` // of the PC: amd64, arm64, x86
	Process      string    `json:"process"`      // of this program
	Started      time.Time `json:"started"`      // UTC
	Memory       uint64    `json:"memory"`       // bytes
	CleanBoot    uint32    `json:"cleanBoot"`    // 0 normal, 1 safe mode, 2 with network
	Languages    []string  `json:"languages"`    // of the person, first choice first: ja-JP
	Windows      string    `json:"windows"`      // C:\Windows
	Firmware     uint32    `json:"firmware"`     // 0 unknown, 1 BIOS, 2 UEFI
	PEReason     string    `json:"pe,omitempty"` // MiniNT key exists: WinPE
}

// TokenInfo is the rights of this program.
type TokenInfo struct {
	User     string `json:"user"`     // SID
	Admin    bool   `json:"admin"`    // member of Administrators, and elevated
	CanAdmin bool   `json:"canAdmin"` // could be elevated
	System   bool   `json:"system"`   // runs as SYSTEM
	Network  bool   `json:"network"`  // logged on over the network: by WinRM or SSH, not by Remote Desktop
	Session  uint32 `json:"session"`  // 0: a service
}

// Key is one registry key as it is.
type Key struct {
	LastWrite time.Time `json:"lastWrite"` // UTC
	Subkeys   []string  `json:"subkeys"`
	Values    []Value   `json:"values"`
	// Volatile: it is gone when Windows starts again. False where Windows does not tell.
	Volatile bool `json:"volatile,omitempty"`
}

// Value is one registry value. Type: a registry type number of winnt.h; Data as stored.
type Value struct {
	Name string `json:"name"`
	Type uint32 `json:"type"`
	Data []byte `json:"data"`
}

// EventQuery asks for events of a channel, oldest first. XPath selects them; Newest
// bounds how many of the newest are given, 0: all. More than 20,000 are never given.
type EventQuery struct {
	Channel string `json:"channel"`
	XPath   string `json:"xpath"`
	Newest  int    `json:"newest,omitempty"`
}

// EventPage are events, each as Event XML of the schema
// http://schemas.microsoft.com/win/2004/08/events/event.
type EventPage struct {
	Events []string `json:"events"`
	Cut    bool     `json:"cut,omitempty"`    // there were more than Newest
	Unread int      `json:"unread,omitempty"` // events that Windows could not give as XML, or of more than a MiB
}

// ChannelInfo is how far a log reaches.
type ChannelInfo struct {
	Records uint64    `json:"records"`
	First   time.Time `json:"first"` // UTC, of the oldest event; zero if there is none
	Last    time.Time `json:"last"`
}

// Disk is one disk as IOCTLs tell it. A drive without a medium is left out. Table is empty
// if it could not be read; Size is 0 if the disk answers nothing.
type Disk struct {
	Number     uint32      `json:"number"`
	Size       uint64      `json:"size"` // bytes
	SectorSize uint32      `json:"sectorSize"`
	Table      string      `json:"table"`               // gpt, mbr, none
	GUID       string      `json:"guid,omitempty"`      // GPT
	Signature  uint32      `json:"signature,omitempty"` // MBR
	Bus        uint32      `json:"bus"`                 // STORAGE_BUS_TYPE
	Partitions []Partition `json:"partitions"`
}

// Partition is one entry of a disk's table. Offsets in bytes.
type Partition struct {
	Number     uint32 `json:"number"`
	Start      uint64 `json:"start"`
	Size       uint64 `json:"size"`
	TypeGUID   string `json:"typeGuid,omitempty"`
	GUID       string `json:"guid,omitempty"`
	Attributes uint64 `json:"attributes,omitempty"`
	Name       string `json:"name,omitempty"`
	MBRType    uint8  `json:"mbrType,omitempty"`
	Active     bool   `json:"active,omitempty"`
	Logical    bool   `json:"logical,omitempty"` // inside an extended partition of an MBR
}

// NoDisk is the Disk of a volume whose place nobody tells: a network drive, a CD.
const NoDisk uint32 = 0xffffffff

// Volume is one volume. Path is \\?\Volume{…}\, Mounts are C:\ and the like.
type Volume struct {
	Path   string   `json:"path"`
	Mounts []string `json:"mounts"`
	Disk   uint32   `json:"disk"`
	Start  uint64   `json:"start"` // of its first extent, bytes
	Size   uint64   `json:"size"`
	Free   uint64   `json:"free"`
	FS     string   `json:"fs"` // NTFS, FAT32, RAW, empty: not readable
	Label  string   `json:"label"`
	Dirty  bool     `json:"dirty"`
	// DirtyKnown: Dirty could be asked, which needs administrator rights.
	DirtyKnown bool `json:"dirtyKnown"`
}

// NotTold is the Conversion of a volume that does not tell it, because it is locked.
const NotTold uint32 = 0xffffffff

// EncryptedVolume is Win32_EncryptableVolume. Source: its documentation.
type EncryptedVolume struct {
	Path       string `json:"path"`       // \\?\Volume{…}\
	Conversion uint32 `json:"conversion"` // 0 decrypted, 1 encrypted, 2 encrypting, 3 decrypting, 4 and 5 paused
	Protection uint32 `json:"protection"` // 0 off or suspended, 1 on, 2 unknown (locked)
	Method     uint32 `json:"method"`
	Suspended  uint32 `json:"suspended"` // restarts until protection is on again; 0: not suspended, or until resumed
}

// ServiceState is one service. State: 1 stopped … 4 running (SERVICE_STATUS); Start as in
// the registry.
type ServiceState struct {
	Name  string `json:"name"`
	State uint32 `json:"state"`
	Start uint32 `json:"start"`
	PID   uint32 `json:"pid,omitempty"`
}

// SecurityProduct is one antivirus. State is productState as registered; ID is instanceGuid,
// which is in no language.
type SecurityProduct struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`
	State uint32 `json:"state"`
	Path  string `json:"path"`
}

// Filter is one loaded mini-filter.
type Filter struct {
	Name     string `json:"name"`
	Altitude string `json:"altitude"`
}

// DefenderStatus is Microsoft Defender as it runs.
type DefenderStatus struct {
	Enabled  bool      `json:"enabled"`
	RealTime bool      `json:"realTime"`
	Mode     string    `json:"mode"` // AMRunningMode: Normal, Passive Mode, EDR Block Mode, …
	Platform string    `json:"platform"`
	Engine   string    `json:"engine"`
	Version  string    `json:"version"` // of the definitions
	Updated  time.Time `json:"updated"` // UTC
	Tamper   bool      `json:"tamper"`
}

// DiskHealthInfo is one disk's own word. Health: 0 healthy, 1 warning, 2 unhealthy, 5
// unknown (MSFT_PhysicalDisk).
type DiskHealthInfo struct {
	Number   uint32 `json:"number"`
	Health   uint16 `json:"health"`
	Predicts bool   `json:"predicts"` // MSStorageDriver_FailurePredictStatus.PredictFailure
	Wear     uint8  `json:"wear"`     // percent
	ReadBad  uint64 `json:"readBad"`  // ReadErrorsUncorrected
	WriteBad uint64 `json:"writeBad"` // WriteErrorsUncorrected
	// Counted: Wear, ReadBad and WriteBad could be read. Foretold: Predicts could. Both
	// need administrator rights, and a disk that tells.
	Counted   bool   `json:"counted"`
	Foretold  bool   `json:"foretold"`
	Model     string `json:"model"`
	MediaType uint16 `json:"mediaType"` // 3 HDD, 4 SSD
}

// HistoryEntry is IUpdateHistoryEntry. Operation: 1 install, 2 uninstall; Result: 0 not
// started, 1 in progress, 2 succeeded, 3 with errors, 4 failed, 5 aborted.
type HistoryEntry struct {
	Time      time.Time `json:"time"` // UTC
	UpdateID  string    `json:"updateId"`
	Revision  int32     `json:"revision"`
	Title     string    `json:"title"`
	Operation int32     `json:"operation"`
	Result    int32     `json:"result"`
	HResult   uint32    `json:"hresult"`
	Unmapped  uint32    `json:"unmapped"`
	Client    string    `json:"client"`
	Service   string    `json:"service,omitempty"` // ServiceID: GUID of where it came from
}

// Update is IUpdate.
type Update struct {
	UpdateID   string   `json:"updateId"`
	Revision   int32    `json:"revision"`
	Title      string   `json:"title"`
	KBs        []string `json:"kbs"` // KB5034441
	Hidden     bool     `json:"hidden"`
	Downloaded bool     `json:"downloaded"`
	Installed  bool     `json:"installed"`
	Mandatory  bool     `json:"mandatory"`
	Restart    int32    `json:"restart"` // 0 never, 1 always, 2 can
	Size       uint64   `json:"size"`    // bytes, at most
}

// InstallersInfo are those that change Windows or its programs now. Processes are the names
// of programs of Windows that run only while they work, lower-case, each once; MSI: Windows
// Installer carries out an installation.
type InstallersInfo struct {
	Processes []string `json:"processes"`
	MSI       bool     `json:"msi"`
}

// AppControlInfo is how code integrity policies are enforced: 0 off, 1 audit, 2 enforced.
// Source: CodeIntegrityPolicyEnforcementStatus, UsermodeCodeIntegrityPolicyEnforcementStatus.
type AppControlInfo struct {
	Kernel uint32 `json:"kernel"`
	User   uint32 `json:"user"`
}

// PowerStatus: Line 0 battery, 1 mains, 255 unknown; Battery percent, 255 unknown;
// HasBattery is false on a desktop PC.
type PowerStatus struct {
	Line       uint8 `json:"line"`
	Battery    uint8 `json:"battery"`
	HasBattery bool  `json:"hasBattery"`
}

// ClockAnswer is the time of a server, and of this PC at that moment, UTC.
type ClockAnswer struct {
	Server time.Time `json:"server"`
	Here   time.Time `json:"here"`
	Status int       `json:"status"` // of HTTP
}
