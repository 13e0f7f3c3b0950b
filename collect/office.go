package collect

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"updoc/model"
)

// clickToRun are the places of the configuration of Click-to-Run, the second of a
// 32-bit registry. Source: field guide, artifacts §7 (OfficeDocs-DeployOffice).
var clickToRun = []string{`Microsoft\Office\ClickToRun\Configuration`, `WOW6432Node\Microsoft\Office\ClickToRun\Configuration`}

// officeSuffix ends the product codes of everything Office installs by Windows
// Installer.
const officeSuffix = "0000000FF1CE}"

// officeHelpers are product ids (the second group of the code) that do not make an
// MSI-based Office: helpers that Click-to-Run registers (008C, 008F, 007E, 00DD), and
// the Access database engine (00D1). Source: Microsoft, product codes of Office.
var officeHelpers = map[string]bool{"007E": true, "008C": true, "008F": true, "00DD": true, "00D1": true}

// officePrograms are the programs of Office, one of which every product has, where
// Click-to-Run puts them. Source: Microsoft's documents name the folder (…\root\Office16);
// that every product has one of these is not documented (grade C).
const officePrograms = "root/Office16"

var officeProgram = map[string]bool{"winword.exe": true, "excel.exe": true, "powerpnt.exe": true, "outlook.exe": true, "onenote.exe": true,
	"msaccess.exe": true, "mspub.exe": true, "visio.exe": true, "winproj.exe": true, "lync.exe": true}

// office fills Machine.Office. The products of Windows Installer must be read before.
func office(d *desk) {
	h := d.software()
	o := &d.m.Office
	var folder model.Fact[string]
	for _, key := range clickToRun {
		version := h.text(key, "VersionToReport")
		if o.Version.Known && o.Version.Value != "" {
			break
		}
		o.Version = version
		o.Channel = firstFilled(h.text(key, "UpdateChannel"), h.text(key, "CDNBaseUrl"))
		o.Platform, o.Culture = h.text(key, "Platform"), h.text(key, "ClientCulture")
		folder = h.text(key, "InstallationPath")
	}
	o.ClickToRun = derive(o.Version, func(v string) bool { return v != "" })
	o.Programs = o.ClickToRun
	if o.ClickToRun.Known && o.ClickToRun.Value {
		o.Programs = d.officePrograms(folder)
	}
	o.MSI = d.officeMSI()
}

// officePrograms tells whether any program of Office is in the folder of Click-to-Run.
func (d *desk) officePrograms(folder model.Fact[string]) model.Fact[bool] {
	rest, onC := cutFold(folder.Value, `c:\`)
	if !folder.Known || !onC || clean(rest) == "" {
		return model.NotSeen[bool](model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported, Detail: "InstallationPath " + folder.Value, How: model.HowNothing})
	}
	at := d.on(clean(rest) + "/" + officePrograms)
	entries, err := d.list(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.notThere(at)
	case err != nil:
		return unseenOr[bool](d.look("file", at, err))
	}
	return model.Known(slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return officeProgram[strings.ToLower(e.Name())] }), at.origin("file"))
}

// cutFold takes a beginning off, in any case.
func cutFold(s, begin string) (string, bool) {
	if len(s) < len(begin) || !strings.EqualFold(s[:len(begin)], begin) {
		return s, false
	}
	return s[len(begin):], true
}

// firstFilled returns the first text that is not empty, else the first.
func firstFilled(facts ...model.Fact[string]) model.Fact[string] {
	for _, f := range facts {
		if f.Known && f.Value != "" {
			return f
		}
	}
	return facts[0]
}

func (d *desk) officeMSI() model.Fact[bool] {
	products := d.m.Installer.Products
	for _, p := range products.Items {
		if isOfficeMSI(p.Code, p.Name) {
			return model.Known(true, p.Origin)
		}
	}
	if !products.Coverage.Complete {
		why := products.Coverage.Reason()
		return model.NotSeen[bool](why)
	}
	return model.Known(false, d.software().origin(installerData+`\Products`, "", 0))
}

func isOfficeMSI(code, name string) bool {
	return strings.HasSuffix(code, officeSuffix) && len(code) == 38 && !officeHelpers[code[10:14]] &&
		!strings.Contains(name, "Click-to-Run")
}
