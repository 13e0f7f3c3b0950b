package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreEnlarge shrinks the Windows volume and adds the room to the recovery partition
// behind it.
func winreEnlarge(m *model.Machine, p model.Args) ([]host.Op, error) {
	return growRecovery(m, p, true)
}

// growRecovery enlarges the recovery partition in use to the place that the plan drew.
func growRecovery(m *model.Machine, p model.Args, shrink bool) ([]host.Op, error) {
	if works(m) {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	re, err := g.active()
	if err != nil {
		return nil, err
	}
	if at, err := g.named(p, "partition"); err != nil {
		return nil, err
	} else if at != re {
		return nil, refused("refused-stale-plan", model.Args{"what": "partition"})
	}
	for _, touched := range []*model.Partition{re, g.windows} { // settings and boot store of Windows change too
		if err := g.touch(touched); err != nil {
			return nil, err
		}
	}
	img, err := g.inPlace(re)
	if err != nil {
		return nil, err
	}
	ops, err := g.growTo(re, img, p, shrink)
	if err != nil {
		return nil, err
	}
	return g.shielded(ops)
}

func (g *ground) growTo(re *model.Partition, img sourceImage, p model.Args, shrink bool) ([]host.Op, error) {
	left, ops, err := g.shrinkTo(p, shrink)
	if err != nil {
		return nil, err
	}
	start, size, err := extentParams(p)
	if err != nil {
		return nil, err
	}
	if start > re.Start || start+size < re.Start+re.Size {
		return nil, refused("refused-stale-plan", model.Args{"what": "start"})
	}
	if re.Logical && start != re.Start {
		return nil, refused("refused-logical", model.Args{"partition": re.ID})
	}
	if err := g.clear(start, size, left, re); err != nil {
		return nil, err
	}
	if start == re.Start && size == re.Size {
		return ops, nil
	}
	ops = append(ops, host.Op{Kind: host.ResizeRecovery, Disk: g.disk.Index, Partition: re.ID, Start: start, Size: size})
	if start != re.Start {
		ops = append(ops, setWinRE(img.at)) // both name the beginning of the partition
	}
	return ops, nil
}
