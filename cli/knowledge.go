package cli

import (
	"fmt"
	"io"

	"updoc/report"
)

type knowledgeCmd struct {
	List  knowledgeListCmd  `cmd:"" help:"every cause, remedy and KB"`
	Check knowledgeCheckCmd `cmd:"" help:"check the built-in knowledge, or a file"`
}

type knowledgeListCmd struct{}

// Run lists what is known.
func (knowledgeListCmd) Run(a *app) error {
	return a.write(func(w io.Writer) error { return report.WriteKnowledge(w, a.base, a.reportOptions()) })
}

type knowledgeCheckCmd struct {
	File string `arg:"" optional:"" type:"existingfile"`
}

// Run prints each fault on a line; one fault is exit 1.
func (c knowledgeCheckCmd) Run(a *app) error {
	faults := a.base.Lint()
	for _, f := range faults {
		fmt.Fprintln(a.Out, f)
	}
	if len(faults) > 0 {
		a.exit = 1
	}
	return nil
}
