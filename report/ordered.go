package report

import (
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// WriteOrdered writes that a repair was begun outside this session, in the format of opts.
func WriteOrdered(w io.Writer, o *model.Ordered, b *knowledge.Base, opts Options) error {
	if opts.Format == "json" {
		return WriteJSON(w, o)
	}
	journal := ""
	if o.Journal != "" {
		journal = ` --journal "` + o.Journal + `"`
	}
	words := strings.NewReplacer("{path}", clean(o.Log), "{task}", o.Task, "{journal}", clean(journal))
	lines := strings.Split(words.Replace(b.Text("ui.as-task").In(opts.Lang)), "\n")
	return writePaper(w, paper{Title: lines[0], Lead: lines[1:]}, b, opts)
}
