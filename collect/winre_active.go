package collect

import (
	"strconv"
	"strings"

	"updoc/model"
)

// alignment is how far a gap may begin behind a partition and still touch it.
const alignment = 1 << 20

// named is the place that ReAgent.xml or the boot store names.
type named struct {
	set   bool             // it names one
	part  *model.Partition // nil: no such partition was found
	raw   string           // how it names it, to compare without disks
	why   *model.Unseen    // why it is not known what it names
	facts model.Origin
}

// activeRE finds the partition that Windows uses for recovery: the one ReAgent.xml
// names, which servicing follows, else that of the boot store.
func (d *desk) activeRE() {
	w := &d.m.WinRE
	config, boot := d.namedByConfig(), d.namedByBoot()
	w.Agree = agree(config, boot)
	chosen := config
	if !config.set || config.part == nil && boot.part != nil {
		chosen = boot
	}
	switch {
	case chosen.part != nil:
		d.describeActive(chosen)
	case !chosen.set && config.why == nil && boot.why == nil:
		d.noActive(model.Known(false, config.facts))
	case chosen.set && d.m.Disks.Coverage.Complete:
		d.noActive(model.Known(false, chosen.facts))
	default:
		d.activeWithoutDisk(chosen, firstWhy(chosen.why, d.noDisk()))
	}
}

// namedByConfig resolves ReAgent.xml's offset and GUID. The GUID was seen to be that
// of the disk and that of the partition; on MBR disks id is the disk signature.
func (d *desk) namedByConfig() named {
	c := d.m.WinRE.Config
	n := named{why: c.Offset.Why, facts: c.Offset.Origin}
	if !c.Offset.Known {
		n.why = firstWhy(n.why, &model.Unseen{Artifact: "reagent-xml", Reason: model.ReasonNotLooked})
		return n
	}
	n.set = c.Offset.Value != 0 || c.Path.Value != ""
	n.raw = strings.Join([]string{bareGUID(c.GUID.Value), c.DiskID.Value, strconv.FormatInt(c.Offset.Value, 10)}, "/")
	for _, p := range d.partitions() {
		if n.set && int64(p.Start) == c.Offset.Value && d.isDisk(p, c) {
			n.part = p
			break
		}
	}
	return n
}

// isDisk tells whether ReAgent.xml means the disk that a partition lies on.
func (d *desk) isDisk(p *model.Partition, c model.ReAgent) bool {
	disk := d.disk(p.Disk)
	if guid := bareGUID(c.GUID.Value); guid != "" {
		return guid == bareGUID(p.GUID) || disk != nil && guid == bareGUID(disk.GUID)
	}
	if id := parseInt(c.DiskID.Value); id != 0 && disk != nil && disk.Signature != "" {
		return uint32(id) == uint32(parseInt(disk.Signature))
	}
	return true
}

func (d *desk) namedByBoot() named {
	b := d.m.WinRE.BCD
	n := named{why: firstWhy(b.Partition.Why, b.Sequence.Why), facts: b.Partition.Origin}
	if !b.Sequence.Known || !b.Partition.Known {
		if b.Sequence.Known && b.Sequence.Value == "" {
			return named{facts: b.Sequence.Origin}
		}
		n.why = firstWhy(n.why, &model.Unseen{Artifact: "bcd", Reason: model.ReasonNotLooked})
		return n
	}
	n.set = b.Sequence.Value != "" && (b.Partition.Value != "" || b.Offset.Value != 0)
	n.raw = strings.Join([]string{bareGUID(b.Partition.Value), bareGUID(b.Disk.Value), strconv.FormatInt(b.Offset.Value, 10)}, "/")
	for _, p := range d.partitions() {
		if n.set && d.isBoot(p, b) {
			n.part = p
			break
		}
	}
	return n
}

func (d *desk) isBoot(p *model.Partition, b model.WinREBoot) bool {
	if guid := bareGUID(b.Partition.Value); guid != "" {
		return guid == bareGUID(p.GUID)
	}
	disk := d.disk(p.Disk)
	if disk == nil || int64(p.Start) != b.Offset.Value {
		return false
	}
	return disk.Signature == "" || parseInt(disk.Signature) == parseInt(b.Disk.Value)
}

// agree tells whether both name the same place. If neither names one they agree.
func agree(config, boot named) model.Fact[bool] {
	switch {
	case config.why != nil:
		return unseenOr[bool](config.why)
	case boot.why != nil:
		return unseenOr[bool](boot.why)
	case !config.set || !boot.set:
		return model.Known(config.set == boot.set, config.facts)
	case config.part != nil && boot.part != nil:
		return model.Known(config.part.ID == boot.part.ID, config.facts)
	case config.part != nil || boot.part != nil:
		return model.Known(false, config.facts)
	}
	return agreeRaw(config, boot)
}

