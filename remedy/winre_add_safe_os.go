package remedy

import (
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

const (
	safeOSUpdate = "safe-os-update" // local path that the person names
	safeOSFolder = "ProgramData/updoc/safe-os"
)

// winreAddSafeOSUpdate puts a Safe OS Dynamic Update into the image that recovery runs
// from. Only Windows itself can do that: on a disk the file is put where it finds it.
func winreAddSafeOSUpdate(m *model.Machine, p model.Args) ([]host.Op, error) {
	local := textParam(p, safeOSUpdate)
	if local == "" {
		local = textParam(p, "package") // left by a repair of the disk
	}
	if local == "" {
		return nil, refused("refused-needs-file", model.Args{"file": safeOSUpdate})
	}
	name := baseName(local)
	if !strings.HasSuffix(strings.ToLower(name), ".cab") {
		return nil, refused("refused-not-a-cab", model.Args{"path": local})
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	if err := g.touch(g.windows); err != nil {
		return nil, err
	}
	if running(m) {
		return g.serviceImage(local)
	}
	to := host.Place{Volume: g.windows.ID, Path: safeOSFolder + "/" + name}
	return []host.Op{{Kind: host.PutFile, Local: local, To: to}}, nil
}

// serviceImage adds a package to the image in use. Source: Microsoft, "Add an update
// package to Windows RE".
func (g *ground) serviceImage(local string) ([]host.Op, error) {
	on, err := seen(g.m.WinRE.Enabled, "winre.enabled")
	if err != nil {
		return nil, err
	}
	if !on {
		return nil, refused("refused-winre-off", nil)
	}
	used, err := seen(g.m.WinRE.Image.Exists, "winre.image.exists")
	if err != nil {
		return nil, err
	}
	if !used {
		return nil, refused("refused-no-image", nil)
	}
	img, err := g.source(g.m.WinRE.Image)
	if err != nil {
		return nil, err
	}
	if on := g.find(img.at.Volume); on != nil && on != g.windows {
		if err := g.touch(on); err != nil {
			return nil, err
		}
	}
	return []host.Op{{Kind: host.ServiceImage, Local: local, Image: 1, To: img.at, Seconds: longest}}, nil
}

// Rest is what a step that was done leaves to the running Windows: of an update of the
// recovery environment all but its file, named as Windows knows it.
func Rest(s model.Step) []model.FollowUpStep {
	local := textParam(s.Params, safeOSUpdate)
	if s.Remedy != "winre-add-safe-os-update" || local == "" {
		return nil
	}
	at := `\` + strings.ReplaceAll(safeOSFolder+"/"+baseName(local), "/", `\`)
	return []model.FollowUpStep{{ID: s.ID, Remedy: s.Remedy, Params: model.Args{"package": at}, For: s.For, TextID: "remedy." + s.Remedy + ".why"}}
}

// baseName is the name of a local file, on whichever system it lies.
func baseName(local string) string { return local[strings.LastIndexAny(local, `/\`)+1:] }
