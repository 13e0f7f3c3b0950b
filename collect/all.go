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
		{"hosts", hostsFile},
		{"firewall", firewall},
		{"proxy", proxy},
		{"mounts", mounts},
		{"packages", packages},
		{"boot", boot},
		{"winre", winre},
		{"cbs", cbsLog},
		{"agent-databases", agentDatabases},
		{"store-state", storeState},
		{"inbox", inbox},
		{"end-of-life", endOfLife},
		{"folders", folders},
		{"spares", spareList},
		{"attempts", attempts},
		{"pending", pending},
		{"service-log", serviceLog},
		{"transfers", transfers},
		{"update-log", updateLog},
		{"disk-log", diskLog},
		{"installer", installer},
		{"dotnet", dotNet},
		{"office", office},
		{"permissions", permissions},
		{"driver-log", driverLog},
		{"setup-log", setupLogs},
		{"hardware", hardware},
		{"programs", programs},
		{"filters", filters},
		{"startup", startup},
		{"defender", defender},
		{"live", live},
	}
}
