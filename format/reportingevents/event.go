package reportingevents

import (
	"strings"
	"time"

	"updoc/format/textlog"
)

// Names of the events that tell of an update's way. The numbers behind them
// are those seen; match on the name.
const (
	DetectionFinished   = "AGENT_DETECTION_FINISHED"           // 147
	DetectionFailed     = "AGENT_DETECTION_FAILED"             // 148
	DownloadFailed      = "AGENT_DOWNLOAD_FAILED"              // 161
	DownloadSucceeded   = "AGENT_DOWNLOAD_SUCCEEDED"           // 162
	DownloadCanceled    = "AGENT_DOWNLOAD_CANCELED"            // 163
	DownloadStarted     = "AGENT_DOWNLOAD_STARTED"             // 167
	InstallingStarted   = "AGENT_INSTALLING_STARTED"           // 181
	InstallingFailed    = "AGENT_INSTALLING_FAILED"            // 182
	InstallingSucceeded = "AGENT_INSTALLING_SUCCEEDED"         // 183
	InstallingPending   = "AGENT_INSTALLING_PENDING"           // 201: a restart finishes it
	InstallReboot       = "AGENT_INSTALL_COMPLETE_WITH_REBOOT" // 184
)

// Event is one line of the log.
type Event struct {
	Line   int64 // 1-based
	Offset int64 // byte offset of the line in the file

	GUID     string    // of the event: "{2c3c39fa-…}", lower case
	Time     time.Time // UTC; the line states its own distance from it
	Zone     int       // that distance in seconds east of UTC, as of the machine at the time
	ID       int       // 182
	Name     string    // "AGENT_INSTALLING_FAILED"; "" where the agent wrote the number alone
	Category int       // 101 software, 200 driver; 0 if no number

	UpdateID string // "{bfc8a103-…}", lower case; all zeros if the event is about no single update
	Revision int
	HRESULT  uint32 // 0 = fine; also successes like 0x00240005 (restart required)
	Client   string // "UpdateOrchestrator", "MoUpdateOrchestrator", "Windows Defender", …
	Status   string // "Success", "Failure"
	Success  bool   // Status is "Success"
	Content  string // "Content Install", "Content Download", "Software Synchronization"
	Message  string // in the machine's language; at most 2048 bytes
	Title    string // the update's title out of Message, by the place where it stands; "" if not found
	KB       string // "KB5034441" out of Message, "" if none
	Tracking string // "aS8pKHUwl0i6mrKJ.1.2.3.0" of newer builds
}

// Stats is what Read has to say about the file as a whole.
type Stats struct {
	Encoding     textlog.Encoding // UTF-16LE on every disk seen
	Bytes        int64
	Lines        int64 // empty lines too
	Events       int64
	Damaged      int64     // lines that are no event
	DamagedLines []int64   // the first 64 of them
	First, Last  time.Time // earliest and latest Time; zero without events
}

// IsStoreApp reports whether the event is about an app of the Store, which
// the agent notes like an update: its title begins with the product's id.
func (e *Event) IsStoreApp() bool {
	id, _, ok := strings.Cut(e.Title, "-")
	if !ok || len(id) != 12 || id[0] != '9' {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
