package diagnose

import (
	"slices"
	"strings"
	"time"

	"updoc/knowledge"
	"updoc/model"
)

// What tells the class of a failing update.
const (
	classFromUpdate   = "update"
	classFromEvidence = "evidence"
)

const unknownClass = "unknown"

// nearAttempt is how far from an attempt the records of its installer may lie.
const nearAttempt = 5 * time.Minute

// classify finds the class of a failing update: by what is known about its KB or
// title, else by what took part in its attempts.
func classify(f *model.Failure, m *model.Machine, b *knowledge.Base) {
	if f.Class = b.ClassOf(f.KB, f.Title); f.Class != unknownClass {
		f.ClassFrom = classFromUpdate
		return
	}
	for _, s := range classSigns {
		if slices.ContainsFunc(f.Attempts, func(a model.Attempt) bool { return s.shows(m, a) }) {
			f.Class, f.ClassFrom = s.class, classFromEvidence
			return
		}
	}
}

// classSigns are what gives a class away, surest first: the name of a package that
// servicing was given for the update, then the installer that wrote of a failure while
// the update was tried. Source of the names: packages of real PCs (field guide, kbs).
var classSigns = []struct {
	class string
	shows func(*model.Machine, model.Attempt) bool
}{
	{"lcu", packageNamed("Package_for_RollupFix")},
	{"dotnet", packageNamed("Package_for_DotNetRollup")},
	{"ssu", packageNamed("Package_for_ServicingStack")},
	{"safeos", packageNamed("Package_for_SafeOSDU")},
	{"winre", func(m *model.Machine, a model.Attempt) bool {
		return near(a, m.WinRE.Events.Items, func(e model.WinREEvent) time.Time { return e.Time })
	}},
	{"defender-intelligence", func(m *model.Machine, a model.Attempt) bool {
		return near(a, m.Defender.Runs.Items, func(r model.DefenderRun) time.Time { return r.Start })
	}},
	{"msi", func(m *model.Machine, a model.Attempt) bool {
		return near(a, m.Installer.Events.Items, func(e model.MSIEvent) time.Time { return e.Time })
	}},
}

func packageNamed(prefix string) func(*model.Machine, model.Attempt) bool {
	return func(m *model.Machine, a model.Attempt) bool {
		return a.KB != "" && slices.ContainsFunc(m.Packages.Items, func(p model.Package) bool {
			return p.KB == a.KB && strings.HasPrefix(p.Name, prefix)
		})
	}
}

// near reports whether something was written while an attempt that failed went on.
func near[T any](a model.Attempt, items []T, at func(T) time.Time) bool {
	return a.Outcome == model.AttemptFailed && slices.ContainsFunc(items, func(v T) bool {
		t := at(v)
		return !t.IsZero() && !t.Before(a.Start.Add(-nearAttempt)) && !t.After(a.End.Add(nearAttempt))
	})
}
