package winapi

import "time"

// Calls that change something. All need administrator rights. Each is done whole or
// answers an Error; who calls reads the state again and believes that.
const (
	// SetValue sets a registry value; the key is made if it is not there.
	SetValue Call[ValueAt, None] = "set-value"
	// DeleteValue takes a value away; no value is no error.
	DeleteValue Call[ValueAt, None] = "delete-value"
	// DeleteKey takes a key with all below it away; no key is no error.
	DeleteKey Call[string, None] = "delete-key"
	// SetStart gives a service or driver a start type, by the service manager: it notices
	// what is only written into the registry at its next start. Source: ChangeServiceConfig.
	SetStart Call[ServiceStart, None] = "set-start"
	// StartService asks a service to start and waits until it runs.
	StartService Call[ServiceWait, ServiceState] = "start-service"
	// StopService asks a service, and those that depend on it, to stop and waits until
	// the process is gone.
	StopService Call[ServiceWait, ServiceState] = "stop-service"
	// Dependents lists running services that need a service, in the order in which they
	// have to stop. Source: EnumDependentServices.
	Dependents Call[string, []ServiceState] = "dependent-services"
	// Run starts a program in no shell, without a window, and waits. When its time is up it
	// is ended by its id, with what it started.
	Run Call[Command, Finished] = "run"
	// MicrosoftSigned tells whether the signature of a program is whole and its certificate
	// comes from a root of Microsoft. Source: WinVerifyTrust, CERT_CHAIN_POLICY_MICROSOFT_ROOT.
	MicrosoftSigned Call[string, bool] = "microsoft-signed"
	// Restart restarts Windows, not before Delay seconds.
	Restart Call[RestartCall, None] = "restart"
	// Resize makes a partition end elsewhere, file system and all. Source: MSFT_Partition.Resize.
	Resize Call[PartitionCall, None] = "resize-partition"
	// Create makes a partition with its type in the same call: what Creatable accepts. Source:
	// MSFT_Disk.CreatePartition.
	Create Call[PartitionCall, Partition] = "create-partition"
	// Delete deletes a partition. Source: MSFT_Partition.DeleteObject.
	Delete Call[PartitionCall, None] = "delete-partition"
	// SetType changes type and attributes of a partition. Source: MSFT_Partition.SetAttributes,
	// IOCTL_DISK_SET_PARTITION_INFO_EX.
	SetType Call[PartitionCall, None] = "set-partition-type"
	// Format formats the volume of a partition; on MBR the partition then has the type of
	// its file system. Source: MSFT_Volume.Format.
	Format Call[PartitionCall, None] = "format-partition"
	// FileSystem tells FS and Label of the volume at a root that Volumes may leave out, as
	// that of a hidden partition (\\?\GLOBALROOT\Device\Harddisk0\Partition3\). It changes
	// nothing. Source: GetVolumeInformation.
	FileSystem Call[string, Volume] = "file-system"
	// SuspendProtection suspends BitLocker for so many restarts. Source:
	// Win32_EncryptableVolume.DisableKeyProtectors.
	SuspendProtection Call[ProtectionCall, None] = "suspend-protection"
	// ResumeProtection is EnableKeyProtectors.
	ResumeProtection Call[ProtectionCall, None] = "resume-protection"
	// InstallUpdate lets the update agent download and install one update.
	InstallUpdate Call[string, InstallResult] = "install-update"
	// HideUpdate hides one update, or shows it again.
	HideUpdate Call[HideCall, None] = "hide-update"
	// RegisterTask makes a task that runs a program at the next start as SYSTEM, or at the
	// next sign-in as the person.
	RegisterTask Call[Task, None] = "register-task"
	// DeleteTask takes it away; no task is no error.
	DeleteTask Call[string, None] = "delete-task"
	// SetFileSecurity gives a file or folder a self-relative security descriptor.
	SetFileSecurity Call[FileSecurityCall, None] = "set-file-security"
	// ShadowCopy makes a shadow copy of a volume (C:\) and answers its device path.
	ShadowCopy Call[string, Shadow] = "shadow-copy"
	// DeleteShadow deletes a shadow copy that ShadowCopy made, by its id.
	DeleteShadow Call[string, None] = "delete-shadow"
)

// ValueAt is a value of a key. Key: HKLM\SYSTEM\…. Volatile: a key that has to be made is
// gone when Windows starts again; those above it must be there. Source: RegCreateKeyEx,
// REG_OPTION_VOLATILE.
type ValueAt struct {
	Key      string `json:"key"`
	Value    Value  `json:"value"`
	Volatile bool   `json:"volatile,omitempty"`
}

// ServiceStart names a service and its start type, as in the registry: 2 automatic, 3
// manual, 4 disabled.
type ServiceStart struct {
	Name  string `json:"name"`
	Start uint32 `json:"start"`
}

// ServiceWait names a service and how long to wait, in seconds.
type ServiceWait struct {
	Name    string `json:"name"`
	Seconds int    `json:"seconds"`
}

// Command is a program with its arguments. Path is absolute. Output beyond a MiB is
// dropped at its beginning.
type Command struct {
	Path    string   `json:"path"`
	Args    []string `json:"args"`
	Seconds int      `json:"seconds"` // time limit
}

// Finished is how a program ended. Output is for an expert, never to decide by.
type Finished struct {
	Exit   uint32 `json:"exit"`
	Ended  bool   `json:"ended,omitempty"` // its time was up
	Output []byte `json:"output,omitempty"`
}

// RestartCall: Delay in seconds; Reason is shown to the person.
type RestartCall struct {
	Delay  int    `json:"delay"`
	Reason string `json:"reason"`
}

// PartitionCall is about one partition, or one to be made. Bytes. TypeGUID is braced:
// {de94bba4-…}.
type PartitionCall struct {
	Disk       uint32 `json:"disk"`
	Start      uint64 `json:"start"`
	Size       uint64 `json:"size,omitempty"`
	TypeGUID   string `json:"typeGuid,omitempty"`
	MBRType    uint8  `json:"mbrType,omitempty"`
	Attributes uint64 `json:"attributes,omitempty"`
	FS         string `json:"fs,omitempty"`
	Label      string `json:"label,omitempty"`
}

// ProtectionCall names a volume; Restarts 0: until resumed.
type ProtectionCall struct {
	Volume   string `json:"volume"`
	Restarts uint32 `json:"restarts"`
}

// InstallResult is how the update agent ended with the update. Result as in HistoryEntry; of
// a download that did not succeed, after which nothing was installed, it is never 2.
type InstallResult struct {
	Result  int32  `json:"result"`
	HResult uint32 `json:"hresult"`
	Restart bool   `json:"restart"`
}

// HideCall hides or shows an update.
type HideCall struct {
	UpdateID string `json:"updateId"`
	Hide     bool   `json:"hide"`
}

// Task is a task of the Task Scheduler, in the folder \updoc. AtLogOn: when somebody
// signs in, as that person; AtOnce: now, as SYSTEM; else at the next start, as SYSTEM.
// Until: it deletes itself then; zero: never.
type Task struct {
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Args    []string  `json:"args"`
	AtLogOn bool      `json:"atLogOn,omitempty"`
	AtOnce  bool      `json:"atOnce,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// FileSecurityCall names a file and its descriptor.
type FileSecurityCall struct {
	Path       string `json:"path"`
	Descriptor []byte `json:"descriptor"`
}

// Shadow is a shadow copy. Device is its path: \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7.
type Shadow struct {
	ID     string `json:"id"`
	Device string `json:"device"`
}
