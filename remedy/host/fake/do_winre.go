package fake

import (
	"path"
	"strconv"
	"strings"

	"updoc/format/reagent"
	"updoc/remedy/host"
)

// winreObject is the loader object that the boot store gets if it has none.
const winreObject = "{cccccccc-0000-0000-0000-000000000001}"

// Enable writes settings and boot store as if Windows had always used the image at that
// place, and begins to watch anew.
func (pc *PC) Enable(at host.Place) *PC {
	w, p := pc.windows(), pc.byID(at.Volume)
	w.Files[strings.ToLower(reagentPath)] = &File{Path: reagentPath, Content: pc.config(p, at.Path).Format()}
	pc.Boot = pc.bootFor(p, at.Path)
	pc.begin()
	return pc
}

// config is ReAgent.xml as it should be for an image, made from the one there is.
func (pc *PC) config(p *Partition, file string) *reagent.Config {
	c := reagent.New()
	if f := pc.windows().file(reagentPath); f != nil {
		if old, err := reagent.Parse(f.Content); err == nil && len(old.Problems) == 0 {
			c = old
		}
	}
	d := pc.diskOf(p)
	c.InstallState, c.BCD = "1", winreObject
	if pc.Boot.Sequence != "" {
		c.BCD = pc.Boot.Sequence
	}
	c.Location = reagent.Location{Path: backslashes(path.Dir(file)), ID: "0", Offset: p.Start, GUID: d.GUID}
	if d.Table == "mbr" {
		n, _ := strconv.ParseUint(d.Signature, 0, 32)
		c.Location.ID = strconv.FormatUint(n, 10)
	}
	return c
}

func (pc *PC) bootFor(p *Partition, file string) Boot {
	d := pc.diskOf(p)
	b := Boot{Enabled: true, Sequence: winreObject, Path: backslashes(file), Partition: p.GUID, Disk: d.GUID}
	if pc.Boot.Sequence != "" {
		b.Sequence = pc.Boot.Sequence
	}
	if f := p.file(file); f != nil && pc.trusts() {
		b.Sealed = f.sum() // switching recovery on lets BitLocker trust the image
	}
	if d.Table == "mbr" {
		b.Partition, b.Disk, b.Offset = "", d.Signature, p.Start
	}
	return b
}

// bootPartition is what the boot store names, nil if it is not there.
func (pc *PC) bootPartition() *Partition {
	b := pc.Boot
	return pc.find(func(p *Partition) bool {
		d := pc.diskOf(p)
		if b.Partition != "" {
			return strings.EqualFold(b.Partition, p.GUID)
		}
		return b.Offset != 0 && d.Table == "mbr" && p.Start == b.Offset && strings.EqualFold(b.Disk, d.Signature)
	})
}

// settings are what ReAgent.xml says, and the partition it names; nil for each that is
// not there.
func (pc *PC) settings() (*reagent.Config, *Partition) {
	w := pc.windows()
	if w == nil || w.file(reagentPath) == nil {
		return nil, nil
	}
	c, err := reagent.Parse(w.file(reagentPath).Content)
	if err != nil {
		return nil, nil
	}
	p := pc.find(func(p *Partition) bool {
		guid := bare(c.Location.GUID)
		return p.Start == c.Location.Offset && (guid == "" || strings.EqualFold(guid, bare(pc.diskOf(p).GUID)) || strings.EqualFold(guid, bare(p.GUID)))
	})
	return c, p
}

func winRESet(h *Host, op host.Op) (bool, error) {
	p, f, err := h.at(op.To)
	if err != nil {
		return false, err
	}
	if !f.image() {
		return false, refused("no-image", op.To.Path)
	}
	c, named := h.pc.settings()
	if c == nil || named != p || c.State() != reagent.StateEnabled || len(c.Problems) > 0 {
		return false, nil
	}
	folder := strings.EqualFold(slashes(c.Location.Path), path.Dir(op.To.Path))
	beside := p.file(path.Join(path.Dir(op.To.Path), "ReAgent.xml"))
	copied := beside == nil || string(beside.Content) == string(h.pc.windows().file(reagentPath).Content)
	return folder && copied && strings.EqualFold(slashes(h.pc.Boot.Path), op.To.Path) && h.pc.bootPartition() == p && h.pc.Boot.Enabled, nil
}

// setWinRE lets reagentc do it. Where it cannot, or says it did and did not, Do puts
// back what there was.
func setWinRE(h *Host, op host.Op) error {
	p, f, err := h.at(op.To)
	if err != nil {
		return err
	}
	if p.Encrypted {
		return refused("encrypted", p.ID)
	}
	file := op.To.Path
	if w := h.pc.windows(); p != w && h.pc.troubled(FallsBack, "") {
		p, file = w, recoveryPath+"/"+imageName
		if err := h.put(p, file, f); err != nil {
			return err
		}
	}
	return h.register(p, file)
}

func (h *Host) register(p *Partition, file string) error {
	w := h.pc.windows()
	text := h.pc.config(p, file).Format()
	write := func(p *Partition, name string) error {
		old := p.file(name)
		if old == nil {
			old = &File{}
		}
		f := old.copy()
		f.Content, f.Size = text, 0
		return h.put(p, name, f)
	}
	if err := write(w, reagentPath); err != nil {
		return err
	}
	if err := h.pc.change("boot store names "+p.ID, func() { h.pc.Boot = h.pc.bootFor(p, file) }); err != nil {
		return err
	}
	if beside := path.Join(path.Dir(file), "ReAgent.xml"); p.file(beside) != nil {
		return write(p, beside)
	}
	return nil
}

// Disable is what reagentc /disable leaves: the image is where Windows keeps it while
// recovery is off, and nothing names it. It begins to watch anew.
func (pc *PC) Disable() *PC {
	w := pc.windows()
	if p := pc.bootPartition(); p != nil {
		name := slashes(pc.Boot.Path)
		if f := p.file(name); f != nil {
			delete(p.Files, strings.ToLower(name))
			f.Path = path.Dir(reagentPath) + "/" + imageName
			w.Files[strings.ToLower(f.Path)] = f
		}
	}
	w.Files[strings.ToLower(reagentPath)] = &File{Path: reagentPath, Content: reagent.New().Format()}
	pc.Boot = Boot{}
	pc.begin()
	return pc
}
