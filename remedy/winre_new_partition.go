package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreNewPartition makes a recovery partition behind Windows and lets it hold a copy
// of the image. The old one stays as it is, unless the table has no entry left: then
// the new one takes its entry, and the image waits on the Windows volume, switched on
// there, so that recovery is never without a place.
func winreNewPartition(m *model.Machine, p model.Args) ([]host.Op, error) {
	if works(m) {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	if place := m.WinRE.Active.Place; place.Known && place.Value == model.PlaceOtherDisk {
		return nil, refused("refused-winre-other-disk", nil)
	}
	if err := g.touch(g.windows); err != nil {
		return nil, err
	}
	img, err := g.image()
	if err != nil {
		return nil, err
	}
	if g.find(img.at.Volume) == nil {
		return nil, refused("refused-winre-other-disk", nil)
	}
	old, err := g.replaced(p, img)
	if err != nil {
		return nil, err
	}
	ops, err := g.makeNew(p, img, old)
	if err != nil {
		return nil, err
	}
	return g.shielded(ops)
}

// replaced is the partition whose entry the new one takes; nil if there is an entry
// left. Only the recovery partition in use, whose content is known and copied first,
// may give its entry.
func (g *ground) replaced(p model.Args, img sourceImage) (*model.Partition, error) {
	if textParam(p, "replace") == "" {
		if g.entriesFull() {
			return nil, refused("refused-table-full", nil)
		}
		return nil, nil
	}
	old, err := g.named(p, "replace")
	if err != nil {
		return nil, err
	}
	active, err := g.active()
	if err != nil {
		return nil, err
	}
	if old != active || g.disk.Table != "mbr" || !g.entriesFull() || old.Logical || old.Active || img.at.Volume != old.ID {
		return nil, refused("refused-table-full", nil)
	}
	return old, g.knownContent(old)
}

// knownContent touches a partition that is to vanish: that no maker's data lies in it
// must have been seen.
func (g *ground) knownContent(p *model.Partition) error {
	for _, c := range g.m.WinRE.Recovery.Items {
		if c.ID == p.ID {
			return g.touch(p)
		}
	}
	return refused("refused-unseen", model.Args{"fact": "winre.recovery " + p.ID})
}

func (g *ground) makeNew(p model.Args, img sourceImage, old *model.Partition) ([]host.Op, error) {
	left, ops, err := g.shrinkTo(p, true)
	if err != nil {
		return nil, err
	}
	start, size, err := extentParams(p)
	if err != nil {
		return nil, err
	}
	if need := img.size + model.WinREEnableMargin + overhead; size < need {
		return nil, refused("refused-no-room", model.Args{"need": int64(need), "free": int64(size)})
	}
	if err := g.clear(start, size, left, nil); err != nil {
		return nil, err
	}
	create := host.Op{Kind: host.CreateRecovery, Disk: g.disk.Index, Start: start, Size: size}
	if g.disk.Table == "gpt" {
		if create.GUID = textParam(p, "newGuid"); create.GUID == "" {
			return nil, refused("refused-stale-plan", model.Args{"what": "newGuid"})
		}
	}
	to := home(host.NewPartition)
	if old == nil {
		return append(append(append(ops, create), copyImage(img, to)...), setWinRE(to)), nil
	}
	create.Replace = old.ID
	return g.byWayOfWindows(ops, create, img, left)
}

// byWayOfWindows lets the image wait on the Windows volume while the entry changes its
// partition.
func (g *ground) byWayOfWindows(ops []host.Op, create host.Op, img sourceImage, left uint64) ([]host.Op, error) {
	if err := g.canGive(g.windows.Size - left + img.size); err != nil {
		return nil, err
	}
	wait := home(g.windows.ID)
	kept := sourceImage{at: wait, size: img.size, sdi: beside(wait, "boot.sdi"), xml: beside(wait, "ReAgent.xml")}
	ops = append(append(ops, copyImage(img, wait)...), setWinRE(wait), create)
	to := home(host.NewPartition)
	ops = append(append(ops, copyImage(kept, to)...), setWinRE(to))
	for _, at := range []host.Place{kept.at, kept.sdi, kept.xml} {
		ops = append(ops, host.Op{Kind: host.MoveAside, From: at, Maybe: at != kept.at})
	}
	return ops, nil
}
