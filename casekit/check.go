package casekit

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// check finds what the text says that cannot be built. The error is a *LineError.
func (pc *PC) check() error {
	if pc.About == "" {
		return &LineError{Err: errors.New("about is missing: say the story in one sentence")}
	}
	if pc.Now.IsZero() {
		return &LineError{Err: errors.New("now is missing: say when the PC was last switched on")}
	}
	for _, f := range []func() error{pc.checkDisks, pc.checkUpdates, pc.checkWinRE, pc.checkRest} {
		if err := f(); err != nil {
			return err
		}
	}
	_, err := pc.work()
	return err
}

func (pc *PC) checkDisks() error {
	if len(pc.Disks) > 8 {
		return &LineError{Err: errors.New("more than 8 disks")}
	}
	for i := range pc.Disks {
		d := &pc.Disks[i]
		if err := d.check(); err != nil {
			return &LineError{Line: d.line, Err: err}
		}
		for j := range d.Partitions {
			p := &d.Partitions[j]
			if err := p.check(d); err != nil {
				return &LineError{Line: p.line, Err: err}
			}
		}
	}
	return nil
}

func (d *Disk) check() error {
	primary := 0
	extended := 0
	for i := range d.Partitions {
		if d.Partitions[i].Logical == On {
			extended = 1
		} else {
			primary++
		}
	}
	switch {
	case d.Size < 64<<20 || d.Size > 64<<40:
		return errors.New("a disk has 64 MB to 64 TB")
	case d.Sector != 512 && d.Sector != 4096:
		return errors.New("a sector has 512 or 4096 bytes")
	case d.Table != tableGPT && d.Table != tableMBR:
		return fmt.Errorf("table is gpt or mbr, not %q", d.Table)
	case d.Damaged != "" && (d.Table != tableGPT || d.Damaged != "primary" && d.Damaged != "backup"):
		return errors.New("damaged is primary or backup, the header of a GPT")
	case d.Table == tableMBR && primary+extended > 4:
		return errors.New("an MBR holds four primary partitions, the extended one counted")
	case len(d.Partitions) > 32:
		return errors.New("more than 32 partitions")
	}
	return nil
}

func (p *Partition) check(d *Disk) error {
	switch {
	case p.Role() == "":
		return errors.New("a partition begins with one role and its size, like {recovery: 530 MB}")
	case p.Logical == On && d.Table != tableMBR:
		return errors.New("only an MBR has logical partitions")
	case !slices.Contains([]string{fsNTFS, fsFAT32, fsNone}, p.FS):
		return fmt.Errorf("fs is ntfs, fat32 or none, not %q", p.FS)
	case p.Encrypted != "" && bitlockerStates()[p.Encrypted].protectors == nil:
		return fmt.Errorf("encrypted is bitlocker, bitlocker suspended or bitlocker converting, not %q", p.Encrypted)
	case p.Free > 0 && p.FS != fsNTFS:
		return errors.New("free can be asked of NTFS only")
	case p.Dirty == On && p.FS != fsNTFS:
		return errors.New("only NTFS can be dirty")
	case p.size() != SizeRest && p.Free >= p.size():
		return errors.New("more free bytes than the partition has")
	case p.Before < 0 || p.After < 0 || p.Free < 0:
		return errors.New("rest is only a size of a partition")
	}
	return nil
}

func (pc *PC) checkUpdates() error {
	for i := range pc.Updates {
		u := &pc.Updates[i]
		err := u.check()
		for _, at := range u.At {
			if age := pc.Now.wall.Sub(at.wall); age > 4*366*24*time.Hour {
				err = errors.Join(err, errors.New("at lies more than four years before now"))
			}
		}
		if err != nil {
			return &LineError{Line: u.line, Err: err}
		}
	}
	for _, p := range pc.Packages {
		if _, err := packageState(p.State); err != nil {
			return &LineError{Line: p.line, Err: err}
		}
	}
	return nil
}

