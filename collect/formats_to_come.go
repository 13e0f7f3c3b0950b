package collect

func (d *desk) agentLogs()           {}
func (d *desk) activeFromLog(uint64) {}
