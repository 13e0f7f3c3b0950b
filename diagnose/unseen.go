package diagnose

import (
	"cmp"
	"slices"

	"updoc/expr"
	"updoc/model"
)

// gap is something that was not seen, and the causes that wait for it.
type gap struct {
	why    model.Unseen
	blocks []string
}

// unseen lists what could not be read, with the causes it keeps from being decided:
// first every artefact that was looked for in vain, then facts that no look names.
// What merely does not exist on this PC is listed only if a cause waits for it.
func unseen(m *model.Machine, failures []model.Failure, open map[string][]expr.Missing) []model.UnseenEntry {
	gaps := gapsOf(failures, open)
	out := []model.UnseenEntry{}
	for _, l := range m.Looks {
		if l.Unseen == nil {
			continue
		}
		i := slices.IndexFunc(gaps, func(g gap) bool { return g.why.Artifact == l.Artifact && g.why.Reason == l.Unseen.Reason })
		if i < 0 && l.Unseen.Reason == model.ReasonAbsent {
			continue
		}
		e := entry(*l.Unseen, nil)
		e.Artifact, e.Path = l.Artifact, l.Path
		if i >= 0 {
			e.Blocks = gaps[i].blocks
		}
		out = append(out, e)
	}
	for _, g := range gaps {
		known := func(e model.UnseenEntry) bool { return e.Artifact == g.why.Artifact && e.Reason == g.why.Reason }
		if g.why.Reason != model.ReasonAbsent && !slices.ContainsFunc(out, known) {
			out = append(out, entry(g.why, g.blocks))
		}
	}
	return out
}

func entry(why model.Unseen, blocks []string) model.UnseenEntry {
	if blocks == nil {
		blocks = []string{}
	}
	return model.UnseenEntry{Artifact: why.Artifact, Reason: why.Reason, Detail: why.Detail, How: why.How, Blocks: blocks}
}

// gapsOf gathers what the causes still in the running, and the conditions that could
// not be decided, wait for.
func gapsOf(failures []model.Failure, open map[string][]expr.Missing) []gap {
	var gaps []gap
	note := func(why model.Unseen, cause string) {
		i := slices.IndexFunc(gaps, func(g gap) bool { return g.why.Artifact == why.Artifact && g.why.Reason == why.Reason })
		if i < 0 {
			i = len(gaps)
			gaps = append(gaps, gap{why: why})
		}
		if !slices.Contains(gaps[i].blocks, cause) {
			gaps[i].blocks = append(gaps[i].blocks, cause)
		}
	}
	for _, f := range failures {
		for _, c := range f.Causes {
			if c.Verdict == model.VerdictRuledOut {
				continue
			}
			for _, miss := range c.Missing {
				note(model.Unseen{Artifact: cmp.Or(miss.Artifact, miss.Fact), Reason: miss.Reason, How: miss.How}, c.ID)
			}
		}
	}
	for _, cause := range sortedKeys(open) {
		for _, miss := range open[cause] {
			why := miss.Why
			why.Artifact = cmp.Or(why.Artifact, miss.Path)
			note(why, cause)
		}
	}
	return gaps
}

func sortedKeys(open map[string][]expr.Missing) []string {
	keys := make([]string, 0, len(open))
	for k := range open {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
