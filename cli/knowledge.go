package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"updoc/knowledge"
)

type knowledgeCmd struct {
	List  knowledgeListCmd  `cmd:"" help:"every cause, remedy and KB"`
	Check knowledgeCheckCmd `cmd:"" help:"check the knowledge for faults"`
}

type knowledgeListCmd struct{}

// listedThing is one line of the list; in JSON one member of "items".
type listedThing struct {
	Kind  string `json:"kind"` // cause, remedy, kb
	ID    string `json:"id"`
	Risk  string `json:"risk,omitempty"` // of a remedy
	Title string `json:"title"`
}

// Run lists what is known, one line each, or as one JSON document.
func (knowledgeListCmd) Run(a *app) error {
	things := a.known()
	return a.write(func(w io.Writer) error {
		if a.Format == "json" {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(map[string]any{"schema": "updoc.knowledge/1", "name": a.base.Name, "version": a.base.Version, "items": things})
		}
		for _, t := range things {
			if t.Risk != "" {
				t.Risk += " "
			}
			if _, err := fmt.Fprintf(w, "%-7s %-32s %s%s\n", t.Kind, t.ID, t.Risk, t.Title); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *app) known() []listedThing {
	var out []listedThing
	for _, c := range a.base.Causes {
		out = append(out, listedThing{Kind: "cause", ID: c.ID, Title: c.Title.In(a.Lang)})
	}
	for _, id := range slices.Sorted(maps.Keys(a.base.Remedies)) {
		r := a.base.Remedies[id]
		out = append(out, listedThing{Kind: "remedy", ID: id, Risk: r.Risk, Title: r.Title.In(a.Lang)})
	}
	for _, id := range slices.Sorted(maps.Keys(a.base.KBs)) {
		out = append(out, listedThing{Kind: "kb", ID: id, Title: a.base.KBs[id].Title.In(a.Lang)})
	}
	return out
}

type knowledgeCheckCmd struct {
	File []string `arg:"" optional:"" help:"packs to check; none: what is built in"`
}

// Run prints each fault on a line; one fault is exit 1. That there is none is said on
// stderr, so that the output stays empty.
func (c *knowledgeCheckCmd) Run(a *app) error {
	faults := a.base.Lint()
	if len(c.File) > 0 {
		if _, err := loadPacks(append(slices.Clone(a.Packs), c.File...)); err != nil && !errors.As(err, &faults) {
			return err
		}
	}
	if len(faults) > 0 {
		a.exit = 1
	} else if !a.Quiet {
		fmt.Fprintln(a.Err, a.text("ui.knowledge-sound"))
	}
	return a.write(func(w io.Writer) error { return writeFaults(w, faults, a.Lang) })
}

func writeFaults(w io.Writer, faults knowledge.Faults, lang string) error {
	for _, f := range faults {
		if _, err := fmt.Fprintln(w, f.In(lang)); err != nil {
			return err
		}
	}
	return nil
}
