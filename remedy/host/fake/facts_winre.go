package fake

import (
	"path"
	"strings"

	"updoc/format/reagent"
	"updoc/model"
)

// alignment is how far a gap may begin behind a partition and still touch it.
const alignment = 1 << 20

// winREOf tells what is known of the recovery environment. The rules are those of the
// field guide, winre §1 to §4.
func (pc *PC) winREOf(m *model.Machine) {
	w, home := &m.WinRE, pc.windows()
	at := home.fileOrigin("reagent-xml", reagentPath)
	config, named := pc.settings()
	booted := pc.bootPartition()
	pc.configOf(w, config, at)
	pc.storeOf(w)
	on := config != nil && config.State() == reagent.StateEnabled
	w.Enabled = model.Known(on && pc.Boot.Enabled, at)
	w.Agree = model.Known(named == booted, at)
	if config == nil {
		w.Enabled, w.Agree = model.Fact[bool]{Why: damaged()}, model.Fact[bool]{Why: damaged()}
	}
	if named == nil {
		named = booted
	}
	w.Staged = home.imageFact(path.Dir(reagentPath) + "/" + imageName)
	w.Active = model.ActiveRE{Exists: model.Known(false, at)}
	w.Image = home.imageFact(recoveryPath + "/" + imageName)
	w.Encrypted = model.Known(false, at)
	if named != nil {
		pc.activeOf(w, named, config)
	}
	any := pc.find(func(p *Partition) bool { return p.file(recoveryPath+"/"+imageName) != nil })
	w.Any = model.Known(any != nil || w.Staged.Exists.Value || w.Image.Exists.Value, at)
	w.Recovery = model.Complete(pc.candidates(named))
	w.Version = w.Image.Version
}

func damaged() *model.Unseen {
	return &model.Unseen{Artifact: "reagent-xml", Reason: model.ReasonDamaged}
}

func (pc *PC) configOf(w *model.WinRE, c *reagent.Config, at model.Origin) {
	file := pc.windows().file(reagentPath)
	w.Config = model.ReAgent{Damaged: model.Known(file != nil && (c == nil || len(c.Problems) > 0), at)}
	if c == nil {
		return
	}
	w.Config.State, w.Config.Path = model.Known(c.State(), at), model.Known(c.Location.Path, at)
	w.Config.Offset, w.Config.GUID = model.Known(int64(c.Location.Offset), at), model.Known(c.Location.GUID, at)
	w.Config.DiskID, w.Config.BCDObject = model.Known(c.Location.ID, at), model.Known(c.BCD, at)
}

func (pc *PC) storeOf(w *model.WinRE) {
	at := model.Origin{Artifact: "bcd"}
	b := pc.Boot
	w.BCD = model.WinREBoot{Enabled: model.Known(b.Enabled, at), Sequence: model.Known(b.Sequence, at), Path: model.Known(b.Path, at),
		Partition: model.Known(b.Partition, at), Disk: model.Known(b.Disk, at), Offset: model.Known(int64(b.Offset), at)}
}

func (p *Partition) imageFact(name string) model.WinREImage {
	f := p.file(name)
	o := p.fileOrigin("wim", name)
	if f == nil {
		return model.WinREImage{Exists: model.Known(false, o)}
	}
	out := model.WinREImage{Exists: model.Known(true, o), Volume: model.Known(p.ID, o), Path: model.Known(backslashes(name), o),
		Size: model.Known(int64(f.size()), o), Readable: model.Known(f.image(), o)}
	if f.image() {
		out.Compression, out.Version = model.Known(f.Wim.Compression, o), model.Known(f.Wim.Version, o)
	}
	return out
}

func (pc *PC) activeOf(w *model.WinRE, p *Partition, c *reagent.Config) {
	o := p.origin()
	n := func(v uint64) model.Fact[int64] { return model.Known(int64(v), o) }
	after, before := pc.gapsBeside(p)
	w.Active = model.ActiveRE{Exists: model.Known(true, o), ID: model.Known(p.ID, o), Disk: n(uint64(pc.diskOf(p).Index)), Index: n(uint64(p.Index)),
		Start: n(p.Start), Size: n(p.Size), Free: n(p.free()), Place: model.Known(pc.placeOf(p), o), GapAfter: n(after), GapBefore: n(before),
		ServicingShort: n(model.WinREServicingFree - min(p.free(), model.WinREServicingFree)),
		EnableShort:    n(model.WinREEnableMargin - min(p.free(), model.WinREEnableMargin)), Reclaimable: n(0)}
	w.Encrypted = model.Known(p.Encrypted, o)
	folder := recoveryPath
	if c != nil && c.Location.Path != "" {
		folder = slashes(c.Location.Path)
	}
	w.Image = p.imageFact(folder + "/" + imageName)
	if p.Role == model.RoleRecovery {
		w.Active.Leftovers = p.leftovers()
	}
	for _, l := range w.Active.Leftovers {
		w.Active.Reclaimable.Value += l.Size
	}
}

func (pc *PC) gapsBeside(p *Partition) (after, before uint64) {
	for _, g := range pc.diskOf(p).gaps() {
		if end := p.Start + p.Size; g.Start >= end && g.Start-end <= alignment {
			after = g.Size
		}
		if end := g.Start + g.Size; end <= p.Start && p.Start-end <= alignment {
			before = g.Size
		}
	}
	return after, before
}

func (pc *PC) placeOf(p *Partition) string {
	home := pc.windows()
	d := pc.diskOf(p)
	switch {
	case p == home:
		return model.PlaceOnWindows
	case p.Role == model.RoleESP:
		return model.PlaceOnSystem
	case d != pc.diskOf(home):
		return model.PlaceOtherDisk
	case p.Start < home.Start:
		return model.PlaceBefore
	}
	for _, o := range d.Partitions {
		if o.Role != model.RoleExtended && o.Start > home.Start && o.Start < p.Start {
			return model.PlaceAway
		}
	}
	return model.PlaceAfter
}

// leftovers are files that are known to be of no use: other images beside the one in
// use, and the scratch folder of servicing.
func (p *Partition) leftovers() []model.Leftover {
	var found []model.Leftover
	for _, key := range p.below("") {
		base, folder := path.Base(key), path.Dir(key)
		scratch := strings.HasPrefix(key, "$winreagent/")
		other := folder == strings.ToLower(recoveryPath) && strings.HasPrefix(base, "winre") && base != "winre.wim"
		if f := p.Files[key]; scratch || other {
			found = append(found, model.Leftover{Path: backslashes(f.Path), Size: int64(f.size()), Origin: p.fileOrigin("file", f.Path)})
		}
	}
	return found
}

func (pc *PC) candidates(active *Partition) []model.Candidate {
	found := []model.Candidate{}
	for _, p := range pc.partitions() {
		if p.Role != model.RoleRecovery {
			continue
		}
		o := p.origin()
		maker := len(p.below("RecoveryImage")) > 0
		found = append(found, model.Candidate{ID: p.ID, Active: p == active, Size: int64(p.Size), Free: model.Known(int64(p.free()), o), Origin: o,
			HasImage: model.Known(p.file(recoveryPath+"/"+imageName) != nil, o), Maker: model.Known(maker, o)})
	}
	return found
}
