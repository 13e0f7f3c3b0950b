package casekit

import (
	"fmt"
	"strings"

	"updoc/format/bcd"
	"updoc/format/regf"
)

// bootStore writes the BCD. Its recovery sequence names the partition of winre.wim
// unless the text says otherwise.
func (w *world) bootStore() ([]byte, error) {
	t := bcd.Typical{
		UEFI: w.OS.Firmware == "uefi", System: w.bootDevice(w.bootPartition()), Windows: w.bootDevice(w.windows()),
		Loader: w.bootGUID("bcd loader"), Options: w.bootGUID("bcd options"), RecoveryEnabled: w.WinRE.BCD == On,
	}
	if p, ok := w.find(or(w.WinRE.BCDNames.At, w.WinRE.At)); ok && w.WinRE.BCD == On {
		t.WinRE, t.Recovery = w.bootGUID("bcd winre"), w.bootDevice(p)
		w.misname(&t.Recovery)
	}
	root, err := t.Writer().Root()
	if err != nil {
		return nil, fmt.Errorf("boot store: %w", err)
	}
	return regf.Build(root, regf.BuildOptions{Name: "BCD", Time: w.since}), nil
}

// misname puts the identifiers of the text in place of the partition's own.
func (w *world) misname(p *bcd.Partition) {
	if guid := strings.Trim(w.WinRE.BCDNames.GUID, "{}"); guid != "" {
		p.ID = bcd.GUID(guidBytes(guid))
	}
	if w.WinRE.BCDNames.Offset != 0 {
		p.Offset = uint64(w.WinRE.BCDNames.Offset)
	}
}

// bootDevice is a partition as the boot store names it.
func (w *world) bootDevice(p *part) bcd.Partition {
	l := w.disks[p.disk]
	if l.Table == tableMBR {
		return bcd.Partition{Style: bcd.MBR, Offset: uint64(p.start), Signature: l.signature}
	}
	return bcd.Partition{Style: bcd.GPT, ID: bcd.GUID(guidBytes(p.guid)), Disk: bcd.GUID(guidBytes(l.guid))}
}

func (w *world) bootGUID(label string) bcd.GUID { return bcd.GUID(guidBytes(w.guid(label))) }
