// Package bundle reads and writes bundles: a zip with the facts of a machine, so that
// a diagnosis can be made elsewhere. It may import model and source, and must trust
// nothing in a bundle: sizes are bounded, names may not lead out, hashes are checked.
package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/source"
)

// Bounds of what is read. A real machine.json has a few megabytes.
const (
	maxManifest = 1 << 20
	maxMachine  = 128 << 20
	maxMembers  = 20000
)

const (
	manifestName = "manifest.json"
	machineName  = "machine.json"
)

// Source is a read bundle. See source.Source for its contract.
type Source struct {
	path     string
	manifest model.Manifest
	machine  *model.Machine
}

var (
	_ source.Source   = (*Source)(nil)
	_ source.Recorded = (*Source)(nil)
)

// Open reads a bundle whole. Errors are *model.Error: source-not-found, permission,
// bundle-bad.
func Open(path string) (*Source, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, openError(path, err)
	}
	defer z.Close()
	s := &Source{path: path}
	if err := s.read(&z.Reader); err != nil {
		return nil, &model.Error{Code: "bundle-bad", Args: model.Args{"path": path}, Err: err}
	}
	return s, nil
}

func openError(path string, err error) error {
	e := &model.Error{Code: "bundle-bad", Args: model.Args{"path": path}, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code = "source-not-found"
	case errors.Is(err, fs.ErrPermission):
		e.Code = "permission"
	}
	return e
}

func (s *Source) read(z *zip.Reader) error {
	if len(z.File) > maxMembers {
		return fmt.Errorf("%d members", len(z.File))
	}
	if err := checkNames(z.File); err != nil {
		return err
	}
	raw, err := member(z, manifestName, maxManifest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &s.manifest); err != nil {
		return fmt.Errorf("%s: %w", manifestName, err)
	}
	if s.manifest.Schema != model.ManifestSchema {
		return fmt.Errorf("schema %q is not known", s.manifest.Schema)
	}
	return s.readMachine(z)
}

// checkNames refuses names that lead out, on whatever system, and a name used twice,
// of which a reader could take the one and a check the other.
func checkNames(files []*zip.File) error {
	seen := map[string]bool{}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name, "/")
		if !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) {
			return fmt.Errorf("member name %q leads out of the bundle", f.Name)
		}
		if seen[name] {
			return fmt.Errorf("member %q is there twice", f.Name)
		}
		seen[name] = true
	}
	return nil
}

func (s *Source) readMachine(z *zip.Reader) error {
	raw, err := member(z, machineName, maxMachine)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	if hex.EncodeToString(sum[:]) != s.manifest.Members[machineName] {
		return fmt.Errorf("%s is not what the manifest says", machineName)
	}
	s.machine = &model.Machine{}
	if err := json.Unmarshal(raw, s.machine); err != nil {
		return fmt.Errorf("%s: %w", machineName, err)
	}
	if s.machine.Schema != model.MachineSchema {
		return fmt.Errorf("schema %q is not known", s.machine.Schema)
	}
	return nil
}

// member reads one member, never more than limit bytes whatever its header claims.
func member(z *zip.Reader, name string, limit int64) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return raw, err
}

// Manifest returns what the bundle says about itself.
func (s *Source) Manifest() model.Manifest { return s.manifest }

// Machine implements source.Recorded.
func (s *Source) Machine() (*model.Machine, error) { return s.machine, nil }

// Info implements source.Source.
func (s *Source) Info() model.SourceInfo {
	return model.SourceInfo{Kind: "bundle", Path: s.path, Form: s.manifest.Source.Kind}
}

// Disks implements source.Source.
func (s *Source) Disks(context.Context) model.List[model.Disk] { return s.machine.Disks }

// Windows implements source.Source.
func (s *Source) Windows() string { return s.machine.Windows.ID }

// FS implements source.Source: a facts bundle holds no files.
func (s *Source) FS(string) (fs.FS, error) {
	return nil, &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonAbsent, How: model.HowRaw}}
}

// BytesRead implements source.Source.
func (s *Source) BytesRead() int64 { return 0 }

// Close implements source.Source.
func (s *Source) Close() error { return nil }
