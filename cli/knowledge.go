package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

type knowledgeCmd struct {
	List  knowledgeListCmd  `cmd:"" help:"every cause, remedy and KB"`
	Check knowledgeCheckCmd `cmd:"" help:"check the knowledge for faults"`
}

type knowledgeListCmd struct{}

// Run lists what is known, one line each.
func (knowledgeListCmd) Run(a *app) error {
	return a.write(func(w io.Writer) error {
		for _, c := range a.base.Causes {
			fmt.Fprintf(w, "cause   %-32s %s\n", c.ID, c.Title.In(a.Lang))
		}
		for _, id := range slices.Sorted(maps.Keys(a.base.Remedies)) {
			fmt.Fprintf(w, "remedy  %-32s %s %s\n", id, a.base.Remedies[id].Risk, a.base.Remedies[id].Title.In(a.Lang))
		}
		for _, id := range slices.Sorted(maps.Keys(a.base.KBs)) {
			fmt.Fprintf(w, "kb      %-32s %s\n", id, a.base.KBs[id].Title.In(a.Lang))
		}
		return nil
	})
}

type knowledgeCheckCmd struct{}

// Run prints each fault on a line; one fault is exit 1.
func (knowledgeCheckCmd) Run(a *app) error {
	faults := a.base.Lint()
	for _, f := range faults {
		fmt.Fprintln(a.Out, f)
	}
	if len(faults) > 0 {
		a.exit = 1
	}
	return nil
}
