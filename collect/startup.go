package collect

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"strings"

	"updoc/format/regf"
	"updoc/model"
)

const (
	// Bits of a service's Type. Source: winnt.h, SERVICE_WIN32 and SERVICE_USERSERVICE: those of
	// each user come and go with the user.
	typeProgram = 0x30
	typeUser    = 0xc0

	serviceAutomatic = 2
	startupLimit     = 300 // services, and entries; a full PC has some 40 that are not Microsoft's

	startupFolder = "ProgramData/Microsoft/Windows/Start Menu/Programs/StartUp"
	approvedKey   = `Microsoft\Windows\CurrentVersion\Explorer\StartupApproved`
)

// startup fills Machine.Startup. Who made a program is what its version resource says:
// whoever is unknown is kept in the list as unknown.
func startup(d *desk) {
	d.m.Startup = model.Startup{Services: d.autoServices(), Entries: d.startupEntries()}
}

func (d *desk) autoServices() model.List[model.AutoService] {
	h, set := d.system()
	root := set + `\Services`
	keys, why := h.subkeys(root)
	if h.why != nil {
		why = h.why
	}
	var items []model.AutoService
	for _, k := range keys {
		s, err := d.autoService(h, root+`\`+k.Name(), k)
		switch {
		case err != nil:
			why = h.damaged(err)
		case s == nil || microsoft(s.Company):
		case len(items) == startupLimit:
			why = tooMany("services", startupLimit)
		default:
			items = append(items, *s)
		}
	}
	return model.List[model.AutoService]{Items: items, Coverage: model.Coverage{Complete: why == nil, Why: why}}
}

// autoService reads a service key; nil if nothing starts by it.
func (d *desk) autoService(h *hive, path string, k regKey) (*model.AutoService, error) {
	kind, err := number(k, "Type")
	if err != nil || kind&typeProgram == 0 || kind&typeUser != 0 {
		return nil, damage(err)
	}
	start, err := number(k, "Start")
	if err != nil || start != serviceAutomatic {
		return nil, damage(err)
	}
	s := &model.AutoService{Name: lower(k.Name()), Delayed: h.number(path, "DelayedAutostart"), Needs: []string{},
		Protected: h.number(path, "LaunchProtected").Value > 0, Origin: h.origin(path, "Start", k.Offset())}
	for _, name := range h.texts(path, "DependOnService").Value {
		s.Needs = append(s.Needs, lower(name))
	}
	s.File, s.Company = d.programMaker(serviceProgram(h, path))
	return s, nil
}

// serviceProgram is the command line of a service, or the DLL that svchost runs for it.
func serviceProgram(h *hive, path string) string {
	image := h.text(path, "ImagePath").Value
	if !strings.HasSuffix(strings.ToLower(imagePath(image)), "/svchost.exe") {
		return image
	}
	if dll := h.text(path+`\Parameters`, "ServiceDll").Value; dll != "" {
		return dll
	}
	return h.text(path, "ServiceDll").Value
}

// programMaker is the file of a command line and who made it. One that is not in this copy was
// not looked for in vain: no look is noted.
func (d *desk) programMaker(command string) (file string, company model.Fact[string]) {
	at := d.on(imagePath(command))
	if at.path == "" {
		return "", model.NotSeen[string](absent("pe", command))
	}
	info, err := d.programInfo(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return windowsPath(at.path), unseenOr[string](d.whyNot("pe", at, err))
	case err != nil:
		return windowsPath(at.path), unseenOr[string](d.look("pe", at, err))
	}
	return windowsPath(at.path), model.Known(strings.TrimSpace(info.Strings["CompanyName"]), at.origin("pe"))
}

func microsoft(company model.Fact[string]) bool {
	return company.Known && strings.Contains(strings.ToLower(company.Value), "microsoft")
}

// startupPlaces are the Run keys of all users, and the key below StartupApproved that
// switches their entries off. Those of one user start nothing before that user signs in.
var startupPlaces = []struct{ kind, key, approved string }{
	{model.StartupRun, `Microsoft\Windows\CurrentVersion\Run`, "Run"},
	{model.StartupRun32, `WOW6432Node\Microsoft\Windows\CurrentVersion\Run`, "Run32"},
}

func (d *desk) startupEntries() model.List[model.StartupEntry] {
	h := d.software()
	var items []model.StartupEntry
	why := h.why
	note := func(more *model.Unseen) {
		if more != nil {
			why = more
		}
	}
	for _, p := range startupPlaces {
		more, bad := d.runEntries(h, p.kind, p.key, p.approved)
		items = append(items, more...)
		note(bad)
	}
	more, bad := d.folderEntries(h)
	items = append(items, more...)
	note(bad)
	if len(items) > startupLimit {
		items, why = items[:startupLimit], tooMany("startup entries", startupLimit)
	}
	return model.List[model.StartupEntry]{Items: items, Coverage: model.Coverage{Complete: why == nil, Why: why}}
}

func (d *desk) runEntries(h *hive, kind, key, approved string) ([]model.StartupEntry, *model.Unseen) {
	k, ok, why := h.key(key)
	if !ok {
		return nil, why
	}
	values, err := k.Values()
	if err != nil {
		why = h.damaged(err)
	}
	var items []model.StartupEntry
	for _, v := range values[:min(len(values), startupLimit+1)] {
		command, _ := valueText(v)
		e := model.StartupEntry{Name: v.Name(), Kind: kind, Origin: h.origin(key, v.Name(), v.Offset())}
		var bad *model.Unseen
		var off bool
		if e.Approved, off, bad = approvedOf(h, approved, e.Name); bad != nil {
			why = bad
			continue
		}
		e.File, e.Company = d.programMaker(command)
		if command != "" && !off && !microsoft(e.Company) {
			items = append(items, e)
		}
	}
	return items, why
}

// folderEntries are the files of the Startup folder: shortcuts, and what starts a program
// by itself.
func (d *desk) folderEntries(h *hive) ([]model.StartupEntry, *model.Unseen) {
	at := d.on(startupFolder)
	files, err := d.list(at)
	if err != nil {
		if there := d.there("file", startupFolder, "ProgramData"); there.Known && !there.Value {
			return nil, nil
		}
		return nil, d.whyNot("file", at, err)
	}
	var items []model.StartupEntry
	var why *model.Unseen
	for _, f := range files[:min(len(files), startupLimit+1)] {
		if f.IsDir() || strings.EqualFold(f.Name(), "desktop.ini") {
			continue
		}
		file := place{at.volume, path.Join(at.path, f.Name())}
		e := model.StartupEntry{Name: f.Name(), Kind: model.StartupFolder, File: windowsPath(file.path), Origin: file.origin("file"),
			Company: model.NotSeen[string](absent("pe", f.Name()))}
		var off bool
		var bad *model.Unseen
		if e.Approved, off, bad = approvedOf(h, "StartupFolder", e.Name); bad != nil {
			why = bad
		} else if !off {
			items = append(items, e)
		}
	}
	return items, why
}

// approvedOf is the value by which Task Manager switches an entry off, and whether it
// does: the lowest bit is set (2 and 6 are on, 3 is off). Source: values of Windows 10
// (grade L); Microsoft publishes none.
func approvedOf(h *hive, key, name string) (value string, off bool, why *model.Unseen) {
	k, ok, why := h.key(approvedKey + `\` + key)
	if !ok {
		return "", false, why
	}
	v, err := k.Value(name)
	if err != nil {
		if bad := damage(err); bad != nil {
			why = h.damaged(bad)
		}
		return "", false, why
	}
	raw, err := v.Bytes()
	if err == nil && (v.Type() != regf.Binary || len(raw) > 64) {
		return "", false, &model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported, Detail: name, How: model.HowNothing}
	}
	if err != nil {
		return "", false, h.damaged(err)
	}
	return hex.EncodeToString(raw), len(raw) > 0 && raw[0]&1 == 1, nil
}
