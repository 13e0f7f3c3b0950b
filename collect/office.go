package collect

import (
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

// office fills Machine.Office. The products of Windows Installer must be read before.
func office(d *desk) {
	h := d.software()
	o := &d.m.Office
	for _, key := range clickToRun {
		version := h.text(key, "VersionToReport")
		if o.Version.Known && o.Version.Value != "" {
			break
		}
		o.Version = version
		o.Channel = firstFilled(h.text(key, "UpdateChannel"), h.text(key, "CDNBaseUrl"))
	}
	o.ClickToRun = derive(o.Version, func(v string) bool { return v != "" })
	o.MSI = d.officeMSI()
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
