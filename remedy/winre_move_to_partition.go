package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreMoveToPartition lets an unused recovery partition with enough room hold a copy
// of the image that lies on the Windows volume.
func winreMoveToPartition(m *model.Machine, _ model.Args) ([]host.Op, error) {
	place, err := seen(m.WinRE.Active.Place, "winre.active.place")
	if err != nil {
		return nil, err
	}
	if place != model.PlaceOnWindows {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	if err := g.touch(g.windows); err != nil {
		return nil, err
	}
	img, err := g.image()
	if err != nil {
		return nil, err
	}
	to, err := g.placeFor(img.size, model.WinREEnableMargin+model.WinREServicingFree)
	if err != nil {
		return nil, err
	}
	if to.Volume == g.windows.ID {
		return nil, refused("refused-no-recovery-partition", model.Args{"partition": g.windows.ID})
	}
	return append(copyImage(img, to), setWinRE(to)), nil
}
