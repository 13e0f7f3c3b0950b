package collect

import (
	"errors"
	"io/fs"
	"strings"

	"updoc/format/msicode"
	"updoc/model"
	"updoc/source"
)

// Where Windows Installer keeps what it knows. Source: field guide, artifacts §7 and
// confirmed §4.
const (
	installerKey    = `Microsoft\Windows\CurrentVersion\Installer`
	installerData   = installerKey + `\UserData\S-1-5-18`
	installerClass  = `Classes\Installer\Products`
	installerFolder = "Windows/Installer"

	productLimit = 4000 // a PC with much software has some hundreds
	patchLimit   = 4000
)

// installer fills Machine.Installer: the products and patches that are registered for
// the whole PC and whether the copies of their packages are still there, what the
// Application log says, and the newest logs of installations.
func installer(d *desk) {
	h := d.software()
	d.m.Installer.Busy = h.exists(installerKey + `\InProgress`)
	cache := d.installerCache()
	d.products(h, cache)
	d.installerEvents()
	d.installerLogs()
}

// packageCache are the names in Windows\Installer in lower case, or why they are not
// known.
type packageCache struct {
	names map[string]bool
	why   *model.Unseen
}

// installerCache lists Windows\Installer. That the folder is not there means on a disk
// that all copies are gone, in a copied folder that it was not copied.
func (d *desk) installerCache() packageCache {
	at := d.on(installerFolder)
	entries, err := d.list(at)
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !(gone && d.whole(d.windows)) {
		return packageCache{why: d.look("installer-cache", at, err)}
	}
	d.look("installer-cache", at, nil)
	c := packageCache{names: map[string]bool{}}
	for _, e := range entries {
		if !e.IsDir() {
			c.names[strings.ToLower(e.Name())] = true
		}
	}
	return c
}

// has tells whether the package of a LocalPackage value is there. Windows' own drive
// is C: for itself.
func (c packageCache) has(d *desk, path string, o model.Origin) model.Fact[bool] {
	folder, name, ok := cutLast(slashPath(path))
	switch {
	case path == "":
		return model.NotSeen[bool](absent("hive", "no LocalPackage"))
	case !ok || !strings.EqualFold(folder, installerFolder):
		return d.fileIs(d.on(slashPath(path)), o)
	case c.why != nil:
		return unseenOr[bool](c.why)
	}
	return model.Known(c.names[strings.ToLower(name)], o)
}

// fileIs tells whether a file is there; o is where its name was read.
func (d *desk) fileIs(at place, o model.Origin) model.Fact[bool] {
	_, err := d.stat(at)
	switch {
	case err == nil:
		return model.Known(true, o)
	case errors.Is(err, fs.ErrNotExist) && d.whole(at.volume):
		return model.Known(false, o)
	}
	return model.NotSeen[bool](source.Why("file", err))
}

func cutLast(path string) (folder, name string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// noDrive takes the drive letter of a Windows path away; "" for a path on another drive
// or a share, which nobody can look at here.
func noDrive(path string) string {
	if len(path) > 2 && path[1] == ':' {
		if path[0]|0x20 != 'c' {
			return ""
		}
		path = path[2:]
	}
	if strings.HasPrefix(path, `\\`) {
		return ""
	}
	return strings.TrimPrefix(path, `\`)
}

// products fills Products and Patches.
func (d *desk) products(h *hive, cache packageCache) {
	keys, why := h.subkeys(installerData + `\Products`)
	in := &d.m.Installer
	for _, k := range keys[:min(len(keys), productLimit)] {
		code, ok := msicode.Unpack(k.Name())
		if !ok {
			continue
		}
		if p, ok := product(d, h, k.Name(), code, cache); ok {
			in.Products.Items = append(in.Products.Items, p)
		}
		in.Patches.Items = append(in.Patches.Items, d.patchesOf(h, k.Name(), code, cache)...)
	}
	if len(in.Patches.Items) > patchLimit {
		in.Patches.Items = in.Patches.Items[:patchLimit]
	}
	if why != nil || len(keys) > productLimit {
		tooMany := model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported, Detail: "more products than are read", How: model.HowNothing}
		if why == nil {
			why = &tooMany
		}
		in.Products = model.Partial(in.Products.Items, *why)
		in.Patches = model.Partial(in.Patches.Items, *why)
		return
	}
	in.Products, in.Patches = model.Complete(in.Products.Items), model.Complete(in.Patches.Items)
}

// product describes one product; false for a key that only holds remains of one.
func product(d *desk, h *hive, packed, code string, cache packageCache) (model.MSIProduct, bool) {
	path := installerData + `\Products\` + packed + `\InstallProperties`
	k, ok, _ := h.key(path)
	if !ok {
		return model.MSIProduct{}, false
	}
	v := valuesOf(k)
	p := model.MSIProduct{Code: code, Name: v["displayname"], Version: v["displayversion"], Publisher: v["publisher"],
		Source: v["installsource"], Package: noDrive(v["localpackage"]), Origin: h.origin(path, "LocalPackage", k.Offset())}
	p.Cached = cache.has(d, p.Package, p.Origin)
	p.Class = h.exists(installerClass + `\` + packed)
	return p, true
}

// valuesOf returns the texts among the values of a key, by name in lower case.
func valuesOf(k regKey) map[string]string {
	out := map[string]string{}
	values, _ := k.Values()
	for _, v := range values {
		if s, err := v.String(); err == nil {
			out[strings.ToLower(v.Name())] = s
		}
	}
	return out
}

// patchesOf returns the patches of a product. Their packages stand below Patches.
func (d *desk) patchesOf(h *hive, packed, code string, cache packageCache) []model.MSIPatch {
	keys, _ := h.subkeys(installerData + `\Products\` + packed + `\Patches`)
	var out []model.MSIPatch
	for _, k := range keys[:min(len(keys), patchLimit)] {
		patch, ok := msicode.Unpack(k.Name())
		if !ok {
			continue
		}
		path := installerData + `\Patches\` + k.Name()
		local := h.text(path, "LocalPackage")
		p := model.MSIPatch{Code: patch, Product: code, Name: valuesOf(k)["displayname"], Package: noDrive(local.Value),
			Origin: h.origin(path, "LocalPackage", local.Origin.Offset)}
		p.Cached = cache.has(d, p.Package, p.Origin)
		if !local.Known {
			p.Cached = unseenOr[bool](local.Why)
		}
		out = append(out, p)
	}
	return out
}
