package remedy

import (
	"encoding/json"

	"updoc/model"
	"updoc/remedy/host"
)

// followUpPath is where the running Windows looks for what is left to do.
const followUpPath = "ProgramData/updoc/follow-up.json"

// FollowUp leaves f on the volume of Windows; nothing, if there are no steps. The schema
// is filled in. The error is a refusal, or that of parameters that have no JSON form.
func FollowUp(m *model.Machine, f model.FollowUp) ([]host.Op, error) {
	if len(f.Steps) == 0 {
		return nil, nil
	}
	to, err := onWindows(m, followUpPath)
	if err != nil {
		return nil, err
	}
	f.Schema = model.FollowUpSchema
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.LeaveFollowUp, To: to, Data: append(b, '\n')}}, nil
}
