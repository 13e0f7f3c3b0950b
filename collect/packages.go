package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"updoc/model"
)

const (
	cbsKey       = `Microsoft\Windows\CurrentVersion\Component Based Servicing`
	packageLimit = 5000
)

// packageStates names CurrentState. Source: Microsoft's "CBS Servicing States Chart"
// (field guide, artifacts, confirmed §1). Negative numbers mean broken.
var packageStates = map[int32]string{
	0x00: "absent", 0x05: "uninstall-pending", 0x10: "resolving", 0x20: "resolved",
	0x30: "staging", 0x40: "staged", 0x50: "superseded", 0x60: "install-pending",
	0x65: "partially-installed", 0x70: "installed", 0x80: "permanent",
	-128: "broken", -112: "broken", -64: "broken", -32: "broken", -19: "broken",
}

// packages fills Machine.Packages from SOFTWARE\…\Component Based Servicing\Packages:
// every package whose name begins with Package_for_, and every other one that is
// neither installed, superseded nor permanent.
func packages(d *desk) {
	h := d.software()
	keys, why := h.subkeys(cbsKey + `\Packages`)
	var items []model.Package
	for _, k := range keys {
		p, err := readPackage(h, k)
		switch {
		case err == nil && worthKeeping(p):
			items = append(items, p)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			why = h.damaged(err)
		}
	}
	sortByTime(items, func(p model.Package) time.Time { return p.Installed })
	items, cut := within(items, packageLimit)
	if cut {
		why = &model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported,
			Detail: fmt.Sprintf("more than %d packages", packageLimit), How: model.HowNothing}
	}
	d.m.Packages = model.List[model.Package]{Items: items, Coverage: model.Coverage{Complete: why == nil, Why: why}}
}

func worthKeeping(p model.Package) bool {
	if strings.HasPrefix(strings.ToLower(p.Name), "package_for_") {
		return true
	}
	return !slices.Contains([]string{"installed", "superseded", "permanent", "staged"}, p.State)
}

func readPackage(h *hive, k regKey) (model.Package, error) {
	path := cbsKey + `\Packages\` + k.Name()
	p := model.Package{Name: k.Name(), KB: kbIn(k.Name()),
		Version: packageVersion(k.Name()), Origin: h.origin(path, "CurrentState", k.Offset())}
	state, err := number(k, "CurrentState")
	if err != nil {
		return p, err
	}
	p.State = stateName(int32(state))
	high, err1 := number(k, "InstallTimeHigh")
	low, err2 := number(k, "InstallTimeLow")
	if err1 == nil && err2 == nil && high != 0 {
		p.Installed = fromFiletime(high<<32 | low&0xffffffff)
	}
	if v, err := k.Value("InstallClient"); err == nil {
		p.Client, _ = v.String()
	}
	return p, nil
}

func number(k regKey, name string) (uint64, error) {
	v, err := k.Value(name)
	if err != nil {
		return 0, err
	}
	return v.Uint()
}

func stateName(state int32) string {
	if name, ok := packageStates[state]; ok {
		return name
	}
	return fmt.Sprintf("0x%x", uint32(state))
}

// packageVersion is the last part of NAME~token~architecture~language~version.
func packageVersion(name string) string {
	parts := strings.Split(name, "~")
	if len(parts) != 5 {
		return ""
	}
	return parts[4]
}

// fromFiletime turns 100 ns steps since 1601 UTC into a time; 0 gives the zero time.
func fromFiletime(ft uint64) time.Time {
	const toUnix = 116444736000000000
	if ft < toUnix || ft > toUnix*4 {
		return time.Time{}
	}
	ns := ft - toUnix
	return time.Unix(int64(ns/1e7), int64(ns%1e7)*100).UTC()
}
