// Package hosts reads the hosts file of Windows and takes the servers of updates out of it.
//
// It exists because a line that sends one of these servers elsewhere makes every search for updates fail, and because whoever
// finds such lines and whoever removes them must mean the same ones. It imports the standard library only. It must never touch
// a disk, nor change a byte that does not belong to the name of such a server.
package hosts

import (
	"net/netip"
	"strings"
)

// servers are the ends of the names that updates are searched and fetched from.
// Names of old sites that nothing asks any more are left out. Source: field guide,
// remedies R17.
var servers = []string{
	"windowsupdate.com", "update.microsoft.com", "delivery.mp.microsoft.com", "dsp.mp.microsoft.com", "emdl.ws.microsoft.com",
}

// statistics begins the names of servers that only count: lists against telemetry block
// them, and updates go in all the same.
const statistics = "stats"

// UpdateServer tells whether updates need a host, named as in the file.
func UpdateServer(name string) bool {
	host := Host(name)
	if strings.HasPrefix(host, statistics) {
		return false
	}
	for _, s := range servers {
		if host == s || strings.HasSuffix(host, "."+s) {
			return true
		}
	}
	return false
}

// Host is a name of the file in the form to compare it by: lower case, without a dot at its end.
func Host(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Line splits a line into its address and the names behind it; comments do not count. It is not ok if the line begins with
// something else than an address: Windows ignores it. A line without content is ok, with an address of "".
func Line(text string) (address string, names []string, ok bool) {
	text, _, _ = strings.Cut(text, "#")
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return "", nil, true
	}
	if _, err := netip.ParseAddr(fields[0]); err != nil {
		return "", nil, false
	}
	return fields[0], fields[1:], true
}
