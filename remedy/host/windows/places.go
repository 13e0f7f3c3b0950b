package windows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// extent is where a partition lies, which tells it from all others. Size 0: not known.
type extent struct {
	Disk  uint32 `json:"disk"`
	Start uint64 `json:"start"` // bytes
	Size  uint64 `json:"size,omitempty"`
}

// placesFile remembers which partition each id of the operations means: ids come from the
// facts at the beginning, and another process that goes on finds other facts.
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
	if err := json.Unmarshal(raw, &h.places); err != nil {
		h.places = nil
		return &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"file": placesFile}, Err: err}
	}
	return nil
}

func (h *Host) learn(ctx context.Context) error {
	m, err := h.look(ctx)
	if err != nil {
		return err
	}
	places := map[string]extent{}
	for _, d := range m.Disks.Items {
		for _, p := range d.Partitions {
			places[p.ID] = extent{Disk: uint32(d.Index), Start: p.Start}
		}
	}
	if err := h.rememberGuards(m); err != nil {
		return err
	}
	return h.remember(places)
}

func (h *Host) remember(places map[string]extent) error {
	raw, err := json.Marshal(places)
	if err != nil {
		return err
	}
	if err := h.writeWhole(join(h.Keep, placesFile), raw); err != nil {
		return err
	}
	h.places = places
	return nil
}

// moved notes that an id means another place from now on; no place: none.
func (h *Host) moved(id string, to *extent) error {
	places := map[string]extent{}
	for k, v := range h.places {
		places[k] = v
	}
	delete(places, id)
	if to != nil {
		places[id] = extent{Disk: to.Disk, Start: to.Start}
	}
	return h.remember(places)
}

// found is a partition as it is now, with its disk.
type found struct {
	winapi.Partition
	disk winapi.Disk
}

func (f *found) extent() extent { return extent{f.disk.Number, f.Start, f.Size} }

// root is its volume's root as every program of Windows understands it.
func (f *found) root() string {
	return fmt.Sprintf(`\\?\GLOBALROOT\Device\Harddisk%d\Partition%d`, f.disk.Number, f.Number)
}

// at finds the partition at a place: of that size, if it is given. nil: there is none.
func (h *Host) at(ctx context.Context, e extent) (*found, error) {
	disks, err := winapi.Disks.Do(ctx, h.Calls, winapi.None{})
	if err != nil {
		return nil, err
	}
	for _, d := range disks {
		for _, p := range d.Partitions {
			if d.Number == e.Disk && p.Start == e.Start && (e.Size == 0 || p.Size == e.Size) {
				return &found{p, d}, nil
			}
		}
	}
	return nil, nil
}

// partition finds what an id means.
func (h *Host) partition(ctx context.Context, id string) (*found, error) {
	e, known := h.places[id]
	if !known {
		return nil, refused("refused-partition-gone", model.Args{"partition": id})
	}
	p, err := h.at(ctx, e)
	if err == nil && p == nil {
		err = refused("refused-partition-gone", model.Args{"partition": id})
	}
	return p, err
}

// volume is the volume on a partition; nil: none.
func (h *Host) volume(ctx context.Context, e extent) (*winapi.Volume, error) {
	all, err := winapi.Volumes.Do(ctx, h.Calls, winapi.None{})
	for _, v := range all {
		if err == nil && v.Disk == e.Disk && v.Start == e.Start {
			return &v, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return h.hiddenVolume(ctx, e)
}

// hiddenVolume is that of a recovery partition of an MBR: its type hides it, and Windows
// need not name it. It has no path of its own.
func (h *Host) hiddenVolume(ctx context.Context, e extent) (*winapi.Volume, error) {
	p, err := h.at(ctx, e)
	if err != nil || p == nil || p.MBRType != recoveryMBR {
		return nil, err
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
	p, err := h.partition(ctx, at.Volume)
	if err != nil {
		return "", err
	}
	root, err := h.rootOf(ctx, p)
	return join(root, at.Path), err
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
