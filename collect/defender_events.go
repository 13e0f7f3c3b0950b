package collect

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"updoc/model"
)

const (
	defenderLog      = "Microsoft-Windows-Windows Defender%4Operational"
	defenderProvider = "Microsoft-Windows-Windows Defender"
	// The log of 1 MB holds some two thousand events; that all is well is said hourly.
	defenderEventLimit = 1000
	healthyLimit       = 24
)

// defenderShape says what an event is and where its fields stand, counted from 0. The
// names of fields differ between versions, their order does not; 0 means none, as the
// first field is the name of the product.
type defenderShape struct {
	kind                                         string
	platform, engine, intelligence, code, detail int
}

var defenderShapes = map[uint32]defenderShape{
	1121: {kind: "rule-blocked", platform: 1},
	1122: {kind: "rule-audited", platform: 1},
	1150: {kind: "healthy", platform: 1, engine: 3, intelligence: 4},
	1151: {kind: "healthy", platform: 1, engine: 3, intelligence: 5},
	2000: {kind: "intelligence-updated", platform: 1, intelligence: 2, engine: 14},
	2001: {kind: "intelligence-update-failed", platform: 1, intelligence: 3, code: 16, detail: 17},
	2002: {kind: "engine-updated", platform: 1, engine: 2},
	2003: {kind: "engine-update-failed", platform: 1, engine: 3, code: 10, detail: 11},
	2004: {kind: "load-failed", platform: 1, intelligence: 2, engine: 3, code: 4},
	2005: {kind: "platform-too-old", platform: 1},
	2006: {kind: "platform-update-failed", platform: 1, code: 3, detail: 4},
	2007: {kind: "platform-soon-old", platform: 1},
	3002: {kind: "feature-failed", platform: 1, code: 4, detail: 2},
	5001: {kind: "switched-off", platform: 1},
	5008: {kind: "engine-failed", platform: 1, detail: 2},
	5010: {kind: "switched-off", platform: 1},
	5012: {kind: "switched-off", platform: 1},
	5013: {kind: "change-blocked", platform: 1, detail: 3},
}

func defenderIDs() []uint32 {
	var ids []uint32
	for id := range defenderShapes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// defenderEvents fills Machine.Defender.Events.
func (d *desk) defenderEvents() {
	l := d.log(defenderLog)
	var items []model.DefenderEvent
	healthy := 0
	for i := range slices.Backward(l.events) {
		e, ok := defenderEvent(&l.events[i])
		if e.Kind == "healthy" {
			healthy++
		}
		if ok && (e.Kind != "healthy" || healthy <= healthyLimit) {
			items = append(items, e)
		}
	}
	slices.Reverse(items)
	sortByTime(items, func(e model.DefenderEvent) time.Time { return e.Time })
	kept, cut := within(items, defenderEventLimit)
	listOf(d, l, kept, &d.m.Defender.Events)
	if cut {
		d.m.Defender.Events.Coverage.From = later(l.coverage.From, kept[0].Time)
	}
}

func defenderEvent(e *event) (model.DefenderEvent, bool) {
	s, ok := defenderShapes[e.id]
	if !ok || !strings.EqualFold(e.provider, defenderProvider) {
		return model.DefenderEvent{}, false
	}
	field := func(i int) string {
		if i == 0 {
			return ""
		}
		return strings.TrimSpace(e.at(i))
	}
	out := model.DefenderEvent{Time: e.time, EventID: int64(e.id), Kind: s.kind, Platform: versionText(field(s.platform)),
		Engine: versionText(field(s.engine)), Intelligence: versionText(field(s.intelligence)), Text: shorten(field(s.detail)), Origin: e.origin}
	if code, ok := hexCode(field(s.code)); ok && code != 0 {
		out.Code = hexText(code)
	}
	if strings.HasPrefix(s.kind, "rule-") {
		out.Text = shorten(blockedBy(e))
	}
	return out, true
}

var (
	bareVersion = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)
	anyGUID     = regexp.MustCompile(`^\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$`)
	anyPath     = regexp.MustCompile(`(?i)^(?:[a-z]:\\|\\\\|\\device\\)`)
)

// versionText is the version in a field; "" if it holds none.
func versionText(s string) string { return bareVersion.FindString(s) }

// blockedBy is the rule of attack surface reduction that blocked something, and what
// that was. Which fields hold them differs between versions: the rule is the first
// GUID, and the paths are those of the program and of what started it.
func blockedBy(e *event) string {
	rule := ""
	var paths []string
	for _, f := range e.fields {
		text := strings.TrimSpace(f.text)
		switch {
		case rule == "" && anyGUID.MatchString(text):
			rule = bareGUID(text)
		case anyPath.MatchString(text) && len(paths) < 3 && !slices.Contains(paths, text):
			paths = append(paths, text)
		}
	}
	return strings.TrimSpace(rule + " " + strings.Join(paths, " | "))
}

// textLimit bounds a text that is kept for people.
const textLimit = 300

// shorten cuts a text at a whole character.
func shorten(s string) string {
	if len(s) <= textLimit {
		return s
	}
	return strings.ToValidUTF8(s[:textLimit], "")
}