func (u *Update) check() error {
	takes, err := time.ParseDuration(u.Takes)
	switch {
	case u.KB == "" && u.Title == "":
		return errors.New("an update has a kb or a title")
	case len(u.At) == 0:
		return errors.New("at is missing: say when it was tried")
	case len(u.At) > 1000:
		return errors.New("more than 1000 attempts of one update")
	case err != nil || takes < 10*time.Second || takes > 24*time.Hour:
		return fmt.Errorf("takes is a duration like 90s or 2m, not %q", u.Takes)
	case !isGUID(u.ID):
		return fmt.Errorf("%q is no update id", u.ID)
	}
	for _, w := range u.Without {
		if !slices.Contains([]string{"system", "operational", "reporting", "cbs", "setup", "datastore"}, w) {
			return fmt.Errorf("without: %q is no history; there are system, operational, reporting, cbs, setup, datastore", w)
		}
	}
	return u.checkWords()
}

func (u *Update) checkWords() error {
	kinds := []string{kindWinRE, kindLCU, kindDotNet, kindDefender, kindMRT, kindStore, kindDriver, kindOther}
	outcomes := []string{outcomeFailed, outcomeInstalled, outcomePending, outcomeCancelled, outcomeOpen}
	switch {
	case !slices.Contains(kinds, u.Kind):
		return fmt.Errorf("kind is one of %v, not %q", kinds, u.Kind)
	case !slices.Contains(outcomes, u.Outcome):
		return fmt.Errorf("outcome is one of %v, not %q", outcomes, u.Outcome)
	case !slices.Contains([]string{"download", "install", "commit"}, u.Stage):
		return fmt.Errorf("stage is download, install or commit, not %q", u.Stage)
	}
	if u.State != "" {
		_, err := packageState(u.State)
		return err
	}
	return nil
}

func (pc *PC) checkWinRE() error {
	w := &pc.WinRE
	if !slices.Contains([]string{stateEnabled, stateDisabled, stateDamaged, stateMissing}, w.State) {
		return &LineError{Err: fmt.Errorf("winre state is enabled, disabled, damaged or missing, not %q", w.State)}
	}
	for _, wim := range []*Wim{&w.Wim, &w.Staged} {
		if !slices.Contains([]string{"stored", "xpress", "lzx"}, wim.Compression) {
			return &LineError{Err: fmt.Errorf("compression is stored, xpress or lzx, not %q", wim.Compression)}
		}
		if _, err := parseVersion(wim.Version); err != nil {
			return &LineError{Err: err}
		}
		if wim.Size < 0 || wim.Size > 0 && wim.Size < 1<<20 {
			return &LineError{Err: errors.New("a winre.wim has at least 1 MB")}
		}
	}
	return nil
}

func (pc *PC) checkRest() error {
	for _, e := range pc.Events {
		if logFile(e.Log) == "" || e.Provider == "" || len(e.At) == 0 {
			return &LineError{Line: e.line, Err: errors.New("an event has at, provider and a log: System, Setup, Application, WindowsUpdate or a channel with a slash")}
		}
		for _, d := range e.Data {
			if _, err := parseField(d); err != nil {
				return &LineError{Line: e.line, Err: err}
			}
		}
	}
	for _, c := range pc.Registry {
		if _, _, ok := splitKey(c.Key); !ok {
			return &LineError{Line: c.line, Err: fmt.Errorf("%q is no key: write it like HKLM\\SOFTWARE\\Vendor", c.Key)}
		}
		if _, err := unhex(c.Hex); err != nil {
			return &LineError{Line: c.line, Err: err}
		}
	}
	for _, p := range pc.Permissions {
		if err := p.check(); err != nil {
			return &LineError{Line: p.line, Err: err}
		}
	}
	for _, f := range pc.Files {
		if f.Path == "" || f.Size < 0 {
			return &LineError{Line: f.line, Err: errors.New("a file has a path and a size")}
		}
		if _, err := unhex(f.Hex); err != nil {
			return &LineError{Line: f.line, Err: err}
		}
	}
	return nil
}
