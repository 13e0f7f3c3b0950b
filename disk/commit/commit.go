// Package commit writes a set of changed blocks to a disk so that a cut of the power at
// any moment leaves either the old disk or the new one, one resume or undo away.
//
// The new content (delta) and the old content (undo) of every block are complete,
// checksummed, on the medium and read back before the first write. The states are
// records of a log with a hash chain. Blocks are written in phases with a flush after
// each; what each phase holds is the caller's to say.
//
// It may import disk/overlay and the standard library. It must never write to a disk
// whose blocks are neither old nor new, and never trust a journal it has not checked.
package commit

// States of a journal, in order. Prepared: the delta is complete. UndoSynced: so is the
// undo. Applying: the disk is being written. Applied: all is written. Verified: and read
// again from the medium. Undoing and Undone are the way back; Discarded means that the
// disk was never touched.
const (
	Prepared   = "PREPARED"
	UndoSynced = "UNDO_SYNCED"
	Applying   = "APPLYING"
	Applied    = "APPLIED"
	Verified   = "VERIFIED"
	Undoing    = "UNDOING"
	Undone     = "UNDONE"
	Discarded  = "DISCARDED"
)

// Phase is when a block is written, lowest first. A block of two phases goes to the
// later one.
type Phase uint8
