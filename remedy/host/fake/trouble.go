package fake

import "strings"

// Kinds of Trouble. Sources: field guide, winre §8 and §11, confirmed §5; remedies R14.
const (
	// FallsBack: told to use an image on a partition, reagentc silently uses drive C.
	FallsBack = "falls-back-to-c"
	// ShrinksLess: a volume is shrunk by half of what was asked, and success is said.
	ShrinksLess = "shrinks-less"
	// EncryptsUntyped: device encryption grabs a new partition that was not made with
	// its type in the same call.
	EncryptsUntyped = "encrypts-untyped"
	// EncryptsNew: it grabs a new partition whatever its type.
	EncryptsNew = "encrypts-new"
	// DeleteFails: a partition cannot be removed.
	DeleteFails = "delete-fails"
	// DoesNothing: a tool says success and did nothing.
	DoesNothing = "does-nothing"
	// NoRoom: a file that is written stops half-way for lack of room.
	NoRoom = "no-room"
	// InUse: a file cannot be renamed, replaced or removed because it is in use.
	InUse = "in-use"

	// Of a running Windows. Sources: field guide, remedies R4, R5 and §10; Microsoft,
	// troubleshooting of Windows Update and BitLocker.

	// NeverStops: a service does not stop. Path: its name.
	NeverStops = "never-stops"
	// RunsAgain: something starts a service again as soon as it was stopped.
	RunsAgain = "runs-again"
	// Hangs: a tool does not end and is ended.
	Hangs = "hangs"
	// StaysPending: a start of Windows does not finish what waits for it.
	StaysPending = "stays-pending"
	// NotInstalled: the update agent reports success and the update is not in.
	NotInstalled = "not-installed"
	// StaysSuspended: Windows does not resume protection by itself.
	StaysSuspended = "stays-suspended"
	// PersonRefuses: the person does not do what is asked for.
	PersonRefuses = "person-refuses"
	// WalksAway: the person pauses the antivirus and does not come back.
	WalksAway = "walks-away"
)

// Trouble is one way to misbehave. A restart in the middle is Power.CutAt.
type Trouble struct {
	Kind  string
	Op    string // only during operations of that kind; empty: any
	Path  string // NoRoom, InUse: only of the file of that path, with slashes; empty: any
	Times int    // how often it happens; 0: always
}

// troubled tells whether a trouble happens now.
func (pc *PC) troubled(kind, path string) bool {
	for i := range pc.Troubles {
		t := &pc.Troubles[i]
		if t.Kind != kind || t.Op != "" && t.Op != pc.op || t.Path != "" && !strings.EqualFold(t.Path, path) || t.Times < 0 {
			continue
		}
		if t.Times == 1 {
			t.Times = -1
		} else if t.Times > 1 {
			t.Times--
		}
		return true
	}
	return false
}
