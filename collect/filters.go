package collect

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"updoc/format/pe"
	"updoc/model"
)

const (
	typeKernel     = 1
	typeFileSystem = 2
	filterLimit    = 300 // a PC with two antivirus products has some 80
)

// filters fills Machine.Filters from SYSTEM\<control set>\Services. Source: field
// guide, artifacts §8.
func filters(d *desk) {
	h, set := d.system()
	keys, why := h.subkeys(set + `\Services`)
	if h.why != nil {
		why = h.why
	}
	var items []model.Filter
	for _, k := range keys {
		f, err := d.filter(h, set+`\Services\`+k.Name(), k)
		if err != nil {
			why = h.damaged(err)
		}
		if f == nil {
			continue
		}
		if len(items) == filterLimit {
			why = tooMany("filter drivers", filterLimit)
			break
		}
		items = append(items, *f)
	}
	for i := range items {
		d.driverFile(&items[i])
	}
	d.m.Filters = model.List[model.Filter]{Items: items, Coverage: model.Coverage{Complete: why == nil, Why: why}}
}

// filter reads a service key; nil if it is no driver that sits in the way.
func (d *desk) filter(h *hive, path string, k regKey) (*model.Filter, error) {
	kind, err := number(k, "Type")
	start, err2 := number(k, "Start")
	if err := cmp.Or(damage(err), damage(err2)); err != nil {
		return nil, err
	}
	if err != nil || err2 != nil || kind != typeKernel && kind != typeFileSystem {
		return nil, nil // most services: no driver, or a key of settings only
	}
	f := &model.Filter{Name: lower(k.Name()), Type: int64(kind), Start: int64(start),
		Group: h.text(path, "Group").Value, Image: h.text(path, "ImagePath").Value, Origin: h.origin(path, "Start", k.Offset())}
	f.Altitude, err = altitude(k)
	if !inTheWay(f) {
		return nil, err
	}
	return f, err
}

// damage is nil for a value that is simply not there.
func damage(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// inTheWay picks what can stand between Windows and its files: file systems,
// mini-filters, disks that no machine has, and the kernel parts of antivirus products.
func inTheWay(f *model.Filter) bool {
	group := lower(f.Group)
	switch {
	case f.Type == typeFileSystem, f.Altitude > 0, strings.HasPrefix(group, "fsfilter"):
		return true
	case group == "scsi miniport":
		return !slices.Contains(ownMiniports, f.Name)
	}
	return slices.ContainsFunc(kernelParts, func(prefix string) bool { return strings.HasPrefix(f.Name, prefix) })
}

// ownMiniports are the disk drivers that Windows brings itself.
var ownMiniports = strings.Fields(`3ware adp80xx amdsata amdsbs amdxata arcsas atapi cht4iscsi elxfcoe elxstor hpsamd iastorav iastorv
	intelide itsas35i lsi_sas lsi_sas2 lsi_sas2i lsi_sas3 lsi_sas3i lsi_sss megasas megasas2i megasas35i megasr mvumis nvraid nvstor
	pciide percsas2i percsas3i sdstor sisraid2 sisraid4 smartsamd stexstor storahci storflt stornvme storufs storvsc spaceport vhdmp
	vsmraid vstxraid ebdrv bxvbda bfadfcoei bfadi qlfcoei ql2300i ql40xx2i iscsiprt sbp2port usbstor uaspstor`)

// kernelParts are drivers of antivirus products, and of disks in memory, that are
// neither file systems nor mini-filters. Source: field guide, artifacts §8.
var kernelParts = []string{"ehdrv", "epfw", "klhk", "klwfp", "mfewfpk", "mfefirek", "mfeavfk", "tmcomm", "tmactmon", "bddci", "sntpdrv",
	"imdisk", "awealloc", "phdskmnt"}

// altitude returns the altitude of a driver's default instance, else of its first; 0:
// it has none.
func altitude(k regKey) (float64, error) {
	instances, err := k.Subkey("Instances")
	if err != nil {
		return 0, nil // no mini-filter
	}
	first, err := instances.Subkeys()
	if v, e := instances.Value("DefaultInstance"); e == nil {
		name, _ := v.String()
		if k, e := instances.Subkey(name); e == nil {
			first = append([]regKey{k}, first...)
		}
	}
	for _, k := range first {
		if v, e := k.Value("Altitude"); e == nil {
			text, _ := v.String()
			if n, e := strconv.ParseFloat(strings.TrimSpace(text), 64); e == nil && n > 0 && n < 1e7 {
				return n, nil
			}
		}
	}
	return 0, err
}

// driverFile looks whether the driver is there, and, of those that could be an
// antivirus, who made it.
func (d *desk) driverFile(f *model.Filter) {
	file := imagePath(f.Image)
	if f.Image == "" {
		file = "Windows/System32/drivers/" + f.Name + ".sys" // what Windows does without a path
	}
	if file == "" {
		f.File = model.NotSeen[bool](absent("file", f.Image))
		f.Company = model.Fact[string]{Why: f.File.Why}
		return
	}
	f.File = d.there("file", file, "Windows/System32/drivers")
	f.Company = model.Fact[string]{Why: f.File.Why}
	if f.File.Known && !f.File.Value {
		f.Company = model.NotSeen[string](absent("pe", windowsPath(file)))
	}
	if f.File.Value && worthReading(f) {
		f.Company = d.company(d.on(file))
	}
}

// worthReading spares the reading of drivers whose maker decides nothing. The bands
// are those of antivirus, activity monitors and content screeners.
func worthReading(f *model.Filter) bool {
	a := f.Altitude
	return f.Type == typeFileSystem || a >= 320000 && a < 330000 || a >= 360000 && a < 390000 || a >= 260000 && a < 270000
}

// company is CompanyName of a program's version resource.
func (d *desk) company(at place) model.Fact[string] {
	info, err := d.programInfo(at)
	if err != nil {
		return unseenOr[string](d.look("pe", at, err))
	}
	return model.Known(strings.TrimSpace(info.Strings["CompanyName"]), at.origin("pe"))
}

// programInfo reads the version resource of a program. A damaged one is an error.
func (d *desk) programInfo(at place) (pe.Info, error) {
	f, size, err := d.openBriefly(at)
	if err != nil {
		return pe.Info{}, err
	}
	defer f.Close()
	return pe.Version(f, size)
}
