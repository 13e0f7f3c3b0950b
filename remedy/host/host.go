// Package host is the acting side of a machine: the few operations that every remedy
// is made of, and the contract of whoever carries them out. host/image does it on a
// disk image or block device, host/windows on the running Windows, host/fake in memory.
//
// It may import model. It must never decide whether an operation is wise: that is the
// plan's, the remedy's and the gates' work.
package host

import (
	"context"

	"updoc/model"
)

// Kinds of an Op.
const (
	// ShrinkVolume makes Partition, file system first, end earlier: Size bytes are left.
	// The partition's start, type, GUID, name and attributes stay.
	ShrinkVolume = "shrink-volume"
	// ResizeRecovery lets the recovery partition Partition cover Start and Size, which
	// include all it covers now. Its files stay as they are.
	ResizeRecovery = "resize-recovery"
	// CreateRecovery makes a recovery partition of the right type and attributes at Start
	// and Size on Disk, in the same call, and formats it. GUID is its identifier (GPT).
	// If Replace names a partition, that one's table entry is used: its old place becomes
	// unallocated. Later operations name the new partition NewPartition; a host that was
	// opened anew learns which that is when the operation, done already, is done again.
	CreateRecovery = "create-recovery"
	// SetPartitionType gives Partition the type Text (a GUID, or 0x27 on MBR).
	SetPartitionType = "set-partition-type"
	// CopyFile copies From to To with attributes and permissions and compares the copy.
	// Folders that lack are made; a file at To gives way. If Maybe, no From is no error.
	CopyFile = "copy-file"
	// PutFile copies the local file Local of whoever runs updoc to To and compares it.
	PutFile = "put-file"
	// WriteFile makes To hold exactly Data; attributes and permissions of a file that is
	// there stay.
	WriteFile = "write-file"
	// MoveAside copies From into the journal, compares the copy, then removes From. If
	// Maybe, no From is no error.
	MoveAside = "move-aside"
	// DropHosts takes the names of update's servers, as format/hosts knows them, out of the
	// hosts file To; every other byte stays as it is.
	DropHosts = "drop-hosts"
	// Rename gives From the name Text in the same folder. A name in use is refused, unless
	// it is that of what was to be renamed: Windows has then made From anew meanwhile. Back
	// gives the old name back; what was made anew gives way.
	Rename = "rename"
	// Recompress writes the WIM at To anew with the compression Text (lzx or xpress),
	// every image, the boot index and the content hashes kept. On a running Windows
	// BitLocker is then made to trust it as with ServiceImage.
	Recompress = "recompress"
	// ExtractWim takes the file From.Path of image Image of the local WIM Local and puts
	// it at To, hidden and system as Windows has it.
	ExtractWim = "extract-wim"
	// SetValue sets value Name of key Key in the hive To: Text for the texts, Number for
	// numbers, Data else; Type is a registry type number. The key must exist unless Make. On
	// a running Windows Start of a service is set through the service manager, which would
	// notice it at its next start only; Back also starts a service that ran.
	SetValue = "set-value"
	// DeleteValue takes value Name of Key out of the hive To; no value is no error.
	DeleteValue = "delete-value"
	// DeleteKey takes Key with all below it out of the hive To; no key is no error.
	DeleteKey = "delete-key"
	// SetWinRE lets ReAgent.xml and the boot store name the recovery image at To and
	// switches recovery on. No image is moved; a ReAgent.xml beside it becomes a copy of
	// the one below Windows, as Windows keeps it.
	SetWinRE = "set-winre"
	// LeaveFollowUp leaves Data, a follow-up plan, on the Windows volume.
	LeaveFollowUp = "leave-follow-up"
)

// Kinds of an Op that only a running Windows can do. Hosts of disks refuse them.
const (
	// StartService starts service Name; it runs afterwards. Back stops it if it did not
	// run before.
	StartService = "start-service"
	// StopService stops service Name, with those that depend on it, and waits until its
	// process is gone. Back starts again what ran before.
	StopService = "stop-service"
	// RunTool runs the tool Name of Windows (dism, sfc, mpcmdrun, msiexec, netsh, w32tm,
	// chkdsk, office, wusa, …) with Args, for Seconds at most. An exit code in Exits is good,
	// one in Restarts good if Windows is restarted afterwards; no other is, unless Maybe: the
	// tool's exit codes mean nothing then. In Args,
	// %SystemDrive% and %SystemRoot% are the running Windows' own. If Local is set, that
	// program, which the person has named and Microsoft has signed, is run in the tool's place. What it changed cannot
	// be taken back: Back does nothing, and the remedy says so.
	RunTool = "run-tool"
	// RestartWindows restarts. It is done when Windows has started after the operation
	// was begun. If Maybe, only where something waits for a restart.
	RestartWindows = "restart-windows"
	// InstallUpdate lets the update agent install the update whose id is Name. What it
	// reports is not believed: whether it is installed is seen afterwards. If Maybe, what
	// follows is done too when the agent says that it failed.
	InstallUpdate = "install-update"
	// HideUpdate hides the update whose id is Name, or shows it if Show. Back restores.
	HideUpdate = "hide-update"
	// SuspendProtection suspends BitLocker on Partition for Number restarts; Back resumes it
	// if it was on before. ResumeProtection resumes it at once.
	SuspendProtection = "suspend-protection"
	ResumeProtection  = "resume-protection"
	// ServiceImage adds the package Local to the image Image of the WIM at To. A copy is
	// serviced and takes the old one's place when it is whole; the boot index stays. If
	// recovery runs from it, recovery is then switched off and on, by Back too: only so does
	// BitLocker trust an image that has changed.
	ServiceImage = "service-image"
	// AwaitPerson asks the person to do something that no program must do for them, and
	// waits. Text is the id of what is asked. It is done when Until holds on facts read
	// again. Back asks for antivirus-active if Until was antivirus-paused, else for nothing.
	AwaitPerson = "await-person"
	// Remind shows Text to whoever signs in, until Until holds after it did not. Back takes
	// the reminder away.
	Remind = "remind"
)

