package fake

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"reflect"
	"slices"
	"strings"

	"updoc/remedy/host"
)

// area is a part of the machine that an operation may change, with what was there.
type area struct {
	Disk   *Disk  `json:",omitempty"` // the table of a disk; files only of partitions that may go
	Volume int    `json:",omitempty"` // serial of the volume that File lies on
	Path   string `json:",omitempty"`
	File   *File  `json:",omitempty"` // nil: none was there
	Boot   *Boot  `json:",omitempty"`

	What string `json:",omitempty"` // what is renamed, to know it again

	Service   string    `json:",omitempty"`
	Runs      bool      `json:",omitempty"`
	Boots     *int      `json:",omitempty"` // starts of Windows
	Update    string    `json:",omitempty"` // id
	Hidden    bool      `json:",omitempty"`
	Protected string    `json:",omitempty"` // partition
	Left      int       `json:",omitempty"`
	Until     string    `json:",omitempty"` // what the person is asked for
	Forget    *Reminder `json:",omitempty"` // that was not there
}

// Save reads all that op may change.
func (h *Host) Save(_ context.Context, op host.Op) ([]byte, error) {
	if _, known := kinds[op.Kind]; !known {
		return nil, refused("unknown-operation", op.Kind)
	}
	areas, err := h.read(op)
	if err != nil {
		return nil, err
	}
	for _, a := range areas {
		h.pc.keep(a)
	}
	return json.Marshal(areas)
}

// keep tells the monitor what is in the journal from now on.
func (pc *PC) keep(a area) {
	pc.keptConfig = pc.keptConfig || a.Boot != nil
	if a.File != nil {
		pc.kept[a.File.sum()] = true
	}
	if a.Disk != nil {
		for _, p := range a.Disk.Partitions {
			for _, f := range p.Files {
				pc.kept[f.sum()] = true
			}
		}
	}
}

// read looks at all that op may change.
func (h *Host) read(op host.Op) (areas []area, err error) {
	err = kinds[op.Kind].areas(h, op, func(a area) { areas = append(areas, a) })
	return areas, err
}

// Back puts back what Save read.
func (h *Host) Back(_ context.Context, op host.Op, saved []byte) error {
	h.pc.op = op.Kind
	areas, err := areasIn(saved)
	if err != nil {
		return refused("saved-not-readable", op.Kind)
	}
	if op.Kind == host.Rename {
		return h.renameBack(op)
	}
	return h.putBack(areas)
}

func areasIn(saved []byte) (areas []area, err error) {
	err = json.Unmarshal(saved, &areas)
	return areas, err
}

func (h *Host) renameBack(op host.Op) error {
	p, _, err := h.at(op.From)
	if err != nil {
		return err
	}
	anew := p.below(op.From.Path)
	switch {
	case len(p.below(renamedTo(op))) == 0:
		return nil
	case len(anew) > 0 && h.pc.held(p, op.From.Path):
		return refused("file-in-use", op.From.Path)
	}
	for _, key := range anew {
		if err := h.drop(p, p.Files[key].Path); err != nil {
			return err
		}
	}
	return h.move(p, renamedTo(op), op.From.Path)
}

