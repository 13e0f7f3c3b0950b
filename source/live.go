package source

import (
	"context"
	"time"

	"updoc/model"
)

// Registered is a Source whose registry answers by itself, because Windows runs and
// holds its hives open.
type Registered interface {
	// Key reads one key. hive is the name of a file below System32\config (SYSTEM,
	// SOFTWARE, …); path begins below its root. The error wraps fs.ErrNotExist if there is
	// no such key, or the hive is not loaded; else see Why.
	Key(ctx context.Context, hive, path string) (RegistryKey, error)
	// KeySecurity reads a key's security descriptor, self-relative, with the same errors.
	KeySecurity(ctx context.Context, hive, path string) ([]byte, error)
}

// RegistryKey is one key of a registry that runs.
type RegistryKey struct {
	LastWrite time.Time // UTC
	Subkeys   []string
	Values    []RegistryValue
}

// RegistryValue is a value as it is stored. Type is a registry type number.
type RegistryValue struct {
	Name string
	Type uint32
	Data []byte
}

// Logged is a Source whose event logs are asked, because Windows runs and writes them.
type Logged interface {
	// Events reads from a channel (System, Microsoft-Windows-Ntfs/Operational) the events
	// of the providers, by their registered name, with those ids, nil: all of them. They
	// come oldest first, at most newest of the newest. A channel that does not exist gives
	// an error that wraps fs.ErrNotExist.
	Events(ctx context.Context, channel string, want map[string][]uint32, newest int) (EventLog, error)
}

// EventLog is what was read of a channel.
type EventLog struct {
	Events      []Event
	First, Last time.Time // of all events of the channel, UTC; zero: it is empty
	Cut         bool      // there were more than asked for
	Unread      int       // events that Windows gave in a form that cannot be read
}

// Event is one event, its fields as text, in no language.
type Event struct {
	Time     time.Time // UTC
	Provider string
	ID       uint32
	Level    uint8
	Record   uint64
	Fields   []EventField // in order; Name is empty for unnamed ones
	Binary   []byte
}

// EventField is one value of an event.
type EventField struct{ Name, Text string }

// Placed is a Source that is the PC this program runs on, so that a folder may lie on it.
type Placed interface {
	// Place returns the volume that a folder lies on (empty: on none of this PC's disks),
	// and whether that is on the disk that holds Windows.
	Place(dir string) (volume string, own bool)
}

// Running is a Source that is a running Windows: it knows what no disk tells.
type Running interface {
	Live(ctx context.Context) model.Live
	// Memory is how much the PC has, in bytes.
	Memory() model.Fact[int64]
	// Started is when the kernel was started, UTC: a fast startup goes on with the old one.
	Started() model.Fact[time.Time]
	// Home is the volume it runs from; false: Windows does not tell of it. For where no disk
	// shows it: dynamic disks, and layouts that are refused.
	Home() (model.Volume, bool)
}

// Historied is a Source whose update agent tells what it did: that needs no rights, where
// its database may be read by administrators only.
type Historied interface {
	// UpdateHistory is what was installed, or not, the newest first, as far as it is told.
	UpdateHistory(ctx context.Context) ([]HistoryEntry, error)
}

// HistoryEntry is one installation that the update agent remembers. Source:
// IUpdateHistoryEntry.
type HistoryEntry struct {
	Time      time.Time // UTC
	UpdateID  string    // GUID
	Revision  int64
	Title     string // in the language of the update
	Result    int32  // OperationResultCode: 2 succeeded, 3 with errors, 4 failed, 5 aborted
	HResult   uint32
	Unmapped  uint32 // what the installer said
	Client    string // who asked for it
	ServiceID string // GUID of the service it came from
}
