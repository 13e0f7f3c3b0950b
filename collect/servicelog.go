package collect

import (
	"slices"
	"strconv"
	"strings"

	"updoc/model"
)

const (
	serviceControl   = "Service Control Manager"
	serviceNoteLimit = 500
)

// serviceNote says how an event of the Service Control Manager is read. Source: field
// guide, artifacts §2, and samples plaso__System and omer__2-vss_7-System.
type serviceNote struct {
	kind string
	name int // field with the shown name
	code int // field with the error as "%%1058"; -1: none
}

var serviceNotes = map[uint32]serviceNote{
	7000: {"start-failed", 0, 1},
	7001: {"dependency-failed", 0, 2},
	7009: {"start-timeout", 1, -1},
	7023: {"ended-with-error", 0, 1},
	7024: {"ended-with-error", 0, 1},
	7031: {"crashed", 0, -1},
	7034: {"crashed", 0, -1},
	7040: {"start-changed", 0, -1},
}

// servicesChangeThemselves are services whose start type Windows changes all the time.
// Source: field guide, correction K3.
var servicesChangeThemselves = []string{"bits", "trustedinstaller"}

// serviceLog fills Machine.Agent.Services from the System log: services of interest
// that did not start, ended, or were set to start otherwise. The key of the service
// stands in the binary data of most events; the names shown are in the PC's language.
func serviceLog(d *desk) {
	log := d.log(systemLog)
	var items []model.Note
	for i := range log.events {
		e := &log.events[i]
		note, ok := serviceNotes[e.id]
		if !ok || !strings.EqualFold(e.provider, serviceControl) {
			continue
		}
		key := serviceOf(e)
		if key == "" || e.id == 7040 && slices.Contains(servicesChangeThemselves, key) {
			continue
		}
		items = append(items, note.of(e, key))
	}
	kept, cut := within(items, serviceNoteLimit)
	listOf(d, log, kept, &d.m.Agent.Services)
	if cut {
		d.m.Agent.Services.Coverage.From = kept[0].Time
	}
}

func (s serviceNote) of(e *event, key string) model.Note {
	n := model.Note{Kind: s.kind, Subject: key, Text: e.at(s.name), Time: e.time, Origin: e.origin}
	if s.code >= 0 {
		n.Code = percentCode(e.at(s.code))
	}
	if e.id == 7040 {
		n.Text, n.Have, n.Need = e.at(0), e.at(1), e.at(2)
	}
	return n
}

// serviceOf returns the key of the service that an event is about, if it is one of
// serviceNames; else "".
func serviceOf(e *event) string {
	name, _, _ := strings.Cut(wideText(e.binary), "/")
	if e.id == 7040 {
		name = e.at(3)
	}
	if name == "" { // some events lack the data; a service without a shown name shows its key
		name = e.at(serviceNotes[e.id].name)
	}
	name = strings.ToLower(name)
	if !slices.Contains(serviceNames, name) {
		return ""
	}
	return name
}

// percentCode turns "%%1058" into the code that Windows Update shows for it.
func percentCode(s string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(s), "%%"), 10, 32)
	switch {
	case err != nil || n == 0:
		return ""
	case n < 0x10000:
		n |= 0x80070000
	}
	return hexText(uint32(n))
}
