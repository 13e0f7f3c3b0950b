package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"updoc/model"
)

// Options say what is written beside the facts.
type Options struct {
	Tool   model.Versioned
	Source model.SourceInfo
	Time   time.Time // UTC
	Masked bool      // what names a person or a device is taken out
	Before bool      // it was taken out before: the facts come from a masked bundle
	Names  Names     // further names to take out, see NamesOf
}

// Write writes a bundle with the facts of m, which is not changed.
func Write(w io.Writer, m *model.Machine, opts Options) error {
	info := opts.Source
	if opts.Masked {
		info.Path = ""
	}
	if opts.Masked && !opts.Before {
		var err error
		names := opts.Names
		names.Paths = append(names.Paths[:len(names.Paths):len(names.Paths)], opts.Source.Path)
		if m, err = Mask(m, names); err != nil {
			return err
		}
	}
	facts, err := json.Marshal(m)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(facts)
	manifest, err := json.MarshalIndent(model.Manifest{
		Schema: model.ManifestSchema, Tool: opts.Tool, Source: info, Time: opts.Time.UTC(), Zone: m.Clock.Zone.Value,
		Masked: opts.Masked, Members: map[string]string{machineName: hex.EncodeToString(sum[:])},
	}, "", "  ")
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range []struct {
		name string
		data []byte
	}{{manifestName, manifest}, {machineName, facts}} {
		member, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: opts.Time.UTC()})
		if err != nil {
			return err
		}
		if _, err := member.Write(f.data); err != nil {
			return err
		}
	}
	return z.Close()
}
