package collect

import (
	"cmp"
	"errors"
	"io/fs"
	"sort"
	"strings"

	"updoc/model"
	"updoc/source"
)

const (
	frameworkKey = `Microsoft\NET Framework Setup\NDP\v4\Full`
	runtimeKey   = `dotnet\Setup\InstalledVersions`
	runtimeLimit = 500 // versions that are kept; even PCs of developers have some tens
)

// frameworks are the versions of .NET Framework by the lowest value of Release, newest
// first. Source: Microsoft, "How to determine which .NET Framework versions are
// installed" (field guide, artifacts confirmed §4).
var frameworks = []struct {
	release int64
	version string
}{
	{533320, "4.8.1"}, {528040, "4.8"}, {461808, "4.7.2"}, {461308, "4.7.1"}, {460798, "4.7"}, {394802, "4.6.2"},
	{394254, "4.6.1"}, {393295, "4.6"}, {379893, "4.5.2"}, {378675, "4.5.1"}, {378389, "4.5"},
}

// dotNet fills Machine.DotNet: .NET Framework 4.x from the registry and its folder, and
// the runtimes and SDKs that lie side by side.
func dotNet(d *desk) {
	h := d.software()
	net := &d.m.DotNet
	net.Release = h.number(frameworkKey, "Release")
	net.Version = derive(net.Release, frameworkVersion)
	net.Files = d.frameworkFiles()
	found := runtimes{}
	why := d.registeredRuntimes(h, found)
	why = firstWhy(why, d.runtimeFolders(found))
	items := found.sorted()
	if len(items) > runtimeLimit {
		items, why = items[:runtimeLimit], &model.Unseen{Artifact: "dotnet", Reason: model.ReasonUnsupported, Detail: "more versions than are kept", How: model.HowNothing}
	}
	if why != nil {
		net.Runtimes = model.Partial(items, *why)
		return
	}
	net.Runtimes = model.Complete(items)
}

func frameworkVersion(release int64) string {
	for _, f := range frameworks {
		if release >= f.release {
			return f.version
		}
	}
	return ""
}

// frameworkFiles looks for the runtime of .NET Framework 4.x, which every Windows since
// 8 has. In a copied folder only its presence proves anything.
func (d *desk) frameworkFiles() model.Fact[bool] {
	var seen model.Fact[bool]
	for _, folder := range []string{"Framework64", "Framework"} {
		at := d.on("Windows/Microsoft.NET/" + folder + "/v4.0.30319/clr.dll")
		seen = d.fileIs(at, at.origin("file"))
		if seen.Known && seen.Value {
			return seen
		}
	}
	return seen
}

// runtimeID names one version of a runtime or SDK.
type runtimeID struct{ name, version, arch string }

type runtimes map[runtimeID]*model.Runtime

func (r runtimes) get(id runtimeID) *model.Runtime {
	if r[id] == nil {
		r[id] = &model.Runtime{Name: id.name, Version: id.version, Arch: id.arch, Preview: isPreview(id.version)}
	}
	return r[id]
}

// isPreview tells versions such as 9.0.0-preview.1 and 8.0.100-rc.2 from final ones.
func isPreview(version string) bool { return strings.Contains(version, "-") }

