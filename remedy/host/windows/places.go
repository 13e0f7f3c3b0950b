package windows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// extent is where a partition lies, which tells it from all others. Windows numbers its
// disks anew at each start, so a disk is known by what is written on it.
type extent struct {
	Disk  string `json:"disk"`           // see diskID
	Start uint64 `json:"start"`          // bytes
	Size  uint64 `json:"size,omitempty"` // 0: not known
	GUID  string `json:"guid,omitempty"` // of the partition; empty: not known, or it has none
}

// begins tells whether two extents begin at one place.
func (e extent) begins(o extent) bool { return e.Disk == o.Disk && e.Start == o.Start }

// beginning is where it begins, whatever lies there.
func (e extent) beginning() extent { return extent{Disk: e.Disk, Start: e.Start} }

// diskID is the identifier of a GPT, or the signature of an MBR; empty: it has none.
func diskID(d winapi.Disk) string {
	if d.Table == "mbr" && d.Signature != 0 {
		return fmt.Sprintf("0x%08x", d.Signature)
	}
	return strings.ToLower(bare(d.GUID))
}

// places are which disks and partitions the numbers and ids of the operations mean.
type places struct {
	Disks      map[int64]string  `json:"disks"`
	Partitions map[string]extent `json:"partitions"`
	Home       string            `json:"home,omitempty"` // the running Windows, if no disk shows where it lies; empty: one does
}

// placesFile remembers them: they come from the facts at the beginning, and another process
// that goes on finds other facts.
const placesFile = "places.json"

// know reads, or at the beginning learns, where each partition is.
func (h *Host) know(ctx context.Context) error {
	if h.places != nil {
		return nil
	}
	raw, err := h.readWhole(join(h.Keep, placesFile))
	switch {
	case isGone(err):
		return h.learn(ctx)
	case err != nil:
		return err
	}
	var known places
	if err := json.Unmarshal(raw, &known); err != nil {
		return &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"file": placesFile}, Err: err}
	}
	h.places = &known
	return nil
}

func (h *Host) learn(ctx context.Context) error {
	m, err := h.look(ctx)
	if err != nil {
		return err
	}
	disks, err := winapi.Disks.Do(ctx, h.Calls, winapi.None{})
	if err != nil {
		return err
	}
	now := places{Disks: map[int64]string{}, Partitions: map[string]extent{}}
	for _, d := range m.Disks.Items {
		for _, is := range disks {
			if int64(is.Number) == d.Index {
				now.add(d, is)
			}
		}
	}
	if !slices.ContainsFunc(m.Disks.Items, func(d model.Disk) bool { return holds(d, m.Windows.ID) }) {
		now.Home = m.Windows.ID
	}
	if err := h.rememberGuards(m); err != nil {
		return err
	}
	return h.remember(now)
}

func holds(d model.Disk, id string) bool {
	return slices.ContainsFunc(d.Partitions, func(p model.Partition) bool { return p.ID == id })
}

// add takes down a disk of the facts, which is is.
func (k places) add(d model.Disk, is winapi.Disk) {
	k.Disks[d.Index] = diskID(is)
	for _, p := range d.Partitions {
		for _, q := range is.Partitions {
			if q.Start == p.Start {
				k.Partitions[p.ID] = extent{Disk: diskID(is), Start: p.Start, GUID: q.GUID}
			}
		}
	}
}

func (h *Host) remember(now places) error {
	raw, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if err := h.writeWhole(join(h.Keep, placesFile), raw); err != nil {
		return err
	}
	h.places = &now
	return nil
}

// moved notes that an id means another place from now on; no place: none.
func (h *Host) moved(ctx context.Context, id string, to *extent) error {
	now := places{h.places.Disks, maps.Clone(h.places.Partitions), h.places.Home}
	delete(now.Partitions, id)
	if to != nil {
		e := to.beginning()
		if p, err := h.at(ctx, e); err != nil {
			return err
		} else if p != nil {
			e.GUID = p.GUID
		}
		now.Partitions[id] = e
	}
	return h.remember(now)
}

// found is a partition as it is now, with its disk.
type found struct {
	winapi.Partition
	disk winapi.Disk
}

func (f *found) extent() extent { return extent{diskID(f.disk), f.Start, f.Size, f.GUID} }

// root is its volume's root as every program of Windows understands it.
func (f *found) root() string {
	return fmt.Sprintf(`\\?\GLOBALROOT\Device\Harddisk%d\Partition%d`, f.disk.Number, f.Number)
}

// diskOf finds the disk with an identity, which only one may have.
func (h *Host) diskOf(ctx context.Context, id string) (winapi.Disk, error) {
	disks, err := winapi.Disks.Do(ctx, h.Calls, winapi.None{})
	if err != nil {
		return winapi.Disk{}, err
	}
	disks = slices.DeleteFunc(disks, func(d winapi.Disk) bool { return diskID(d) != id })
	if len(disks) != 1 || id == "" {
		return winapi.Disk{}, refused("refused-disk-unknown", model.Args{"disk": id})
	}
	return disks[0], nil
}

