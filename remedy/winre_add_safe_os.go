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

// winreAddSafeOSUpdate puts a Safe OS Dynamic Update where the running Windows finds
// it: only Windows itself can put it into the image.
func winreAddSafeOSUpdate(m *model.Machine, p model.Args) ([]host.Op, error) {
	local := textParam(p, safeOSUpdate)
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
	to := host.Place{Volume: g.windows.ID, Path: safeOSFolder + "/" + name}
	return []host.Op{{Kind: host.PutFile, Local: local, To: to}}, nil
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
