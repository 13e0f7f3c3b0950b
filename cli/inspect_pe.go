package cli

import (
	"context"
	"maps"
	"slices"

	"updoc/format/pe"
)

type peView struct {
	s    *subject
	info pe.Info
}

type peDocument struct {
	Kind           string            `json:"kind"`
	Machine        string            `json:"machine"`
	FileVersion    *string           `json:"fileVersion"` // null: no version resource
	ProductVersion *string           `json:"productVersion"`
	Strings        map[string]string `json:"strings"`
	about
	Timestamp uint32   `json:"timestamp"` // seconds since 1970, or a hash in reproducible builds
	Problems  []string `json:"problems"`
}

func (v *peView) document(context.Context) (document, error) {
	d := &peDocument{Kind: "pe", Machine: v.info.Machine, Strings: v.info.Strings, about: aboutOf(v.s), Timestamp: v.info.Timestamp,
		Problems: append([]string{}, v.info.Problems...)}
	if v.info.HasVersion {
		d.FileVersion, d.ProductVersion = new(v.info.FileVersion.String()), new(v.info.ProductVersion.String())
	}
	if d.Strings == nil {
		d.Strings = map[string]string{}
	}
	return d, nil
}

func (v *peView) records(ctx context.Context, out *lines) error { return oneRecord(ctx, v, out) }

func (d *peDocument) show(s *sheet) {
	s.title(d.Path, "pe")
	s.row("machine", d.Machine)
	if d.FileVersion != nil {
		s.row("file-version", *d.FileVersion)
		s.row("product-version", *d.ProductVersion)
	}
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(d.Strings)) {
		rows = append(rows, []string{key, d.Strings[key]})
	}
	s.table("strings", nil, rows)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
