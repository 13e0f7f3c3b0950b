package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// Write writes a diagnosis in the format of o. The error is that of w, or an unknown
// format.
func Write(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	switch o.Format {
	case "", "text":
		return WriteText(w, d, b, o)
	case "json":
		return WriteJSON(w, Fill(d, b, o.Lang))
	case "html":
		return WriteHTML(w, d, b, o)
	case "md":
		return WriteMarkdown(w, d, b, o)
	}
	return fmt.Errorf("unknown format %q", o.Format)
}

// WritePlan writes only the plan of a diagnosis in the format of o. The HTML page
// always shows the diagnosis too.
func WritePlan(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	switch o.Format {
	case "", "text":
		return WritePlanText(w, d, b, o)
	case "json":
		return WriteJSON(w, FillPlan(d, b, o.Lang))
	case "md":
		return WritePlanMarkdown(w, d, b, o)
	}
	return Write(w, d, b, o)
}

// WriteJSON writes any document of this program: indented, keys in a fixed order,
// nothing escaped that need not be.
func WriteJSON(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}

// WriteErrorJSON writes an error as updoc.error/1.
func WriteErrorJSON(w io.Writer, e *model.Error, b *knowledge.Base, lang string) error {
	return WriteJSON(w, filledError(e, b, lang))
}

// WriteErrorText writes an error for a person: what went wrong, then hints; with the
// chain of causes if verbose. b may be nil if the knowledge itself is broken.
func WriteErrorText(w io.Writer, e *model.Error, b *knowledge.Base, lang string, verbose bool) error {
	full := filledError(e, b, lang)
	text := "updoc: " + clean(full.Message) + "\n"
	for _, h := range full.Hints {
		text += "hint: " + clean(h) + "\n" // the same word in every language: scripts look for it
	}
	if verbose {
		for _, c := range full.Cause {
			for line := range strings.Lines(c) {
				text += "  " + clean(strings.TrimRight(line, "\n")) + "\n"
			}
		}
	}
	_, err := io.WriteString(w, text)
	return err
}

func filledError(e *model.Error, b *knowledge.Base, lang string) model.Error {
	out := *e
	out.Schema, out.Hints, out.Cause = model.ErrorSchema, append([]string{}, e.Hints...), append([]string{}, e.Cause...)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		out.Cause = append(out.Cause, err.Error())
	}
	if b == nil {
		out.Message = e.Error()
		return out
	}
	s := newSpeaker(b, lang, nil)
	id := "error." + e.Code
	if out.Message == "" {
		out.Message = e.Error()
		if s.has(id) {
			out.Message = s.say(id, s.inWords(e.Args))
		}
	}
	if hint := s.optional(id+".hint", s.inWords(e.Args)); hint != "" {
		out.Hints = append(out.Hints, hint)
	}
	return out
}
