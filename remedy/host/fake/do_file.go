package fake

import (
	"path"
	"slices"
	"strings"

	"updoc/format/hosts"
	"updoc/model"
	"updoc/remedy/host"
)

// followUpPath is where LeaveFollowUp leaves its plan if it names no place.
const followUpPath = "ProgramData/updoc/follow-up.json"

// beside is the name of a file while it is being written.
func beside(name string) string { return name + "~updoc" }

// put writes a file as tools do: beside its place, then over it. If both do not fit, the
// new one waits on the Windows volume while the old one goes.
func (h *Host) put(p *Partition, name string, f *File) error {
	old := p.file(name)
	if old != nil && h.pc.troubled(InUse, name) {
		return refused("file-in-use", name)
	}
	f = f.copy()
	f.Path = name
	half := beside(name)
	waiting := uint64(0) // what an earlier try left gives way
	if t := p.file(half); t != nil {
		waiting = t.size()
	}
	if f.size() <= p.free()+waiting {
		if err := h.write(p, half, f); err != nil {
			return err
		}
		return h.pc.change("put in place", func() {
			delete(p.Files, strings.ToLower(half))
			p.Files[strings.ToLower(name)] = f
		})
	}
	return h.putByWay(p, name, f, old)
}

// putByWay needs the room of the old file for the new one.
func (h *Host) putByWay(p *Partition, name string, f, old *File) error {
	w := h.pc.windows()
	room := p.free()
	if old != nil {
		room += old.size()
	}
	if w == nil || w == p || f.size() > room || f.size() > w.free() {
		return refused("no-room", name)
	}
	wait := beside(path.Base(name))
	if !same(w.file(wait), f) { // else it waits since an earlier try, and may be the only one
		if err := h.write(w, wait, f); err != nil {
			return err
		}
	}
	if err := h.pc.change("old one removed", func() { delete(p.Files, strings.ToLower(name)) }); err != nil {
		return err
	}
	if err := h.pc.change("put in place", func() { p.Files[strings.ToLower(name)] = f }); err != nil {
		return err
	}
	return h.drop(w, wait)
}

// write is the tool that writes a file: half of it is there before the whole.
func (h *Host) write(p *Partition, name string, f *File) error {
	half := f.copy()
	half.Path, half.Content, half.Size, half.Person = name, f.Content[:len(f.Content)/2], f.size()/2, false
	if half.Wim != nil {
		half.Wim.Damaged = true
	}
	if err := h.pc.change("half written", func() { p.Files[strings.ToLower(name)] = half }); err != nil {
		return err
	}
	if h.pc.troubled(NoRoom, strings.TrimSuffix(name, beside(""))) {
		return refused("no-room", name)
	}
	whole := f.copy()
	whole.Path = name
	return h.pc.change("written", func() { p.Files[strings.ToLower(name)] = whole })
}

// drop removes a file that is there.
func (h *Host) drop(p *Partition, name string) error {
	if p.file(name) == nil {
		return nil
	}
	if h.pc.troubled(InUse, name) {
		return refused("file-in-use", name)
	}
	return h.pc.change("removed "+name, func() { delete(p.Files, strings.ToLower(name)) })
}

// at returns the volume of a place and the file there, nil if none.
func (h *Host) at(place host.Place) (*Partition, *File, error) {
	p, err := h.volume(place.Volume)
	if err != nil {
		return nil, nil, err
	}
	return p, p.file(place.Path), nil
}

func copied(h *Host, op host.Op) (bool, error) {
	_, from, err := h.at(op.From)
	if err != nil {
		return false, err
	}
	_, to, err := h.at(op.To)
	switch {
	case err != nil:
		return false, err
	case from == nil && !op.Maybe:
		return false, refused("no-such-file", op.From.Path)
	}
	return from == nil || same(from, to), nil
}

func copyFile(h *Host, op host.Op) error {
	_, from, err := h.at(op.From)
	if err != nil {
		return err
	}
	p, _, err := h.at(op.To)
	if err != nil {
		return err
	}
	return h.put(p, op.To.Path, from)
}

// source is the file that op wants to be at its place, and the place.
func (h *Host) source(op host.Op) (*File, host.Place, error) {
	to := op.To
	if op.Kind == host.LeaveFollowUp && to == (host.Place{}) {
		w := h.pc.windows()
		if w == nil {
			return nil, to, refused("no-windows", op.Kind)
		}
		to = host.Place{Volume: w.ID, Path: followUpPath}
	}
	_, old, err := h.at(to)
	if err != nil {
		return nil, to, err
	}
	f, err := h.wanted(op, old)
	return f, to, err
}

func (h *Host) wanted(op host.Op, old *File) (*File, error) {
	switch op.Kind {
	case host.WriteFile, host.LeaveFollowUp:
		f := &File{}
		if old != nil {
			f = old.copy()
		}
		f.Content, f.Size, f.Wim, f.Hive = slices.Clone(op.Data), 0, nil, nil
		return f, nil
	case host.DropHosts:
		if old == nil {
			return nil, refused("no-such-file", op.To.Path)
		}
		f := old.copy()
		f.Content, _ = hosts.Without(old.Content)
		return f, nil
	case host.ExtractWim:
		wim, ok := h.pc.Locals[op.Local]
		inside := File{}
		if ok && wim.Wim != nil {
			inside, ok = wim.Wim.Inside[strings.ToLower(op.From.Path)]
		}
		if !ok || wim.Wim == nil {
			return nil, refused("no-such-file", op.Local+" "+op.From.Path)
		}
		f := inside.copy()
		f.Attributes |= hiddenSystem
		return f, nil
	}
	f, ok := h.pc.Locals[op.Local]
	if !ok {
		return nil, refused("no-such-file", op.Local)
	}
	return f.copy(), nil
}

