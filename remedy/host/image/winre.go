package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"updoc/disk/table"
	"updoc/format/bcd"
	"updoc/format/reagent"
	"updoc/format/wim"
	"updoc/model"
	"updoc/remedy/host"
)

// Places of ReAgent.xml: the one that counts, and the copy beside winre.wim. Source:
// field guide, winre §3.
const (
	masterConfig = "Windows/System32/Recovery/ReAgent.xml"
	configName   = "ReAgent.xml"
)

// setWinRE lets the boot store and ReAgent.xml name the image at op.To.
func (h *Host) setWinRE(ctx context.Context, op host.Op) error {
	p, err := h.part(op.To.Volume)
	if err != nil {
		return err
	}
	if ok, err := h.exists(op.To); err != nil || !ok {
		return errors.Join(err, &model.Error{Code: "refused-no-image", Exit: 6, Args: model.Args{"path": op.To.Path}})
	}
	store, windows, err := h.bootPlaces()
	if err != nil {
		return err
	}
	for _, id := range []string{store.Volume, windows, op.To.Volume} {
		if err := h.gate(id); err != nil {
			return err
		}
	}
	guid, err := h.nameInStore(ctx, store, windows, p, op.To.Path)
	if err != nil {
		return err
	}
	h.named, h.unread = op.To, true
	return h.nameInConfig(ctx, windows, op.To, p, guid)
}

// verifyNamed: the image that is named now can be read as one, and whoever looks at the
// disk anew finds recovery switched on, with boot store and ReAgent.xml naming one place.
func (h *Host) verifyNamed(ctx context.Context, _ map[int64]bool) error {
	if h.named == (host.Place{}) {
		return nil
	}
	if err := h.verifyImage(); err != nil {
		return fmt.Errorf("volume %s: %s: %w", h.named.Volume, h.named.Path, err)
	}
	if h.unread {
		if _, err := h.Machine(ctx); err != nil {
			return err
		}
	}
	if re := h.facts.WinRE; !re.Enabled.Value || !re.Agree.Value {
		return errors.New("boot store and ReAgent.xml do not name one recovery image")
	}
	return nil
}

func (h *Host) verifyImage() error {
	v, err := h.look(h.named.Volume)
	if err != nil {
		return err
	}
	f, err := v.Open(h.named.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w, err := wim.Open(f.(io.ReaderAt), info.Size())
	if err != nil {
		return err
	}
	if have := w.Info(); !have.Valid || have.ImageCount == 0 {
		return errors.New("it is damaged, or holds no image")
	}
	return nil
}

// bootPlaces are the boot store and the Windows volume, as last looked at.
func (h *Host) bootPlaces() (store host.Place, windows string, err error) {
	m := h.facts
	if m == nil || !m.Boot.Store.Known || m.Boot.Store.Origin.Volume == "" {
		return store, "", &model.Error{Code: "refused-unseen", Exit: 6, Args: model.Args{"what": "bcd"}}
	}
	name := strings.TrimPrefix(strings.ReplaceAll(m.Boot.Store.Value, `\`, "/"), "/")
	return host.Place{Volume: h.own(m.Boot.Store.Origin.Volume), Path: name}, h.own(m.Windows.ID), nil
}

// nameInStore returns the identifier of the recovery entry.
func (h *Host) nameInStore(ctx context.Context, store host.Place, windows string, p table.Partition, wim string) (guid bcd.GUID, err error) {
	home, err := h.part(windows)
	if err != nil {
		return guid, err
	}
	own := h.device(home)
	want := bcd.RecoveryTarget{Windows: &own, Holder: h.device(p), WimPath: `\` + strings.ReplaceAll(wim, "/", `\`)}
	err = h.changeHive(ctx, store, func(clean []byte) ([]byte, error) {
		now, ids, err := bcd.SetRecovery(clean, h.opts.Now, want)
		guid = ids.Entry
		return now, err
	})
	return guid, err
}

// device is a partition as the boot store names it.
func (h *Host) device(p table.Partition) bcd.Partition {
	t := h.table()
	if t.Kind == table.MBR {
		return bcd.Partition{Style: bcd.MBR, Offset: p.Start, Signature: t.DiskSignature}
	}
	return bcd.Partition{Style: bcd.GPT, ID: bcd.GUID(p.GUID), Disk: bcd.GUID(t.DiskGUID)}
}

// location is a partition as ReAgent.xml names it.
func (h *Host) location(p table.Partition, wim string) reagent.Location {
	t := h.table()
	dir := `\` + strings.ReplaceAll(path.Dir(wim), "/", `\`)
	if t.Kind == table.MBR {
		return reagent.Location{Path: dir, ID: fmt.Sprint(t.DiskSignature), Offset: p.Start}
	}
	return reagent.Location{Path: dir, ID: "0", Offset: p.Start, GUID: "{" + t.DiskGUID.String() + "}"}
}

func (h *Host) nameInConfig(ctx context.Context, windows string, image host.Place, p table.Partition, guid bcd.GUID) error {
	at := h.location(p, image.Path)
	master := host.Place{Volume: windows, Path: masterConfig}
	if err := h.writeConfig(ctx, master, at, guid.String(), true); err != nil {
		return err
	}
	beside := host.Place{Volume: image.Volume, Path: path.Join(path.Dir(image.Path), configName)}
	return h.writeConfig(ctx, beside, at, guid.String(), false)
}

// writeConfig changes one ReAgent.xml; make tells to write one where there is none.
func (h *Host) writeConfig(ctx context.Context, at host.Place, place reagent.Location, guid string, make bool) error {
	old, err := h.read(at)
	if errors.Is(err, fs.ErrNotExist) && !make {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now, err := reagent.Enable(old, place, guid)
	if err != nil || bytes.Equal(now, old) {
		return err
	}
	return h.put(ctx, at, bytes.NewReader(now), marks{})
}
