package collect

// collector is one step of a collection. It fills its own part of desk.m and leaves
// everything that it cannot see unseen.
type collector struct {
	name string
	run  func(*desk)
}

// collectors returns every collector in the order they run. Those further down may
// use what those above them found: the layout of the disks, the time zone, the logs.
func collectors() []collector {
	return []collector{
		{"disks", disks},
		{"os-identity", osIdentity},
		{"clock", clock},
		{"services", services},
		{"policies", policies},
		{"packages", packages},
		{"boot", boot},
		{"winre", winre},
		{"cbs", cbsLog},
		{"attempts", attempts},
		{"pending", pending},
		{"disk-log", diskLog},
		{"programs", programs},
		{"filters", filters},
		{"defender", defender},
	}
}