func holdsSource(h *Host, op host.Op) (bool, error) {
	want, to, err := h.source(op)
	if err != nil {
		return false, err
	}
	_, have, err := h.at(to)
	return same(want, have), err
}

func putSource(h *Host, op host.Op) error {
	want, to, err := h.source(op)
	if err != nil {
		return err
	}
	p, _, err := h.at(to)
	if err != nil {
		return err
	}
	return h.put(p, to.Path, want)
}

// gone is false for a file that was never there: what is to be moved aside is missed.
func gone(h *Host, op host.Op) (bool, error) {
	p, f, err := h.at(op.From)
	return err == nil && f == nil && len(p.below(op.From.Path)) == 0, err
}

func remove(h *Host, op host.Op) error {
	p, f, err := h.at(op.From)
	if err != nil {
		return err
	}
	if f == nil {
		return refused("not-a-file", op.From.Path)
	}
	return h.drop(p, op.From.Path)
}

// renamedTo is the new path.
func renamedTo(op host.Op) string { return path.Join(path.Dir(op.From.Path), op.Text) }

func renamed(h *Host, op host.Op) (bool, error) {
	p, _, err := h.at(op.From)
	if err != nil {
		return false, err
	}
	old, now := p.below(op.From.Path), p.below(renamedTo(op))
	switch {
	case len(old) == 0 && len(now) == 0:
		return false, refused("no-such-file", op.From.Path)
	case len(old) > 0 && len(now) > 0 && h.what != "" && p.identity(renamedTo(op)) == h.what:
		return true, nil // Windows has started since and made it anew
	case len(old) > 0 && len(now) > 0:
		return false, refused("name-in-use", renamedTo(op))
	}
	return len(old) == 0, nil
}

// identity is what a file or folder is known by, wherever it lies; empty: nothing is
// there. A volume has a number for each.
func (p *Partition) identity(at string) string {
	all := ""
	for _, key := range p.below(at) {
		all += key[len(at):] + p.Files[key].sum() + "\n"
	}
	return all
}

func identity(h *Host, op host.Op, see func(area)) error {
	p, _, err := h.at(op.From)
	if err == nil {
		see(area{What: p.identity(op.From.Path)})
	}
	return err
}

func rename(h *Host, op host.Op) error {
	p, _, err := h.at(op.From)
	if err != nil {
		return err
	}
	return h.move(p, op.From.Path, renamedTo(op))
}

// move gives a file or folder another name, at once.
func (h *Host) move(p *Partition, from, to string) error {
	keys := p.below(from)
	if h.pc.held(p, from) {
		return refused("file-in-use", from)
	}
	for _, key := range keys {
		if h.pc.troubled(InUse, p.Files[key].Path) {
			return refused("file-in-use", p.Files[key].Path)
		}
	}
	return h.pc.change("renamed "+from, func() {
		for _, key := range keys {
			f := p.Files[key]
			delete(p.Files, key)
			f.Path = to + f.Path[len(from):]
			p.Files[strings.ToLower(f.Path)] = f
		}
	})
}

// lzxOf is how much of an image's size is left with LZX, in percent, by what it has now.
var lzxOf = map[string]uint64{"none": 40, "xpress": 85, "lzx": 100}

func recompressed(h *Host, op host.Op) (bool, error) {
	_, f, err := h.at(op.To)
	if err == nil && !f.image() && !h.waiting(op.To).image() {
		err = refused("no-image", op.To.Path)
	}
	return err == nil && f.image() && f.Wim.Compression == op.Text && h.waiting(op.To) == nil && h.sealed(op.To), err
}

// waiting is what waits on the Windows volume to be put at a place, nil if nothing.
func (h *Host) waiting(at host.Place) *File {
	w := h.pc.windows()
	if w == nil || w.ID == at.Volume {
		return nil
	}
	return w.file(beside(path.Base(at.Path)))
}

func recompress(h *Host, op host.Op) error {
	p, f, err := h.at(op.To)
	if err != nil {
		return err
	}
	switch wait := h.waiting(op.To); {
	case !f.image():
		f = wait // the old one had gone already
	case f.Wim.Compression == op.Text:
		return h.imageWhole(op.To)
	}
	out := f.copy()
	percent := func(kind string) uint64 { return max(lzxOf[kind], 1) }
	out.Size = f.size() * percent(f.Wim.Compression) / percent(op.Text)
	out.Wim.Compression = op.Text
	if err := h.put(p, op.To.Path, out); err != nil {
		return err
	}
	return h.imageWhole(op.To)
}

// imageWhole ends the change of an image: nothing waits for it any more, and BitLocker
// trusts it.
func (h *Host) imageWhole(at host.Place) error {
	if h.waiting(at) != nil {
		if err := h.drop(h.pc.windows(), beside(path.Base(at.Path))); err != nil {
			return err
		}
	}
	if h.sealed(at) {
		return nil
	}
	return h.pc.change("switched off and on", func() { h.pc.Boot.Sealed = h.pc.bootImage().sum() })
}

// isWinRE tells whether a place is that of an image in use.
func isWinRE(p *Partition, name string) bool {
	return strings.EqualFold(path.Base(name), imageName) && p.Role != model.RoleData
}
