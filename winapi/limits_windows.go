package winapi

import "time"

// Limits of calls that other processes, servers or devices answer.
const (
	wmiLimit     = 30 * time.Second
	shadowLimit  = 3 * time.Minute
	historyLimit = time.Minute
	searchLimit  = 20 * time.Minute
	eventLimit   = 2 * time.Minute
	deviceLimit  = 2 * time.Minute // of all devices together
	oneLimit     = 20 * time.Second
	clockLimit   = 15 * time.Second
)
