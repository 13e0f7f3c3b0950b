package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrRestart: the machine restarted in the middle. What was done so far stays; nothing
// more can be done until Power.Restart.
var ErrRestart = errors.New("the machine restarted")

// Power is what a machine runs on, together with whatever else is to stop with it, as
// the folder of a journal.
type Power struct {
	ticks, at int
	down      bool
}

// Tick is asked before each change. It is ErrRestart from the change on at which the
// power is cut, until Restart.
func (p *Power) Tick() error {
	if !p.down {
		p.ticks++
		p.down = p.ticks == p.at
	}
	if p.down {
		return ErrRestart
	}
	return nil
}

// CutAt lets the power be cut instead of the n-th change from now; 0 lets it be.
func (p *Power) CutAt(n int) {
	p.at = 0
	if n > 0 {
		p.at = p.ticks + n
	}
}

// Restart starts everything again. No cut is due any more.
func (p *Power) Restart() { p.down, p.at = false, 0 }

// Down tells whether the power was cut.
func (p *Power) Down() bool { return p.down }

// Ticks counts the changes so far: each is small enough to be done or not.
func (p *Power) Ticks() int { return p.ticks }

// Power is what this machine runs on.
func (pc *PC) Power() *Power { return &pc.power }

// Violations tell, for each change after which something was wrong that must never be,
// the change and what was wrong.
func (pc *PC) Violations() []string { return pc.violations }

// change is how everything changes: one step that a restart can come before, and after
// which the monitor looks.
func (pc *PC) change(what string, do func()) error {
	if err := pc.power.Tick(); err != nil {
		return err
	}
	if pc.troubled(DoesNothing, "") {
		return nil
	}
	do()
	pc.watch(what)
	return nil
}

// begin notes what must not be lost from now on.
func (pc *PC) begin() {
	pc.hadWinRE, pc.hadImage = pc.winREUsable(), pc.anyImage()
	pc.beginRunning()
	pc.persons, pc.kept = map[string]string{}, map[string]bool{}
	for _, p := range pc.partitions() {
		for _, f := range p.Files {
			if f.Person {
				pc.persons[f.sum()] = p.ID + ":" + f.Path
			}
		}
	}
}

// watch is the monitor. Recovery is there as long as the boot store names a whole image
// on a volume in clear; while it does not, a whole image must lie somewhere and the
// settings must have been saved before.
func (pc *PC) watch(what string) {
	switch usable := pc.winREUsable(); {
	case pc.hadWinRE && !usable && (!pc.anyImage() || !pc.keptConfig):
		pc.violate(what, "no usable recovery environment")
	case pc.hadImage && !pc.anyImage():
		pc.violate(what, "no recovery image anywhere")
	}
	there := map[string]bool{}
	for _, p := range pc.partitions() {
		for _, f := range p.Files {
			if f.Person {
				there[f.sum()] = true
			}
		}
	}
	pc.watchRunning(what)
	for sum, path := range pc.persons {
		if !there[sum] && !pc.kept[sum] {
			pc.violate(what, "lost "+path)
		}
	}
}

func (pc *PC) violate(what, wrong string) {
	pc.violations = append(pc.violations, fmt.Sprintf("%s, %s: %s", pc.op, what, wrong))
}

// winREUsable tells whether the machine would start its recovery environment.
func (pc *PC) winREUsable() bool {
	p := pc.bootPartition()
	return pc.Boot.Enabled && p != nil && !p.Encrypted && p.file(slashes(pc.Boot.Path)).image()
}

// anyImage tells whether a whole image lies on a volume in clear.
func (pc *PC) anyImage() bool {
	for _, p := range pc.partitions() {
		for _, f := range p.Files {
			if !p.Encrypted && f.image() {
				return true
			}
		}
	}
	return false
}

// image tells whether f is a whole recovery image; nil is not.
func (f *File) image() bool { return f != nil && f.Wim != nil && !f.Wim.Damaged }

// sum is what a file holds, wherever it lies.
func (f *File) sum() string {
	h := sha256.New()
	h.Write(f.Content)
	if f.Wim != nil {
		h.Write([]byte(f.Wim.Holds))
	}
	return fmt.Sprintf("%d-", f.size()) + hex.EncodeToString(h.Sum(nil))
}
