// Package image carries out operations on a disk image or block device. Nothing is
// written to the disk: every tool works on an overlay, whose partitions it sees as files.
// The result is verified there; committing it is disk/commit's work.
//
// It may import model, disk, format, codec and remedy/host, and starts ntfs-3g's tools,
// mtools and wimlib. It must never write to the disk, never let a tool near it, and never
// believe a tool: what it did is read again.
package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"updoc/disk"
	"updoc/disk/overlay"
	"updoc/disk/partfs"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// Supported tells whether this system can work on a disk at all: partitions are shown to
// tools as files.
const Supported = partfs.Supported

// Options say how to work on a disk.
type Options struct {
	// Store keeps the changed blocks.
	Store overlay.Store
	// Keep is the folder for files that are moved aside; it is made when one is.
	Keep string
	// Temp is a folder for mount points and scratch files; empty: a new one of the system,
	// removed by Close.
	Temp string
	// Now is the time that hives and keys get when they are changed, UTC.
	Now time.Time
	// Look reads the facts of a disk. The disk is closed by whoever looks.
	Look func(ctx context.Context, d *disk.Disk) (*model.Machine, error)
}

// Host is one disk being worked on. It implements host.Host.
type Host struct {
	target  *Target
	opts    Options
	over    *overlay.Overlay
	view    *partfs.FS
	temp    string
	alive   *os.File            // holds temp
	shown   map[string]string   // partition id: file it is shown as
	mounted map[string]*mount   // partition id
	before  *table.Table        // as it was found
	slots   map[string]int      // partition id: place in the table
	touched map[string]bool     // ids of volumes that were written to
	facts   *model.Machine      // as last read
	aside   map[host.Place]bool // files moved aside so far
	dirty   bool                // Windows will check a volume
	checked bool                // no Windows sleeps in the disk
	named   host.Place          // the recovery image that the boot store and ReAgent.xml name; empty: not changed
	unread  bool                // named has changed since the facts were read

	meantPlace map[int]place           // slot: where a partition is meant to be now
	meantType  map[int]table.Partition // slot: the type that is meant
	resized    map[string]bool         // ids of recovery partitions that grew
	written    map[host.Place]string   // files that were meant to change: SHA-256 of what they hold now, empty if gone
	names      map[string]string       // partition id in the facts as last read: id it had when the disk was opened
}

var _ host.Host = (*Host)(nil)

// New works on an open disk. Errors are *model.Error: fuse-unavailable, not-root.
func New(t *Target, opts Options) (*Host, error) {
	if os.Geteuid() > 0 { // -1: a system without such users
		return nil, &model.Error{Code: "not-root"}
	}
	h := &Host{target: t, opts: opts, over: overlay.New(t, t.Size(), opts.Store), shown: map[string]string{}, mounted: map[string]*mount{}, touched: map[string]bool{},
		meantPlace: map[int]place{}, meantType: map[int]table.Partition{}, resized: map[string]bool{}, written: map[host.Place]string{}, aside: map[host.Place]bool{}}
	h.before = h.table()
	h.slots = slotsOf(h.before)
	if err := h.makeTemp(); err != nil {
		return nil, err
	}
	var err error
	if h.view, err = partfs.Mount(filepath.Join(h.temp, "disk"), h.over); err != nil {
		return nil, errors.Join(fuseError(err), h.cleanTemp())
	}
	return h, nil
}

// Close unmounts everything. The overlay stays in its store; the disk is not closed.
func (h *Host) Close() error {
	err := errors.Join(h.settle(), h.view.Close())
	if !unmountAll(h.temp) {
		return err // a mount that is left must not be removed with its folder
	}
	return errors.Join(err, h.cleanTemp())
}

// Overlay is the disk as it would be.
func (h *Host) Overlay() *overlay.Overlay { return h.over }

// Machine implements host.Host: it looks at the overlay.
func (h *Host) Machine(ctx context.Context) (*model.Machine, error) {
	if err := h.settle(); err != nil {
		return nil, err
	}
	m, err := h.opts.Look(ctx, h.disk())
	if err == nil {
		h.facts, h.names, h.unread = m, h.namesNow(), false
	}
	return m, err
}

// Do implements host.Host. What only a running Windows can do is needs-running-windows.
func (h *Host) Do(ctx context.Context, op host.Op) error {
	if host.NeedsWindows(op.Kind) {
		return &model.Error{Code: "needs-running-windows", Exit: 6, Args: model.Args{"operation": op.Kind}}
	}
	do, ok := doers()[op.Kind]
	if !ok {
		return fmt.Errorf("operation %q is not known here", op.Kind)
	}
	if err := h.awake(); err != nil {
		return err
	}
	if err := do(h, ctx, h.inOwnIDs(op)); err != nil {
		return fmt.Errorf("%s: %w", op.Kind, err)
	}
	return h.settle()
}

// doers carry out each kind of operation. A variable would keep all of them in a program
// that can never come here (Supported).
func doers() map[string]func(*Host, context.Context, host.Op) error {
	return map[string]func(*Host, context.Context, host.Op) error{
		host.ShrinkVolume:     (*Host).shrinkVolume,
		host.ResizeRecovery:   (*Host).resizeRecovery,
		host.CreateRecovery:   (*Host).createRecovery,
		host.SetPartitionType: (*Host).setPartitionType,
		host.CopyFile:         (*Host).copyFile,
		host.PutFile:          (*Host).putFile,
		host.WriteFile:        (*Host).writeFile,
		host.MoveAside:        (*Host).moveAside,
		host.DropHosts:        (*Host).dropHosts,
		host.Rename:           (*Host).rename,
		host.Recompress:       (*Host).recompress,
		host.ExtractWim:       (*Host).extractWim,
		host.SetValue:         (*Host).editHive,
		host.DeleteValue:      (*Host).editHive,
		host.DeleteKey:        (*Host).editHive,
		host.SetWinRE:         (*Host).setWinRE,
		host.LeaveFollowUp:    (*Host).leaveFollowUp,
	}
}

// disk is the overlay as others read it.
func (h *Host) disk() *disk.Disk { return disk.New(patient{h.over, h.target}) }

// Before is the partition table as it was found.
func (h *Host) Before() *table.Table { return h.before }

// table is the partition table as it stands on the overlay.
func (h *Host) table() *table.Table { return h.disk().Table() }
