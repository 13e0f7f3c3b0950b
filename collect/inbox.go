package collect

import (
	"errors"
	"io/fs"
	"strings"

	"updoc/model"
)

const (
	windowsApps     = "Program Files/WindowsApps"
	allUserStore    = `Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore`
	defenderFolders = "ProgramData/Microsoft/Windows Defender/Platform"
	endOfLifeLimit  = 500
)

// inboxParts are parts of Windows that "cleaning" tools take out, and where each lies.
// One of the places is enough. A name ending in * is a prefix.
var inboxParts = []struct {
	name   string
	places []string
}{
	{"edge", []string{"Program Files (x86)/Microsoft/Edge/Application/msedge.exe", "Program Files/Microsoft/Edge/Application/msedge.exe"}},
	{"edge-legacy", []string{"Windows/SystemApps/Microsoft.MicrosoftEdge_8wekyb3d8bbwe"}},
	{"webview2", []string{"Program Files (x86)/Microsoft/EdgeWebView/Application", "Program Files/Microsoft/EdgeWebView/Application"}},
	{"store", []string{windowsApps + "/Microsoft.WindowsStore_*"}},
	{"app-installer", []string{windowsApps + "/Microsoft.DesktopAppInstaller_*"}},
	{"security-health", []string{"Windows/System32/SecurityHealthService.exe", "Windows/System32/SecurityHealth"}},
	{"defender", []string{"Program Files/Windows Defender/MsMpEng.exe", defenderFolders + "/*/MsMpEng.exe"}},
}

// inbox fills Machine.Inbox. Whether a part ought to be there depends on the edition
// and build and is not judged here.
func inbox(d *desk) {
	var all []model.InboxPart
	var unseen *model.Unseen
	for _, p := range inboxParts {
		part := model.InboxPart{Name: p.name, Present: d.anyPlace(p.places)}
		part.Origin = part.Present.Origin
		if !part.Present.Known && unseen == nil {
			why := part.Present.Reason()
			unseen = &why
		}
		all = append(all, part)
	}
	d.m.Inbox = model.Complete(all)
	if unseen != nil {
		d.m.Inbox = model.Partial(all, *unseen)
	}
}

// anyPlace is true if one place is there, false only if all are seen not to be.
func (d *desk) anyPlace(paths []string) model.Fact[bool] {
	var all []model.Fact[bool]
	for _, p := range paths {
		all = append(all, d.found(p))
	}
	return anyTrue(all...)
}

// found tells whether a file or folder exists. One element of path may hold a *.
func (d *desk) found(path string) model.Fact[bool] {
	before, after, wild := strings.Cut(path, "*")
	if !wild {
		return d.exists(d.on(path))
	}
	i := strings.LastIndexByte(before, '/')
	folder, prefix := d.on(before[:i]), strings.ToLower(before[i+1:])
	entries, err := d.list(folder)
	for _, e := range entries {
		if !strings.HasPrefix(strings.ToLower(e.Name()), prefix) {
			continue
		}
		found := d.on(folder.path + "/" + e.Name() + after)
		if _, err := d.stat(found); err == nil {
			return model.Known(true, found.origin("file"))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return d.notThere(folder)
	}
	if err != nil {
		return unseenOr[bool](d.look("file", folder, err))
	}
	return model.Known(false, folder.origin("file"))
}

func (d *desk) exists(at place) model.Fact[bool] {
	_, err := d.stat(at)
	switch {
	case err == nil:
		return model.Known(true, at.origin("file"))
	case errors.Is(err, fs.ErrNotExist):
		return d.notThere(at)
	}
	return unseenOr[bool](d.look("file", at, err))
}

// endOfLife fills Machine.EndOfLife from SOFTWARE\…\AppxAllUserStore\EndOfLife\<SID>.
func endOfLife(d *desk) {
	h, path := d.software(), allUserStore+`\EndOfLife`
	users, why := h.subkeys(path)
	var all []model.AppxEntry
	for _, u := range users {
		keys, bad := h.subkeys(path + `\` + u.Name())
		why = firstWhy(why, bad)
		for _, k := range keys {
			all = append(all, model.AppxEntry{User: u.Name(), Name: k.Name(),
				Origin: h.origin(path+`\`+u.Name()+`\`+k.Name(), "", k.Offset())})
		}
	}
	all, cut := within(all, endOfLifeLimit)
	if cut {
		why = firstWhy(why, &model.Unseen{Artifact: "hive", Reason: model.ReasonOutOfRange, How: model.HowNothing})
	}
	d.m.EndOfLife = model.Complete(all)
	if why != nil {
		d.m.EndOfLife = model.Partial(all, *why)
	}
}
