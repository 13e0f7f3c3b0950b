package remedy

import (
	"path"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// winreClearLeftovers moves the files out of the recovery partition that the facts know
// to be of no use, and no other.
func winreClearLeftovers(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if works(m) {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	p, err := g.active()
	if err != nil {
		return nil, err
	}
	if err := g.touch(p); err != nil {
		return nil, err
	}
	if err := enough(m, m.WinRE.Active.Reclaimable, "winre.active.reclaimable"); err != nil {
		return nil, err
	}
	var ops []host.Op
	for _, l := range m.WinRE.Active.Leftovers {
		file := slashes(l.Path)
		if neverLeftover(file, slashes(m.WinRE.Image.Path.Value)) {
			return nil, refused("refused-stale-plan", model.Args{"what": l.Path})
		}
		ops = append(ops, host.Op{Kind: host.MoveAside, From: host.Place{Volume: p.ID, Path: file}})
	}
	return ops, nil
}

// neverLeftover tells what recovery needs, whatever the facts call it.
func neverLeftover(file, used string) bool {
	switch strings.ToLower(path.Base(file)) {
	case "winre.wim":
		return strings.EqualFold(path.Dir(file), recoveryDir)
	case "boot.sdi", "reagent.xml", ".", "":
		return true
	}
	return used != "" && strings.EqualFold(file, used)
}

// enough refuses what would not give the room that lacks.
func enough(m *model.Machine, gain model.Fact[int64], name string) error {
	lacks, err := sizeSeen(m.WinRE.Active.ServicingShort, "winre.active.servicingShort")
	if err != nil {
		return err
	}
	have, err := sizeSeen(gain, name)
	if err != nil {
		return err
	}
	if have < lacks {
		return refused("refused-not-enough", model.Args{"need": int64(lacks), "gain": int64(have)})
	}
	return nil
}
