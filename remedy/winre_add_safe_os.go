package remedy

import (
	"encoding/json"
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
	name := local[strings.LastIndexAny(local, `/\`)+1:]
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
	plan, err := json.Marshal(followUp(to.Path))
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.PutFile, Local: local, To: to}, {Kind: host.LeaveFollowUp, Data: plan}}, nil
}

// followUp is what the running Windows is to do: the same remedy, with the file as it
// knows it.
func followUp(path string) model.Plan {
	return model.Plan{Schema: model.PlanSchema, Steps: []model.Step{{
		ID: "s1", For: []string{}, Remedy: "winre-add-safe-os-update", Risk: model.RiskCostly, Where: []string{model.WhereLive},
		Params: model.Args{"package": `\` + strings.ReplaceAll(path, "/", `\`)}, Gates: []model.Gate{}, UndoKind: "exact",
	}}}
}
