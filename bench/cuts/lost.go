package main

import (
	"context"

	"updoc/cases/layouts"
	"updoc/disk/commit/cut"
)

// withoutJournal counts after how many cuts of a commit the disk is still whole if the
// journal cannot be had any more: the table names partitions, and every file of every
// NTFS volume that was there is there, but those that were meant to change.
func (b *bench) withoutJournal(w *layouts.Work, cfg cut.Config, base []byte, seed uint64) (tally, error) {
	m := cut.New(base)
	j, err := cut.Prepare(m, cfg)
	if err != nil {
		return tally{}, err
	}
	defer j.Close()
	if err := j.Commit(context.Background(), m.Disk, nil); err != nil {
		return tally{}, err
	}
	size, sector := int64(len(base)), w.Host.Before().SectorSize
	was, _ := volumes(m.At(0, 0).Disk, size, sector)
	var out tally
	for _, d := range m.JournalLost(b.lost, seed) {
		now, ok := volumes(d, size, sector)
		out.cuts++
		if ok && kept(was, now) {
			out.whole++
		}
	}
	return out, nil
}

func kept(was, now map[int]contents) bool {
	for slot, c := range was {
		if !c.keeps(now[slot], meant) {
			return false
		}
	}
	return true
}

// meant are files that a repair changes or takes away.
var meant = map[string]bool{
	"Windows/System32/Recovery/ReAgent.xml": true, "Recovery/WindowsRE/ReAgent.xml": true, "Boot/BCD": true, "Boot/BCD.LOG": true,
	"Windows/System32/config/SYSTEM": true, "Windows/System32/config/SOFTWARE": true, "Windows/Temp/left.bin": true,
	"Windows/System32/drivers/etc/hosts": true,
}
