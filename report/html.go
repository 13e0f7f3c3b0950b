package report

import (
	"io"

	"updoc/knowledge"
	"updoc/model"
)

// WriteHTML is not there yet.
func WriteHTML(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	return WriteText(w, d, b, o)
}
