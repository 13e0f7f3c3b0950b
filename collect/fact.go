package collect

import (
	"regexp"
	"sort"
	"strings"
	"time"

	"updoc/model"
)

// absent is the reason of a fact whose artefact does not hold it.
func absent(artifact, detail string) model.Unseen {
	return model.Unseen{Artifact: artifact, Reason: model.ReasonAbsent, Detail: detail, How: model.HowNothing}
}

// must turns the known zero value of something every Windows has into an unseen fact.
func must[T comparable](f model.Fact[T]) model.Fact[T] {
	var zero T
	if f.Known && f.Value == zero {
		return model.NotSeen[T](absent(f.Origin.Artifact, f.Origin.Key))
	}
	return f
}

// derive returns fn of a known fact, with the same origin, or the same reason.
func derive[T, U any](f model.Fact[T], fn func(T) U) model.Fact[U] {
	if !f.Known {
		return model.Fact[U]{Why: f.Why}
	}
	return model.Known(fn(f.Value), f.Origin)
}

// unseenOr returns a fact that could not be seen because of why; the zero fact if
// why is nil.
func unseenOr[T any](why *model.Unseen) model.Fact[T] {
	return model.Fact[T]{Why: why}
}

// within returns the newest limit items (the last ones after sorting by time) and
// whether any had to go.
func within[T any](items []T, limit int) ([]T, bool) {
	if len(items) <= limit {
		return items, false
	}
	return items[len(items)-limit:], true
}

// sortByTime sorts items by their time; those of the same time keep their order. By reflection,
// for so many types: of slices.SortStableFunc each would bring its own into the program.
func sortByTime[T any](items []T, at func(T) time.Time) {
	sort.SliceStable(items, func(i, j int) bool { return at(items[i]).Before(at(items[j])) })
}

var kbPattern = regexp.MustCompile(`(?i)(?:^|[^a-z0-9])kb(\d{6,7})(?:[^0-9]|$)`)

// kbIn returns the first KB number that a text names, as KB5034441; "" if none.
func kbIn(s string) string {
	m := kbPattern.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return "KB" + m[1]
}

// bareGUID returns a GUID in lower case without braces; "" for the zero GUID.
func bareGUID(s string) string {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "{}"))
	if s == "00000000-0000-0000-0000-000000000000" {
		return ""
	}
	return s
}

const day = 24 * time.Hour
