package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"updoc/model"
)

const (
	hostsPath      = "Windows/System32/drivers/etc/hosts"
	hostsBytes     = 8 << 20 // lists that block advertisements have a few MB
	otherHostLimit = 200     // names that are none of update's servers; those all count
	hostLimit      = 2000
)

// updateServers are the ends of the names that updates are searched and fetched from.
// Names of old sites that nothing asks any more are left out. Source: field guide,
// remedies R17.
var updateServers = []string{
	"windowsupdate.com", "update.microsoft.com", "delivery.mp.microsoft.com", "dsp.mp.microsoft.com", "emdl.ws.microsoft.com",
}

// statistics begins the names of servers that only count: lists against telemetry block
// them, and updates go in all the same.
const statistics = "stats"

// updateServer tells whether updates need a host.
func updateServer(host string) bool {
	if strings.HasPrefix(host, statistics) {
		return false
	}
	for _, s := range updateServers {
		if host == s || strings.HasSuffix(host, "."+s) {
			return true
		}
	}
	return false
}

// hostsFile fills Machine.Agent.Hosts. A Windows without the file has no names of its
// own.
func hostsFile(d *desk) {
	list, at := &d.m.Agent.Hosts, d.on(hostsPath)
	b, err := d.read(at, hostsBytes)
	if errors.Is(err, fs.ErrNotExist) && d.partition(at.volume) != nil {
		d.look("hosts", at, err)
		*list = model.Complete([]model.HostLine{})
		return
	}
	if err != nil {
		*list = model.Partial[model.HostLine](nil, *d.look("hosts", at, err))
		return
	}
	items, strange, whole := hostLines(b, at)
	note := ""
	if strange > 0 {
		note = fmt.Sprintf("%d lines give no address", strange)
	}
	d.lookNote("hosts", at, nil, note)
	*list = model.List[model.HostLine]{Items: items, Coverage: model.Coverage{Complete: whole && len(b) < hostsBytes}}
	if !list.Coverage.Complete {
		list.Coverage.Why = &model.Unseen{Artifact: "hosts", Reason: model.ReasonUnsupported, Detail: "the file is too long", How: model.HowNothing}
	}
}

// hostLines takes the names of update's servers, and the first of the others; it counts
// the lines that do not begin with an address, and tells whether all of update's
// servers are there.
func hostLines(b []byte, at place) (items []model.HostLine, strange int, whole bool) {
	others, line := 0, int64(0)
	for text := range strings.Lines(plainText(b)) {
		line++
		text, _, _ = strings.Cut(text, "#")
		fields := strings.Fields(text)
		if len(fields) > 0 && !isAddress(fields[0]) {
			strange++
			continue
		}
		for _, name := range fields[min(1, len(fields)):] {
			h := model.HostLine{Host: strings.ToLower(strings.TrimSuffix(name, ".")), Address: fields[0], Origin: textOrigin("hosts", at, line, 0)}
			if h.Update = updateServer(h.Host); !h.Update {
				if others++; others > otherHostLimit {
					continue
				}
			}
			if len(items) >= hostLimit {
				return items, strange, false
			}
			items = append(items, h)
		}
	}
	return items, strange, true
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
