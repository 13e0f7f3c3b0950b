package report

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"updoc/model"
)

// Measures of a timeline in pixels at its natural size.
const (
	rowHeight     = 30
	wideLabels    = 190 // left column with the names, on a page
	timelineRows  = 6
	timelinePad   = 12
	axisHeight    = 24
	narrowLabels  = 0
	narrowNameRow = 18 // on a phone a name stands above its row
)

// timeline shows when which update was tried and how it ended. Shapes tell the
// outcomes apart, not colours.
type timeline struct {
	Width, Height int
	Narrow        bool
	Alt           string
	Rows          []timelineRow
	AxisY         int
	Left, Right   int
	From, To      string
	Kinds         []string // outcomes that occur, for the legend
}

type timelineRow struct {
	Name         string
	NameX, NameY int
	Y            int
	Marks        []timelineMark
}

type timelineMark struct {
	X, Y  int
	Kind  string // outcome of the attempt
	Title string
}

// timelines draws the attempts for a page and for a phone; nil if there are none.
func (s speaker) timelines(d *model.Diagnosis) []timeline {
	groups := s.timelineGroups(d)
	if len(groups) == 0 {
		return nil
	}
	var from, to time.Time
	var kinds []string
	n := 0
	for _, g := range groups {
		for _, a := range g.attempts {
			t := attemptTime(a)
			if from.IsZero() || t.Before(from) {
				from = t
			}
			if t.After(to) {
				to = t
			}
			n++
			if !slices.Contains(kinds, a.Outcome) {
				kinds = append(kinds, a.Outcome)
			}
		}
	}
	var out []timeline
	for _, width := range []int{wideMap, narrowMap} {
		t := timeline{Width: width, Narrow: width == narrowMap, Alt: s.say("ui.timeline.alt", model.Args{"n": int64(n)}), From: s.form.show(from, "day"), To: s.form.show(to, "day"), Kinds: kinds}
		if t.From == t.To {
			t.To = ""
		}
		s.layTimeline(&t, groups, from, to)
		out = append(out, t)
	}
	return out
}

func (s speaker) layTimeline(t *timeline, groups []timelineGroup, from, to time.Time) {
	labels, above := wideLabels, 0
	if t.Narrow {
		labels, above = narrowLabels, narrowNameRow
	}
	t.Left, t.Right = labels+timelinePad, t.Width-timelinePad
	y := 0
	for _, g := range groups {
		row := timelineRow{Name: g.name, NameX: 0, NameY: y + rowHeight/2 + 5, Y: y + above + rowHeight/2}
		if t.Narrow {
			row.NameY = y + 15
		}
		for _, a := range g.attempts {
			row.Marks = append(row.Marks, timelineMark{X: position(attemptTime(a), from, to, t.Left, t.Right), Y: row.Y, Kind: a.Outcome, Title: s.attemptTitle(a)})
		}
		t.Rows = append(t.Rows, row)
		y += above + rowHeight
	}
	t.AxisY, t.Height = y+4, y+axisHeight
}

func position(at, from, to time.Time, left, right int) int {
	span := to.Sub(from)
	if span <= 0 {
		return (left + right) / 2
	}
	return left + int(float64(right-left)*float64(at.Sub(from))/float64(span))
}

func (s speaker) attemptTitle(a model.Attempt) string {
	name := cmp.Or(a.KB, a.Title)
	title := s.form.show(attemptTime(a), "time") + s.ui("list-comma") + name + s.ui("list-comma") + s.word("attempt", a.Outcome)
	if a.Code != "" {
		title += " (" + a.Code + ")"
	}
	return title
}

type timelineGroup struct {
	name     string
	attempts []model.Attempt
	failing  bool
	last     time.Time
}

// timelineGroups puts what fails first, then what was tried last; what has no row of
// its own shares the last one.
func (s speaker) timelineGroups(d *model.Diagnosis) []timelineGroup {
	failing := map[string]bool{}
	for _, f := range d.Failures {
		failing[cmp.Or(f.KB, f.Title)] = f.Outcome != model.OutcomeHealed
	}
	index := map[string]int{}
	var groups []timelineGroup
	for _, a := range d.Machine.Attempts.Items {
		name := cmp.Or(a.KB, a.Title)
		if a.Store || attemptTime(a).IsZero() {
			continue
		}
		i, ok := index[name]
		if !ok {
			i = len(groups)
			index[name] = i
			groups = append(groups, timelineGroup{name: s.rowName(name), failing: failing[name]})
		}
		groups[i].attempts = append(groups[i].attempts, a)
		if t := attemptTime(a); t.After(groups[i].last) {
			groups[i].last = t
		}
	}
	sort.SliceStable(groups, func(i, j int) bool {
		a, b := groups[i], groups[j]
		return cmp.Or(rankBool(b.failing)-rankBool(a.failing), b.last.Compare(a.last), cmp.Compare(a.name, b.name)) < 0
	})
	if len(groups) <= timelineRows {
		return groups
	}
	rest := timelineGroup{name: s.ui("timeline.others")}
	for _, g := range groups[timelineRows-1:] {
		rest.attempts = append(rest.attempts, g.attempts...)
	}
	return append(groups[:timelineRows-1], rest)
}

// rowNameWidth is how many columns of a name a timeline shows.
const rowNameWidth = 26

func (s speaker) rowName(name string) string {
	if name == "" {
		return s.ui("failure.nameless")
	}
	return newRuler().cond.Truncate(name, rowNameWidth, "...")
}

func rankBool(b bool) int {
	if b {
		return 1
	}
	return 0
}
