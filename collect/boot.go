package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"updoc/format/bcd"
	"updoc/model"
)

const (
	espTypeGUID = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	efiStore    = "EFI/Microsoft/Boot/BCD"
	biosStore   = "Boot/BCD"
)

// boot fills Machine.Boot and WinRE.BCD: the EFI system partition from the partition
// table, the boot store \EFI\Microsoft\Boot\BCD (UEFI) or \Boot\BCD (BIOS), the starts
// of Windows from the System log. Source: field guide, winre §2 and §9.
func boot(d *desk) {
	d.systemPartition()
	d.bootStore()
	d.bootEvents()
}

// systemPartition fills what the partition table and the FAT volumes tell.
func (d *desk) systemPartition() {
	b := &d.m.Boot
	if !d.m.Disks.Coverage.Complete && len(d.m.Disks.Items) == 0 {
		why := d.noDisk()
		b.ESP, b.ESPWrongType = unseenOr[bool](why), unseenOr[bool](why)
		b.ESPFree, b.ESPSize = unseenOr[int64](why), unseenOr[int64](why)
		return
	}
	o := d.tableOrigin()
	b.ESP = model.Known(false, o)
	none := absent("bcd", "no EFI system partition")
	b.ESPFree, b.ESPSize = model.NotSeen[int64](none), model.NotSeen[int64](none)
	for _, p := range d.partitions() {
		if isESP(p) {
			b.ESP = model.Known(true, p.Origin)
			b.ESPFree, b.ESPSize = p.Volume.Free, model.Known(int64(p.Size), p.Origin)
			break
		}
	}
	b.ESPWrongType = d.wrongType(o)
}

func (d *desk) tableOrigin() model.Origin {
	for _, disk := range d.m.Disks.Items {
		return disk.Origin
	}
	return model.Origin{Artifact: "partition-table"}
}

func isESP(p *model.Partition) bool {
	return bareGUID(p.TypeGUID) == espTypeGUID || p.MBRType == "0xef"
}

// wrongType tells whether boot files lie on a FAT32 partition that is not typed as
// EFI system partition.
func (d *desk) wrongType(table model.Origin) model.Fact[bool] {
	out := model.Known(false, table)
	for _, p := range d.partitions() {
		if isESP(p) || !strings.HasPrefix(p.Volume.FS.Value, "fat") {
			continue
		}
		at := place{p.ID, efiStore}
		switch _, err := d.stat(at); {
		case err == nil:
			return model.Known(true, p.Origin)
		case !errors.Is(err, fs.ErrNotExist):
			out = unseenOr[bool](d.look("file", at, err))
		}
	}
	return out
}

// storePlaces lists where a boot store can lie, likeliest first.
func (d *desk) storePlaces() []place {
	var efi, fat, bios []place
	for _, p := range d.partitions() {
		switch {
		case isESP(p):
			efi = append(efi, place{p.ID, efiStore})
		case strings.HasPrefix(p.Volume.FS.Value, "fat"):
			fat = append(fat, place{p.ID, efiStore})
		}
		switch {
		case p.Active:
			bios = slices.Insert(bios, 0, place{p.ID, biosStore})
		case p.Volume.FS.Value == "ntfs" && p.Role != model.RoleRecovery:
			bios = append(bios, place{p.ID, biosStore})
		}
	}
	own := []place{d.on(efiStore), d.on(biosStore)}
	return slices.Concat(efi, fat, bios, own)
}

