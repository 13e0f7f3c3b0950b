package cli

import (
	"context"
	"io"

	"updoc/model"
	"updoc/report"
)

// inspectSchema names the JSON form of what inspect shows.
const inspectSchema = "updoc.inspect/1"

// inspectCmd shows what a parser sees in one file, alone or inside an image.
type inspectCmd struct {
	File    string `arg:"" help:"event log, hive, servicing log, ReAgent.xml, WIM, program, disk image, bundle or folder; IMAGE:PATH for a file inside a disk or a WIM"`
	Records bool   `help:"each record as one JSON line"`
	Check   bool   `help:"compare every checksum, however long it takes"`
	Volume  string `help:"the Windows volume, if a disk has several" placeholder:"ID"`
	Table   string `help:"with --records: the rows of this table of a database alone" placeholder:"NAME"`
}

// inspector is what opening and reading needs to know of the command.
type inspector struct {
	ctx      context.Context
	check    bool
	volume   string
	table    string
	progress func(done, total int64)
}

// view is an opened artefact of one kind.
type view interface {
	// document reads what the overview shows. The error is that of the context, or
	// of a file that cannot be read at all; damage stands in the document.
	document(ctx context.Context) (document, error)
	// records writes each record as a line.
	records(ctx context.Context, out *lines) error
}

// document is an overview: its JSON form is the value itself.
type document interface {
	show(s *sheet)
}

// about ends the contract's keys of every document and begins the additional ones.
type about struct {
	Schema string   `json:"schema"`
	Path   string   `json:"path"`            // as the reader named it
	Size   int64    `json:"size"`            // bytes
	Notes  []string `json:"notes,omitempty"` // damage met while it was taken out of an image
}

func aboutOf(s *subject) about {
	return about{Schema: inspectSchema, Path: s.name, Size: s.size, Notes: s.notes}
}

// Run shows one artefact.
func (c *inspectCmd) Run(a *app) error {
	if a.Format != "text" && a.Format != "json" {
		return &model.Error{Code: "inspect-format", Args: model.Args{"what": a.Format}}
	}
	if c.File == "" {
		return &model.Error{Code: "argument-needed", Args: model.Args{"what": "<file>"}}
	}
	pipeErrors()
	bar := a.progress()
	defer bar.done()
	in := &inspector{ctx: a.ctx, check: c.Check, volume: c.Volume, table: c.Table, progress: bar.bytes}
	s, err := in.open(c.File)
	if err != nil {
		return err
	}
	defer func() { s.close() }() // what is opened later is closed too
	v, err := in.recognise(s)
	if err != nil {
		return err
	}
	if c.Records {
		return a.stream(s, v)
	}
	doc, err := v.document(a.ctx)
	if err != nil {
		return unreadable(s.name, err)
	}
	if err := a.ctx.Err(); err != nil {
		return err
	}
	bar.done()
	return ignoreClosedPipe(a.write(func(w io.Writer) error { return a.render(w, doc) }))
}

func (a *app) render(w io.Writer, doc document) error {
	if a.Format == "json" {
		return report.WriteJSON(w, doc)
	}
	s := &sheet{say: a.text, all: a.Verbose}
	doc.show(s)
	text := s.String()
	if a.reportOptions().Plain {
		text = report.Plain(text)
	}
	_, err := io.WriteString(w, text)
	return err
}
