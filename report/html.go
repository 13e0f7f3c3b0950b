package report

import (
	"embed"
	"html/template"
	"io"

	"updoc/knowledge"
	"updoc/model"
)

//go:embed templates
var templates embed.FS

// page is what the template of the HTML report sees.
type page struct {
	*view
	Heading   string
	Answer    *causeView // the best cause of the first failure, or the first condition
	Style     template.CSS
	Maps      []mapPair
	Timelines []timeline
	Room      string // free, needed and lacking room of the recovery partition
	Open      bool   // details are open
}

// WriteHTML writes one self-contained page: no script, nothing from elsewhere.
// Verbose opens the details.
func WriteHTML(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	zone, _ := zoneOf(d.Machine.Clock)
	s := newSpeaker(b, o.Lang, zone)
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	p := page{view: newView(d, b, o.Lang), Style: template.CSS(style), Open: o.Verbose}
	p.head(s)
	full := Fill(d, b, o.Lang)
	p.Maps, p.Timelines, p.Room = s.diskMaps(full), s.timelines(full), s.room(d.Machine.WinRE.Active)
	if p.Room != "" {
		p.Room = upperFirst(s.ui("role.recovery")) + ": " + p.Room
	}
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"ui": s.ui, "rich": rich, "attempt": func(word string) string { return s.word("attempt", word) },
	}).ParseFS(templates, "templates/page.html", "templates/parts.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// head puts the answer at the top of the page.
func (p *page) head(s speaker) {
	p.Heading = p.Headline
	if len(p.Failures) == 1 {
		p.Heading, p.Failures[0].Heading = p.Failures[0].Heading, s.ui("head.happening")
	}
	switch {
	case len(p.Failures) > 0 && len(p.Failures[0].Causes) > 0:
		p.Answer = &p.Failures[0].Causes[0]
	case len(p.Failures) == 0 && len(p.Conditions) > 0:
		p.Answer = &p.Conditions[0]
	}
}