// bootStore reads the first boot store there is.
func (d *desk) bootStore() {
	var why *model.Unseen
	for _, at := range d.storePlaces() {
		_, err := d.stat(at)
		if err == nil {
			why = d.readStore(at)
			if why == nil {
				return
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			why = d.look("bcd", at, err)
		}
	}
	if d.runningStore() {
		return
	}
	if why == nil && d.m.Disks.Coverage.Complete {
		why = d.look("bcd", place{"", efiStore}, fs.ErrNotExist)
	}
	d.noStore(firstWhy(why, d.noDisk()))
}

func (d *desk) noStore(why *model.Unseen) {
	text := unseenOr[string](why)
	d.m.Boot.Firmware, d.m.Boot.Store, d.m.Boot.LoaderEFI = text, text, unseenOr[bool](why)
	d.m.WinRE.BCD = model.WinREBoot{Enabled: unseenOr[bool](why), Sequence: text, Path: text, Partition: text,
		Disk: text, Offset: unseenOr[int64](why)}
}

func (d *desk) readStore(at place) *model.Unseen {
	h := d.openHive(at, "bcd")
	if h.why != nil {
		return h.why
	}
	return d.takeStore(h)
}

// takeStore fills in what a boot store tells.
func (d *desk) takeStore(h *hive) *model.Unseen {
	at := h.at
	store, err := bcd.Read(h.file)
	if err != nil {
		why := h.damaged(err)
		why.Artifact = "bcd"
		for i := range d.m.Looks {
			if l := &d.m.Looks[i]; l.Artifact == "bcd" && l.Volume == at.volume && l.Path == windowsPath(at.path) {
				l.Unseen = why
			}
		}
		return why
	}
	re := d.recoveryOf(store)
	origin := func(o *bcd.Object, id bcd.ElementID) model.Origin { return elementOrigin(at, o, id) }
	loader := store.Object(re.Loader)
	d.m.Boot.Store = model.Known(windowsPath(at.path), at.origin("bcd"))
	d.loaderFacts(loader, origin)
	d.m.WinRE.BCD = recoveryEntry(re, loader, origin)
	d.doubtStore(h, store.Problems)
	return nil
}

// doubtStore takes back what a store does not say if parts of it could not be read:
// that no recovery is set up there is then not known.
func (d *desk) doubtStore(h *hive, problems []string) {
	why := h.old
	if len(problems) > 0 {
		why = &model.Unseen{Artifact: "bcd", Reason: model.ReasonDamaged, Detail: problems[0], How: model.HowNothing}
		for i := range d.m.Looks {
			if l := &d.m.Looks[i]; l.Artifact == "bcd" && l.Volume == h.at.volume && l.Path == windowsPath(h.at.path) {
				l.Unseen = why
			}
		}
	}
	if re := &d.m.WinRE.BCD; why != nil && (!re.Enabled.Known || !re.Enabled.Value) {
		text := unseenOr[string](why)
		*re = model.WinREBoot{Enabled: unseenOr[bool](why), Sequence: text, Path: text, Partition: text, Disk: text, Offset: unseenOr[int64](why)}
	}
}

type elementOf func(*bcd.Object, bcd.ElementID) model.Origin

func elementOrigin(at place, o *bcd.Object, id bcd.ElementID) model.Origin {
	out := at.origin("bcd")
	if o == nil {
		return out
	}
	out.Key, out.Offset = `Objects\`+o.ID.String()+`\Elements\`+id.String(), o.Offset
	if e := o.Element(id); e != nil {
		out.Offset = e.Offset
	}
	if at == loadedStore {
		out.Offset = 0 // it is in no file
	}
	return out
}

// recoveryOf follows the loader of the Windows that is looked at; if none names its
// partition, the default loader.
func (d *desk) recoveryOf(store *bcd.Store) bcd.WinRE {
	home := d.partition(d.windows)
	for _, o := range store.Loaders() {
		dev := o.Device(bcd.OSDevice)
		if pe, _ := o.Bool(bcd.WinPE); pe || home == nil || dev == nil || dev.Partition == nil {
			continue
		}
		if !dev.Partition.ID.IsZero() && dev.Partition.ID.Bare() == bareGUID(home.GUID) {
			return store.Recovery(o.ID)
		}
	}
	return store.WinRE()
}

// loaderFacts tells by the loader's file how the machine starts.
func (d *desk) loaderFacts(loader *bcd.Object, origin elementOf) {
	b := &d.m.Boot
	if loader == nil || loader.Text(bcd.Path) == "" {
		why := absent("bcd", "no loader of Windows")
		b.Firmware, b.LoaderEFI = model.NotSeen[string](why), model.NotSeen[bool](why)
		return
	}
	efi := strings.HasSuffix(strings.ToLower(loader.Text(bcd.Path)), ".efi")
	b.LoaderEFI = model.Known(efi, origin(loader, bcd.Path))
	b.Firmware = derive(b.LoaderEFI, func(efi bool) string {
		if efi {
			return "uefi"
		}
		return "bios"
	})
}

// recoveryEntry tells what the store says about the recovery environment.
func recoveryEntry(re bcd.WinRE, loader *bcd.Object, origin elementOf) model.WinREBoot {
	if loader == nil {
		why := absent("bcd", "no loader of Windows")
		text := model.NotSeen[string](why)
		return model.WinREBoot{Enabled: model.NotSeen[bool](why), Sequence: text, Path: text, Partition: text, Disk: text,
			Offset: model.NotSeen[int64](why)}
	}
	at := origin(loader, bcd.RecoverySequence)
	on := len(re.Sequence) > 0 && (re.RecoveryEnabled == nil || *re.RecoveryEnabled)
	out := model.WinREBoot{Enabled: model.Known(on, at), Sequence: model.Known("", at), Path: model.Known("", at),
		Partition: model.Known("", at), Disk: model.Known("", at), Offset: model.Known(int64(0), at)}
	if len(re.Sequence) > 0 {
		out.Sequence.Value = re.Sequence[0].String()
	}
	if re.Entry != nil {
		entryDevice(&out, re, origin(re.Entry, bcd.AppDevice))
	}
	return out
}

func entryDevice(out *model.WinREBoot, re bcd.WinRE, at model.Origin) {
	p := re.Partition
	if p == nil {
		why := model.Unseen{Artifact: "bcd", Reason: model.ReasonUnsupported, Detail: strings.Join(re.Disagreements, "; "), How: model.HowLive}
		out.Path, out.Partition, out.Disk = model.NotSeen[string](why), model.NotSeen[string](why), model.NotSeen[string](why)
		out.Offset = model.NotSeen[int64](why)
		return
	}
	out.Path, out.Partition = model.Known(re.WimPath, at), model.Known("", at)
	out.Disk, out.Offset = model.Known(p.Disk.String(), at), model.Known(int64(0), at)
	if p.Style == bcd.MBR {
		out.Disk.Value, out.Offset.Value = fmt.Sprintf("0x%08x", p.Signature), int64(p.Offset)
		return
	}
	out.Partition.Value = p.ID.String()
}