// putBack puts areas back, the last first, and reads them again.
func (h *Host) putBack(areas []area) error {
	var failed error
	for _, a := range slices.Backward(areas) {
		err := h.putArea(a)
		var later *host.Interrupted
		if errors.Is(err, ErrRestart) || errors.As(err, &later) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (h *Host) putArea(a area) error {
	switch {
	case a.Disk != nil:
		return h.putTable(a.Disk)
	case a.Boot != nil:
		return h.putBoot(*a.Boot)
	case a.File == nil && a.Path == "":
		return h.putLive(a)
	}
	p := h.pc.bySerial(a.Volume)
	if p == nil || p.FS == "" {
		return nil // the volume went with its partition
	}
	if a.File == nil {
		return h.drop(p, a.Path)
	}
	if now := p.file(a.Path); same(now, a.File) && reflect.DeepEqual(now, a.File) {
		return nil
	}
	return h.put(p, a.Path, a.File)
}

// putLive puts back what only a running Windows has.
func (h *Host) putLive(a area) error {
	switch {
	case a.Service != "":
		return h.putService(a)
	case a.Update != "":
		return h.putHidden(a)
	case a.Protected != "":
		return h.putProtection(a)
	case a.Until != "":
		return h.putGuards()
	case a.Forget != nil:
		return h.forget(*a.Forget)
	}
	return nil // a restart is not taken back
}

func (h *Host) putBoot(b Boot) error {
	if h.pc.Boot == b {
		return nil
	}
	return h.pc.change("boot store put back", func() { h.pc.Boot = b })
}

// putTable removes partitions that were not there, brings back those that are not there
// now, then gives each its place and type.
func (h *Host) putTable(old *Disk) error {
	d := h.pc.disk(old.Index)
	was := func(serial int) *Partition {
		i := slices.IndexFunc(old.Partitions, func(p *Partition) bool { return p.Serial == serial })
		if i < 0 {
			return nil
		}
		return old.Partitions[i]
	}
	for _, p := range slices.Clone(d.Partitions) {
		if was(p.Serial) == nil {
			if err := h.pc.deletePartition(d, p); err != nil {
				return err
			}
		}
	}
	for _, p := range old.Partitions {
		if err := h.putPartition(d, p); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) putPartition(d *Disk, old *Partition) error {
	now := h.pc.bySerial(old.Serial)
	if now == nil {
		return h.pc.change("brought back "+old.ID, func() { d.add(old.copy(true)) })
	}
	back := old.copy(false)
	back.Files = now.Files
	if reflect.DeepEqual(now, back) {
		return nil
	}
	return h.pc.change("entry put back", func() { *now = *back })
}

// tableOf: the whole table of the disk, since undoing one entry can need another, and
// the settings of recovery, which tell places.
func tableOf(h *Host, op host.Op, see func(area)) error {
	if p := h.pc.byID(op.Partition); p != nil {
		op.Disk = h.pc.diskOf(p).Index
	}
	d := h.pc.disk(op.Disk)
	if d == nil {
		return refused("no-such-disk", op.Kind)
	}
	out := *d
	out.Partitions = nil
	for _, p := range d.Partitions {
		out.Partitions = append(out.Partitions, p.copy(p.ID == op.Replace))
	}
	see(area{Boot: h.boot()})
	see(area{Disk: &out})
	return nil
}

func (h *Host) boot() *Boot {
	b := h.pc.Boot
	return &b
}

func (h *Host) see(place host.Place, see func(area)) error {
	p, f, err := h.at(place)
	if err != nil {
		return err
	}
	see(area{Volume: p.Serial, Path: place.Path, File: f.copy()})
	return nil
}

// fileAt: the file, what is half written beside it or waits on the Windows volume, and
// the settings of recovery if it is its image.
func fileAt(h *Host, op host.Op, see func(area)) error {
	to := op.To
	if op.Kind == host.LeaveFollowUp {
		_, at, err := h.source(op)
		if err != nil {
			return err
		}
		to = at
	}
	p, _, err := h.at(to)
	if err != nil {
		return err
	}
	if isWinRE(p, to.Path) {
		see(area{Boot: h.boot()})
	}
	if w := h.pc.windows(); w != nil && w != p {
		if err := h.see(host.Place{Volume: w.ID, Path: beside(path.Base(to.Path))}, see); err != nil {
			return err
		}
	}
	if err := h.see(host.Place{Volume: to.Volume, Path: beside(to.Path)}, see); err != nil {
		return err
	}
	return h.see(to, see)
}

// valueAt: the hive, and the service that ran if its start type is set.
func valueAt(h *Host, op host.Op, see func(area)) error {
	name, start := strings.CutPrefix(op.Key, services+`\`)
	if s := h.pc.Running; s != nil && start && op.Name == "Start" {
		if other := s.service(name); other != nil && other.Runs {
			see(area{Service: other.Name, Runs: true})
		}
	}
	return fileAt(h, op, see)
}

func fileFrom(h *Host, op host.Op, see func(area)) error { return h.see(op.From, see) }

// winREAreas: settings and boot store, the copy of the settings, and where reagentc puts
// the image if it does as it likes.
func winREAreas(h *Host, op host.Op, see func(area)) error {
	w := h.pc.windows()
	if w == nil {
		return refused("no-windows", op.Kind)
	}
	for _, at := range []host.Place{
		{Volume: w.ID, Path: beside(recoveryPath + "/" + imageName)},
		{Volume: w.ID, Path: recoveryPath + "/" + imageName},
		{Volume: w.ID, Path: beside(recoveryPath + "/ReAgent.xml")},
		{Volume: w.ID, Path: recoveryPath + "/ReAgent.xml"},
		{Volume: op.To.Volume, Path: beside(path.Join(path.Dir(op.To.Path), "ReAgent.xml"))},
		{Volume: op.To.Volume, Path: path.Join(path.Dir(op.To.Path), "ReAgent.xml")},
		{Volume: w.ID, Path: beside(reagentPath)},
		{Volume: w.ID, Path: reagentPath},
	} {
		if strings.EqualFold(at.Path, recoveryPath+"/"+imageName) && h.pc.byID(op.To.Volume) == w {
			continue // the image itself
		}
		if err := h.see(at, see); err != nil {
			return err
		}
	}
	see(area{Boot: h.boot()})
	return nil
}
