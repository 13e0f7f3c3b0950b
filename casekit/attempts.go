package casekit

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Outcomes of an attempt.
const (
	outcomeFailed    = "failed"
	outcomeInstalled = "installed"
	outcomePending   = "pending"
	outcomeCancelled = "cancelled"
	outcomeOpen      = "open"
)

// attempt is one try to install one update, UTC.
type attempt struct {
	*Update
	n          int
	title, id  string
	start      time.Time // the download begins
	downloaded time.Time
	end        time.Time // of the part before a restart
	finished   time.Time // of all; after a restart if one was needed
	restart    time.Time // zero: none
}

// makeAttempts spreads every update over its attempts and adds the healthy ones that
// any PC has.
func (w *world) makeAttempts() []attempt {
	var list []attempt
	for i := range w.Updates {
		list = append(list, w.attemptsOf(&w.Updates[i])...)
	}
	if w.Noise.or(true) {
		for _, u := range w.healthyUpdates(list) {
			list = append(list, w.attemptsOf(&u)...)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].start.Before(list[j].start) })
	return list
}

func (w *world) attemptsOf(u *Update) []attempt {
	takes, _ := time.ParseDuration(u.Takes)
	var list []attempt
	for n, at := range u.At {
		a := attempt{Update: u, n: n, start: at.In(w.zone), id: u.ID}
		a.start = a.start.Add(w.shift(u.KB+a.start.String(), 0, 50*time.Second))
		a.title = u.titleAt(a.start)
		if u.fresh() {
			a.id = w.guid("update " + a.title)
		}
		a.downloaded = a.start.Add(takes / 5)
		a.end = a.start.Add(takes)
		a.finished = a.end
		if a.needsRestart() {
			a.restart = a.end.Add(9 * time.Minute)
			a.finished = a.restart.Add(3 * time.Minute)
		}
		list = append(list, a)
	}
	return list
}

// needsRestart reports whether the attempt goes on after a restart of its own.
func (a *attempt) needsRestart() bool {
	return a.Kind == kindLCU && a.Outcome == outcomeInstalled || a.Stage == "commit" && a.Outcome == outcomeFailed
}

// silent reports whether a history knows nothing of the attempt.
func (a *attempt) silent(history string) bool { return slices.Contains(a.Without, history) }

// installs reports whether the attempt came to its install stage.
func (a *attempt) installs() bool { return a.Stage != "download" }

// healthyUpdates are what every PC installs by itself: security intelligence every
// third day, an app of the Store that failed once and healed. They keep out of the
// way of the attempts that the text describes.
func (w *world) healthyUpdates(told []attempt) []Update {
	first := w.now.AddDate(0, 0, -21)
	for _, a := range told {
		if a.start.Before(first) {
			first = a.start
		}
	}
	definitions := Update{KB: "KB2267602"}
	for t := first.AddDate(0, 0, -5); t.Before(w.now.Add(-3 * time.Hour)); t = t.AddDate(0, 0, 3) {
		at := t.Truncate(24 * time.Hour).Add(w.shift("definitions"+t.String(), 22*time.Hour, 25*time.Hour))
		if at.Before(w.now.Add(-2 * time.Hour)) {
			definitions.At = append(definitions.At, Time{wall: at, utc: true})
		}
	}
	day := first.Truncate(24*time.Hour).AddDate(0, 0, 2)
	photos := Update{Kind: kindStore, Code: 0x80073d02, At: Times{{wall: day.Add(11*time.Hour + 4*time.Minute), utc: true}}}
	again := Update{Kind: kindStore, At: Times{{wall: day.Add(35*time.Hour + 51*time.Minute), utc: true}}}
	list := []Update{definitions, photos, again}
	for i := range list {
		list[i].fill(w.PC)
	}
	return list
}

// makeBoots joins the starts that the text names, those that updates need, one every
// sixth day, and a last one an hour before Now unless the text names a later one.
func (w *world) makeBoots() []start {
	var list []start
	for _, b := range w.Boots {
		list = append(list, start{b.At.In(w.zone), or(b.Kind, "cold")})
	}
	for _, a := range w.attempts {
		if !a.restart.IsZero() {
			list = append(list, start{a.restart, "cold"})
		}
	}
	if len(w.Boots) == 0 {
		list = append(list, w.usualBoots()...)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].at.Before(list[j].at) })
	return list
}

func (w *world) usualBoots() []start {
	var list []start
	for t := w.since; t.Before(w.now.AddDate(0, 0, -2)); t = t.AddDate(0, 0, 6) {
		at := t.Add(w.shift("boot"+t.String(), 9*time.Hour, 12*time.Hour))
		list = append(list, start{w.quiet(at), "cold"})
	}
	return append(list, start{w.now.Add(-time.Hour), "cold"})
}

// quiet moves a moment behind any attempt it would interrupt.
func (w *world) quiet(t time.Time) time.Time {
	for _, a := range w.attempts {
		if t.After(a.start.Add(-10*time.Minute)) && t.Before(a.finished.Add(5*time.Minute)) {
			t = a.finished.Add(20 * time.Minute)
		}
	}
	return t
}

// packageState returns the CBS state of the package an attempt leaves behind.
func (a *attempt) packageState() string {
	return or(a.State, map[string]string{
		outcomeInstalled: "installed", outcomePending: "install-pending", outcomeFailed: "staged",
	}[a.Outcome])
}

// packageStates maps state words to CurrentState. Source: Microsoft's CBS servicing
// states chart.
func packageStates() map[string]uint32 {
	return map[string]uint32{
		"absent": 0, "uninstall-pending": 0x05, "resolving": 0x10, "resolved": 0x20, "staging": 0x30,
		"staged": 0x40, "superseded": 0x50, "install-pending": 0x60, "partially-installed": 0x65,
		"installed": 0x70, "permanent": 0x80, "broken": 0xffffff90,
	}
}

func packageState(word string) (uint32, error) {
	if v, ok := packageStates()[word]; ok {
		return v, nil
	}
	var v uint32
	if _, err := fmt.Sscanf(word, "%v", &v); err != nil {
		return 0, fmt.Errorf("%q is no package state", word)
	}
	return v, nil
}
