package cli

import (
	"archive/zip"
	"context"
	"errors"

	"updoc/model"
	"updoc/source/bundle"
)

type bundleView struct {
	s   *subject
	src *bundle.Source
}

// openBundle opens a zip: in an image, or without a manifest, it is no bundle.
func openBundle(s *subject) (view, error) {
	if s.local == "" || !hasManifest(s) {
		return nil, unknownKind(s.name, errors.New("a zip without manifest.json is no bundle"))
	}
	src, err := bundle.Open(s.local)
	if err != nil {
		return nil, err
	}
	return &bundleView{s, src}, nil
}

// hasManifest is also true for a zip that cannot be read: bundle.Open says why.
func hasManifest(s *subject) bool {
	z, err := zip.NewReader(s.file, s.size)
	if err != nil {
		return true
	}
	for _, f := range z.File {
		if f.Name == "manifest.json" {
			return true
		}
	}
	return false
}

type bundleDocument struct {
	Kind     string           `json:"kind"`
	Manifest model.Manifest   `json:"manifest"`
	Counts   map[string]int64 `json:"counts"`
	about
}

func (v *bundleView) document(context.Context) (document, error) {
	m, err := v.src.Machine()
	if err != nil {
		return nil, err
	}
	unseen := int64(0)
	for _, l := range m.Looks {
		if l.Unseen != nil {
			unseen++
		}
	}
	partitions := int64(0)
	for _, d := range m.Disks.Items {
		partitions += int64(len(d.Partitions))
	}
	return &bundleDocument{Kind: "bundle", Manifest: v.src.Manifest(), about: aboutOf(v.s), Counts: map[string]int64{
		"disks": int64(len(m.Disks.Items)), "partitions": partitions, "attempts": int64(len(m.Attempts.Items)), "packages": int64(len(m.Packages.Items)),
		"services": int64(len(m.Services.Items)), "policies": int64(len(m.Policies.Items)), "artefacts": int64(len(m.Looks)), "unseen": unseen,
	}}, nil
}

func (v *bundleView) records(ctx context.Context, out *lines) error { return oneRecord(ctx, v, out) }

func (d *bundleDocument) show(s *sheet) {
	s.title(d.Path, "bundle")
	s.row("tool", d.Manifest.Tool.Name+" "+d.Manifest.Tool.Version)
	s.rowTime("written", d.Manifest.Time)
	s.row("source", d.Manifest.Source.Kind)
	s.rowBool("masked", d.Manifest.Masked)
	counts := map[string]int64{}
	for name, n := range d.Counts {
		counts[s.label("count."+name)] = n
	}
	s.counts("counts", counts)
}