// at finds the partition at a place: of that size, if it is given. nil: there is none. One
// that is not the same any more is an error, unless this journal has made it anew.
func (h *Host) at(ctx context.Context, e extent) (*found, error) {
	d, err := h.diskOf(ctx, e.Disk)
	if err != nil {
		return nil, err
	}
	for _, p := range d.Partitions {
		if p.Start != e.Start || e.Size != 0 && p.Size != e.Size {
			continue
		}
		if e.GUID != "" && !strings.EqualFold(bare(p.GUID), bare(e.GUID)) {
			if mine, err := h.madeHere((&found{p, d}).extent()); err != nil || !mine {
				return nil, errors.Join(err, gone(e.String()))
			}
		}
		return &found{p, d}, nil
	}
	return nil, nil
}

func gone(partition string) *model.Error {
	return refused("refused-partition-gone", model.Args{"partition": partition})
}

// partition finds what an id means.
func (h *Host) partition(ctx context.Context, id string) (*found, error) {
	e, known := h.places.Partitions[id]
	if !known {
		return nil, gone(id)
	}
	p, err := h.at(ctx, e)
	if err == nil && p == nil {
		err = gone(id)
	}
	return p, err
}

// volume is the volume on a partition; nil: none.
func (h *Host) volume(ctx context.Context, e extent) (*winapi.Volume, error) {
	p, err := h.at(ctx, e)
	if err != nil || p == nil {
		return nil, err
	}
	all, err := winapi.Volumes.Do(ctx, h.Calls, winapi.None{})
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		if v.Disk == p.disk.Number && v.Start == e.Start {
			return &v, nil
		}
	}
	return h.hiddenVolume(ctx, p)
}

// hiddenVolume is that of a recovery partition of an MBR: its type hides it, and Windows
// need not name it. It has no path of its own.
func (h *Host) hiddenVolume(ctx context.Context, p *found) (*winapi.Volume, error) {
	if p.MBRType != recoveryMBR {
		return nil, nil
	}
	v, err := winapi.FileSystem.Do(ctx, h.Calls, p.root()+`\`)
	if isGone(err) || errors.Is(err, winapi.ErrUnsupported) {
		return nil, nil
	}
	v.Path = ""
	return &v, err
}

// path is a place as an absolute path: by the volume's own name, or by its partition if
// Windows gave it none.
func (h *Host) path(ctx context.Context, at host.Place) (string, error) {
	if at.Path == "" || !fs.ValidPath(strings.ReplaceAll(at.Path, `\`, "/")) {
		return "", refused("refused-stale-plan", model.Args{"what": at.Path})
	}
	if at.Volume == h.places.Home && at.Volume != "" {
		root, err := h.home(ctx)
		return join(root, at.Path), err
	}
	p, err := h.partition(ctx, at.Volume)
	if err != nil {
		return "", err
	}
	root, err := h.rootOf(ctx, p)
	return join(root, at.Path), err
}

// home is the root of the running Windows by its letter, which is sure while it runs: of
// Storage Spaces and of a dynamic disk no partition is told that it could be known by.
func (h *Host) home(ctx context.Context) (string, error) {
	windows, err := h.windows(ctx)
	if err == nil && !isRoot(folderOf(windows)) {
		err = fmt.Errorf("%s lies below no volume of its own", windows)
	}
	return folderOf(windows), err
}

func (h *Host) rootOf(ctx context.Context, p *found) (string, error) {
	v, err := h.volume(ctx, p.extent())
	if err != nil {
		return "", err
	}
	if v != nil && v.Path != "" {
		return strings.TrimRight(v.Path, `\`), nil
	}
	return p.root(), nil
}

// windows is the folder of the running Windows: C:\Windows.
func (h *Host) windows(ctx context.Context) (string, error) {
	info, err := winapi.System.Do(ctx, h.Calls, winapi.None{})
	if err == nil && !strings.Contains(info.Windows, `\`) {
		err = errors.New("no folder of Windows is told")
	}
	return strings.TrimRight(info.Windows, `\`), err
}

// system32 is a path below C:\Windows\System32.
func (h *Host) system32(ctx context.Context, below string) (string, error) {
	windows, err := h.windows(ctx)
	return join(join(windows, "System32"), below), err
}

// How long Windows may take to show a volume it was told to make.
const (
	volumeTries = 60
	volumePause = 500 * time.Millisecond
)

// arrival waits until a partition has a volume.
func (h *Host) arrival(ctx context.Context, e extent) (*winapi.Volume, error) {
	for range volumeTries {
		v, err := h.volume(ctx, e)
		if err != nil || v != nil {
			return v, err
		}
		if err := h.Wait(ctx, volumePause); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