// NeedsWindows tells whether only a running Windows can do a kind of operation.
func NeedsWindows(kind string) bool {
	switch kind {
	case StartService, StopService, RunTool, RestartWindows, InstallUpdate, HideUpdate, SuspendProtection, ResumeProtection,
		ServiceImage, AwaitPerson, Remind:
		return true
	}
	return false
}

// NewPartition names the partition that an earlier CreateRecovery of the same step made.
const NewPartition = "new"

// Place is a file or folder: the id of its partition, and its path with slashes from
// the root of the volume, without one in front.
type Place struct {
	Volume string `json:"volume"`
	Path   string `json:"path"`
}

// Op is one operation. Kind says which of the other fields count.
type Op struct {
	Kind      string `json:"kind"`
	Disk      int64  `json:"disk,omitempty"`
	Partition string `json:"partition,omitempty"`
	Start     uint64 `json:"start,omitempty"` // bytes from the beginning of the disk
	Size      uint64 `json:"size,omitempty"`  // bytes
	GUID      string `json:"guid,omitempty"`
	Replace   string `json:"replace,omitempty"`
	From      Place  `json:"from,omitzero"`
	To        Place  `json:"to,omitzero"`
	Local     string `json:"local,omitempty"`
	Image     int    `json:"image,omitempty"`
	Key       string `json:"key,omitempty"` // below the root of the hive, backslashes
	Name      string `json:"name,omitempty"`
	Type      uint32 `json:"type,omitempty"`
	Number    uint64 `json:"number,omitempty"`
	Text      string `json:"text,omitempty"`
	Data      []byte `json:"data,omitempty"`
	Make      bool   `json:"make,omitempty"`
	Maybe     bool   `json:"maybe,omitempty"`

	// Of a running Windows.
	Args     []string `json:"args,omitempty"`
	Seconds  int      `json:"seconds,omitempty"`
	Exits    []uint32 `json:"exits,omitempty"` // good ones; nil: 0
	Restarts []uint32 `json:"restarts,omitempty"`
	Show     bool     `json:"show,omitempty"`
	Until    string   `json:"until,omitempty"` // one of the conditions below
}

// Conditions of Op.Until.
const (
	AntivirusActive = "antivirus-active" // every antivirus that was there before watches files again
	AntivirusPaused = "antivirus-paused" // the antivirus of another maker does not, for the time being
	InstallerIdle   = "installer-idle"   // no other installation of Windows Installer is unfinished
)

// Lasts tells whether what an operation changes stays when it is taken back.
func Lasts(op Op) bool {
	switch op.Kind {
	case RunTool, InstallUpdate, RestartWindows:
		return true
	case AwaitPerson:
		return op.Until != AntivirusPaused && op.Until != AntivirusActive
	}
	return false
}

// Host carries out operations on one machine. It is used by one goroutine at a time.
//
// Every operation is idempotent: done a second time it changes nothing. Whoever cannot
// do it exactly as asked leaves things as they were and returns a *model.Error; a tool
// that reports success is not believed, the result is read again.
type Host interface {
	// Machine reads the facts again, as they are after the operations done so far.
	Machine(ctx context.Context) (*model.Machine, error)
	// Do carries out one operation.
	Do(ctx context.Context, op Op) error
}

// Interrupted is the error of an operation that goes on later: after a restart, or when
// the person has done something. The operation is then done again.
type Interrupted struct {
	For  string // model.WaitRestart, model.WaitPerson, model.WaitAgent
	Text string // id of a text for the person; may be empty
}

// Error says what is waited for.
func (i *Interrupted) Error() string { return "waits for " + i.For }

// Stepwise is a Host whose machine changes at once, operation by operation, and that
// can take one back. host/windows and host/fake are.
type Stepwise interface {
	Host
	// Save reads what Back will need to undo op, before it is done. The answer goes into
	// the journal first.
	Save(ctx context.Context, op Op) ([]byte, error)
	// Back undoes op, done, half-done or not begun; a second time it changes nothing.
	Back(ctx context.Context, op Op, saved []byte) error
}

// Witness is a Stepwise that sees what its operations change, so that what somebody else
// has put there since is not taken back.
type Witness interface {
	Stepwise
	// Seen tells how the things are now that op changes, by name; empty: it is not there. A
	// thing inside another one is named by that, a backslash and more. No names: nobody else
	// changes what op does.
	Seen(ctx context.Context, op Op) (map[string]string, error)
	// KeepOthers copies what is there into the journal's folder, before Back replaces it.
	KeepOthers(ctx context.Context, op Op) error
}

// Remembering is a Stepwise that needs what Save read to do an operation: whether Windows
// has started since it was begun, which folder it is that was to be renamed. Begun is called before every Do, also of an operation
// that was begun by a program that has ended since.
type Remembering interface {
	Stepwise
	Begun(op Op, saved []byte)
}