// registeredRuntimes reads InstalledVersions of the 64-bit and of the 32-bit registry,
// in which installers write it. Each value of sharedfx\<name> and sdk names a version.
func (d *desk) registeredRuntimes(h *hive, found runtimes) *model.Unseen {
	var why *model.Unseen
	for _, root := range []string{runtimeKey, `WOW6432Node\` + runtimeKey} {
		archs, bad := h.subkeys(root)
		why = firstWhy(why, bad)
		for _, a := range archs[:min(len(archs), 8)] {
			base := root + `\` + a.Name()
			frameworks, bad := h.subkeys(base + `\sharedfx`)
			why = firstWhy(why, bad)
			for _, f := range frameworks[:min(len(frameworks), 32)] {
				why = firstWhy(why, h.versionsBelow(base+`\sharedfx\`+f.Name(), f.Name(), a.Name(), found))
			}
			why = firstWhy(why, h.versionsBelow(base+`\sdk`, "sdk", a.Name(), found))
		}
	}
	return why
}

func (h *hive) versionsBelow(path, name, arch string, found runtimes) *model.Unseen {
	k, ok, why := h.key(path)
	if !ok {
		return why
	}
	values, err := k.Values()
	if err != nil {
		why = h.damaged(err)
	}
	for _, v := range values[:min(len(values), runtimeLimit)] {
		if v.Name() == "" || v.Name()[0] < '0' || v.Name()[0] > '9' {
			continue
		}
		r := found.get(runtimeID{name, v.Name(), strings.ToLower(arch)})
		r.Origin = h.origin(path, v.Name(), v.Offset())
		r.Registered = model.Known(true, r.Origin)
	}
	return why
}

// dotNetRoot is a folder with runtimes of one architecture.
type dotNetRoot struct{ path, arch string }

func (d *desk) dotNetRoots() []dotNetRoot {
	native := map[string]string{"amd64": "x64", "arm64": "arm64", "x86": "x86"}[d.m.OS.Architecture.Value]
	if native == "" {
		native = "x64"
	}
	return []dotNetRoot{{"Program Files/dotnet", native}, {"Program Files/dotnet/x64", "x64"}, {"Program Files (x86)/dotnet", "x86"}}
}

// runtimeFolders finds the folders of runtimes and SDKs, and tells of every version
// whether its folder holds files and whether it is registered.
func (d *desk) runtimeFolders(found runtimes) *model.Unseen {
	seen := map[string]bool{} // architectures whose folder could be looked into
	for _, root := range d.dotNetRoots() {
		shared, ok := d.folder(d.on(root.path + "/shared"))
		for _, name := range shared {
			d.versionFolders(root.path+"/shared/"+name, name, root.arch, found)
		}
		d.versionFolders(root.path+"/sdk", "sdk", root.arch, found)
		seen[root.arch] = seen[root.arch] || ok
	}
	registry := d.software()
	for id, r := range found {
		if !r.Files.Known && seen[id.arch] && d.whole(d.windows) {
			r.Files = model.Known(false, r.Origin)
		}
		if !r.Registered.Known && registry.why == nil && registry.old == nil {
			r.Registered = model.Known(false, r.Origin)
		}
	}
	if !seen[d.dotNetRoots()[0].arch] {
		return &model.Unseen{Artifact: "dotnet", Reason: model.ReasonAbsent, Detail: "no folder dotnet", How: d.howCopied(model.HowAdmin)}
	}
	return nil
}

// folder returns the names of the folders in a folder. That it is not there is sure on
// a disk only.
func (d *desk) folder(at place) (names []string, ok bool) {
	entries, err := d.list(at)
	if err != nil && !(errors.Is(err, fs.ErrNotExist) && d.whole(at.volume)) {
		return nil, false
	}
	for _, e := range entries[:min(len(entries), runtimeLimit)] {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, true
}

func (d *desk) versionFolders(path, name, arch string, found runtimes) {
	versions, _ := d.folder(d.on(path))
	for _, v := range versions {
		if v[0] < '0' || v[0] > '9' {
			continue
		}
		at := d.on(path + "/" + v)
		r := found.get(runtimeID{name, v, arch})
		entries, err := d.list(at)
		switch {
		case len(entries) > 0:
			r.Files = model.Known(true, at.origin("file"))
		case err == nil:
			r.Files = model.Known(false, at.origin("file"))
		default:
			r.Files = model.NotSeen[bool](source.Why("file", err))
		}
		if r.Origin.Artifact == "" {
			r.Origin = at.origin("file")
		}
	}
}

// sorted returns the versions by name, architecture and version.
func (r runtimes) sorted() []model.Runtime {
	out := make([]model.Runtime, 0, len(r))
	for _, v := range r {
		out = append(out, *v)
	}
	sortRuntimes(out)
	return out
}

func sortRuntimes(all []model.Runtime) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		later := 0
		switch {
		case laterVersion(a.Version, b.Version):
			later = 1
		case laterVersion(b.Version, a.Version):
			later = -1
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Arch, b.Arch), later, cmp.Compare(a.Version, b.Version)) < 0
	})
}
