package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"updoc/format/hosts"
	"updoc/model"
)

const (
	hostsPath      = "Windows/System32/drivers/etc/hosts"
	hostsBytes     = 8 << 20 // lists that block advertisements have a few MB
	otherHostLimit = 200     // names that are none of update's servers; those all count
	hostLimit      = 2000
)

// hostsFile fills Machine.Agent.Hosts. A Windows without the file has no names of its
// own.
func hostsFile(d *desk) {
	list, at := &d.m.Agent.Hosts, d.on(hostsPath)
	b, err := d.read(at, hostsBytes)
	if errors.Is(err, fs.ErrNotExist) && d.whole(at.volume) {
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
		address, names, ok := hosts.Line(text)
		if !ok {
			strange++
			continue
		}
		for _, name := range names {
			h := model.HostLine{Host: hosts.Host(name), Address: address, Origin: textOrigin("hosts", at, line, 0)}
			if h.Update = hosts.UpdateServer(h.Host); !h.Update {
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
