package casekit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// world is a PC worked out: every place, moment and identifier is known. The makers
// of files read it and change nothing.
type world struct {
	*PC
	zone     *time.Location
	now      time.Time // UTC
	since    time.Time // the oldest line of the logs, UTC
	disks    []*layout
	attempts []attempt // by start
	boots    []start   // by time
}

// start is one start of Windows, UTC.
type start struct {
	at   time.Time
	kind string
}

const logDays = 45 // days before the first attempt that the logs reach back

// work works a PC out.
func (pc *PC) work() (*world, error) {
	zone, err := location(pc.Zone)
	if err != nil {
		return nil, &LineError{Err: err}
	}
	w := &world{PC: pc, zone: zone, now: pc.Now.In(zone)}
	for i := range pc.Disks {
		l, err := pc.place(i)
		if err != nil {
			return nil, err
		}
		w.disks = append(w.disks, l)
	}
	if err := w.placeWindows(); err != nil {
		return nil, err
	}
	w.attempts = w.makeAttempts()
	w.since = w.now
	if len(w.attempts) > 0 {
		w.since = w.attempts[0].start
	}
	w.since = w.since.AddDate(0, 0, -logDays).Truncate(24 * time.Hour)
	w.boots = w.makeBoots()
	return w, w.checkPlaces()
}

func (w *world) placeWindows() error {
	if _, ok := w.find("windows"); !ok {
		return &LineError{Err: fmt.Errorf("no disk has a windows partition")}
	}
	return nil
}

// checkPlaces makes sure that every partition named anywhere exists.
func (w *world) checkPlaces() error {
	refs := []string{w.WinRE.At, w.WinRE.Names.At, w.WinRE.BCDNames.At}
	for _, f := range w.Files {
		refs = append(refs, f.On)
	}
	for _, r := range refs {
		if _, ok := w.find(r); !ok && r != "" && r != atNone {
			return &LineError{Err: fmt.Errorf("no partition is called %q: write a role and, if there are several, its number (recovery 2)", r)}
		}
	}
	return nil
}

// find returns the partition a text calls "recovery" or "recovery 2".
func (w *world) find(ref string) (*part, bool) {
	role, number, _ := strings.Cut(ref, " ")
	n, err := strconv.Atoi(or(number, "1"))
	if err != nil {
		return nil, false
	}
	for _, l := range w.disks {
		for _, p := range l.parts {
			if p.role == role {
				if n--; n == 0 {
					return p, true
				}
			}
		}
	}
	return nil, false
}

// windows returns the partition of drive C:.
func (w *world) windows() *part {
	p, _ := w.find("windows")
	return p
}

// recovery returns the partition that holds winre.wim, nil if none does.
func (w *world) recovery() *part {
	p, _ := w.find(w.WinRE.At)
	return p
}

// bootPartition returns the partition with the boot store: the ESP, or on an MBR disk
// the one marked active, or that of Windows.
func (w *world) bootPartition() *part {
	if p, ok := w.find("esp"); ok {
		return p
	}
	return w.windows()
}

// local returns a moment as the PC's own clock shows it.
func (w *world) local(t time.Time) time.Time { return t.In(w.zone) }

// shift returns a duration between lo and hi that depends on the label only, so that
// made-up times look lived-in and stay the same.
func (pc *PC) shift(label string, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(uint64(pc.number("shift "+label))*uint64((hi-lo)/time.Millisecond)>>32)*time.Millisecond
}