// agreeRaw compares names that no partition answers to. Only a GUID that stands in
// neither form proves that they differ.
func agreeRaw(config, boot named) model.Fact[bool] {
	c, b := strings.Split(config.raw, "/"), strings.Split(boot.raw, "/")
	switch {
	case c[0] != "" && c[0] == b[0], c[0] == "" && b[0] == "" && c[2] == b[2]:
		return model.Known(true, config.facts)
	case c[0] != "" && c[0] != b[0] && c[0] != b[1] && b[1] != "":
		return model.Known(false, config.facts)
	}
	return model.NotSeen[bool](model.Unseen{Artifact: "partition-table", Reason: model.ReasonNoDisk, How: model.HowDisk})
}

// noActive is the absence of an active recovery partition.
func (d *desk) noActive(exists model.Fact[bool]) {
	why := absent("reagent-xml", "no active recovery partition")
	d.m.WinRE.Active = unseenActive(exists, &why)
	d.m.WinRE.Encrypted = d.recoveryEncrypted(exists.Origin)
}

// recoveryEncrypted tells whether a partition typed recovery is encrypted, for the time
// that none of them is in use: enabling would choose it.
func (d *desk) recoveryEncrypted(none model.Origin) model.Fact[bool] {
	var all []model.Fact[bool]
	for _, p := range d.partitions() {
		if typedRecovery(p) {
			all = append(all, p.Volume.BitLocker.Encrypted)
		}
	}
	if !d.m.Disks.Coverage.Complete {
		all = append(all, unseenOr[bool](d.noDisk()))
	}
	return anyTrue(append(all, model.Known(false, none))...)
}

func unseenActive(exists model.Fact[bool], why *model.Unseen) model.ActiveRE {
	n, s := unseenOr[int64](why), unseenOr[string](why)
	return model.ActiveRE{Exists: exists, ID: s, Disk: n, Index: n, Start: n, Size: n, Free: n, Place: s, GapAfter: n,
		GapBefore: n, ServicingShort: n, EnableShort: n, Reclaimable: n, ShrinkLimit: n}
}

// describeActive fills WinRE.Active from the partition table and the file system.
func (d *desk) describeActive(n named) {
	p, a := n.part, &d.m.WinRE.Active
	*a = unseenActive(model.Known(true, n.facts), nil)
	at := p.Origin
	a.ID, a.Disk, a.Index = model.Known(p.ID, at), model.Known(p.Disk, at), model.Known(p.Index, at)
	a.Start, a.Size = model.Known(int64(p.Start), at), model.Known(int64(p.Size), at)
	a.Free = p.Volume.Free
	a.Place = d.placeOf(p)
	a.GapAfter, a.GapBefore = d.gaps(p)
	d.m.WinRE.Encrypted = p.Volume.BitLocker.Encrypted
}

// placeOf tells where a partition lies relative to the Windows partition.
func (d *desk) placeOf(p *model.Partition) model.Fact[string] {
	home := d.partition(d.windows)
	if home == nil {
		return unseenOr[string](d.noDisk())
	}
	place := model.PlaceAfter
	switch {
	case p.ID == home.ID:
		place = model.PlaceOnWindows
	case p.Role == model.RoleESP:
		place = model.PlaceOnSystem
	case p.Disk != home.Disk:
		place = model.PlaceOtherDisk
	case p.Start < home.Start:
		place = model.PlaceBefore
	case d.between(home, p):
		place = model.PlaceAway
	}
	return model.Known(place, p.Origin)
}

// between tells whether a partition lies between two others of one disk. An extended
// partition only holds others.
func (d *desk) between(a, b *model.Partition) bool {
	for _, p := range d.partitions() {
		if p.Disk == a.Disk && p.Role != model.RoleExtended && p.Start >= a.Start+a.Size && p.Start < b.Start {
			return true
		}
	}
	return false
}

// gaps returns the room that touches a partition behind and in front, in bytes.
func (d *desk) gaps(p *model.Partition) (after, before model.Fact[int64]) {
	disk := d.disk(p.Disk)
	if disk == nil {
		return unseenOr[int64](d.noDisk()), unseenOr[int64](d.noDisk())
	}
	after, before = model.Known(int64(0), p.Origin), model.Known(int64(0), p.Origin)
	end := p.Start + p.Size
	for _, g := range disk.Gaps {
		if g.Start >= end && g.Start-end <= alignment {
			after.Value = int64(g.Size)
		}
		if stop := g.Start + g.Size; stop <= p.Start && p.Start-stop <= alignment {
			before.Value = int64(g.Size)
		}
	}
	return after, before
}

// activeWithoutDisk fills what a source without partition table can know: that the
// image lies on the Windows volume, or what ReAgent.log last wrote about the partition.
func (d *desk) activeWithoutDisk(n named, why *model.Unseen) {
	a := &d.m.WinRE.Active
	*a = unseenActive(unseenOr[bool](why), why)
	d.m.WinRE.Encrypted = unseenOr[bool](why)
	c := d.m.WinRE.Config
	if n.set && c.Offset.Known {
		d.activeFromLog(uint64(c.Offset.Value))
	}
}
