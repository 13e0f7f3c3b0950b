package collect

import "updoc/model"

func (d *desk) agentLogs()           {}
func (d *desk) activeFromLog(uint64) {}
func (d *desk) reporting() ([]happening, model.Coverage) {
	return nil, model.Coverage{Why: &model.Unseen{Reason: model.ReasonAbsent}}
}
