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
	Masked bool      // take out what names a person or a device
}

// Write writes a bundle with the facts of m, which is not changed.
func Write(w io.Writer, m *model.Machine, opts Options) error {
	info := opts.Source
	if opts.Masked {
		var err error
		if m, err = Mask(m); err != nil {
			return err
		}
		info.Path = ""
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
