package windows

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// sim's Files.

func (s *sim) entry(op, name string) (*simVol, string, *simFile, error) {
	if s.down {
		return nil, "", nil, errCut
	}
	v, at := s.find(name)
	if v == nil {
		return nil, "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	f := v.files[strings.ToLower(at)]
	if at == "" {
		f = &simFile{folder: true}
	}
	if f == nil {
		return v, at, nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return v, at, f, nil
}

type simReader struct{ *bytes.Reader }

func (simReader) Close() error { return nil }

// Open implements Files.
func (s *sim) Open(name string) (File, error) {
	_, _, f, err := s.entry("open", name)
	if err != nil {
		return nil, err
	}
	return simReader{bytes.NewReader(f.data)}, nil
}

// Stat implements Files.
func (s *sim) Stat(name string) (Stat, error) {
	_, _, f, err := s.entry("stat", name)
	if err != nil {
		return Stat{}, err
	}
	return Stat{int64(len(f.data)), f.attributes, f.folder, f.id}, nil
}

// List implements Files.
func (s *sim) List(name string) ([]string, error) {
	v, at, _, err := s.entry("list", name)
	if err != nil {
		return nil, err
	}
	var names []string
	for key, f := range v.files {
		parent := path.Dir(strings.ReplaceAll(key, `\`, "/"))
		if parent == strings.ReplaceAll(strings.ToLower(at), `\`, "/") || at == "" && parent == "." {
			names = append(names, nameOf(`\`+f.path))
		}
	}
	slices.Sort(names) // as NTFS lists them
	return names, nil
}

type simSink struct {
	s *sim
	v *simVol
	f *simFile
}

// Create implements Files.
func (s *sim) Create(name string) (Sink, error) {
	v, at, old, err := s.entry("create", name)
	if v == nil {
		return nil, err
	}
	if old != nil && old.locked {
		return nil, &fs.PathError{Op: "create", Path: name, Err: ErrInUse}
	}
	if err := s.tick(); err != nil {
		return nil, err
	}
	s.writeOn(v, at, nil)
	return &simSink{s, v, v.files[strings.ToLower(at)]}, nil
}

func (v *simVol) taken() (n int) {
	for _, f := range v.files {
		n += len(f.data)
	}
	return n
}

// Write writes half if the power goes, or the volume is full.
func (w *simSink) Write(p []byte) (int, error) {
	err := w.s.tick()
	if err == nil && (w.v.room > 0 && w.v.taken()+len(p) > w.v.room) {
		err = &fs.PathError{Op: "write", Path: w.f.path, Err: ErrFull}
	}
	n := len(p)
	if err != nil {
		n /= 2
	}
	w.f.data = append(w.f.data, p[:n]...)
	return n, err
}

// Sync implements Sink.
func (w *simSink) Sync() error { return w.s.tick() }

// Close implements Sink.
func (w *simSink) Close() error { return nil }

// Rename implements Files.
func (s *sim) Rename(from, to string) error {
	v, at, _, err := s.entry("rename", from)
	if err != nil {
		return err
	}
	w, now := s.find(to)
	if there := w.files[strings.ToLower(now)]; s.heldBelow(v, at) || there != nil && there.locked {
		return &fs.PathError{Op: "rename", Path: to, Err: ErrInUse}
	}
	if err := s.tick(); err != nil {
		return err
	}
	for key, g := range v.files {
		if key == strings.ToLower(at) || strings.HasPrefix(key, strings.ToLower(at)+`\`) {
			delete(v.files, key)
			g.path = now + g.path[len(at):]
			v.files[strings.ToLower(g.path)] = g
		}
	}
	s.watch("rename " + to)
	return nil
}

// heldBelow tells whether anything at or below a path is open.
func (s *sim) heldBelow(v *simVol, at string) bool {
	for key, f := range v.files {
		if f.locked && (key == strings.ToLower(at) || strings.HasPrefix(key, strings.ToLower(at)+`\`)) {
			return true
		}
	}
	return false
}

// Remove implements Files.
func (s *sim) Remove(name string) error {
	v, at, f, err := s.entry("remove", name)
	if err != nil {
		return err
	}
	if f.locked {
		return &fs.PathError{Op: "remove", Path: name, Err: ErrInUse}
	}
	for key := range v.files {
		if strings.HasPrefix(key, strings.ToLower(at)+`\`) {
			return &fs.PathError{Op: "remove", Path: name, Err: errors.New("the folder is not empty")}
		}
	}
	if err := s.tick(); err != nil {
		return err
	}
	delete(v.files, strings.ToLower(at))
	s.watch("remove " + name)
	return nil
}

// MakeFolder implements Files.
func (s *sim) MakeFolder(name string) error {
	v, at, f, err := s.entry("mkdir", name)
	if v == nil || f != nil {
		return err
	}
	if err := s.tick(); err != nil {
		return err
	}
	s.writeOn(v, at+`\x`, nil)
	delete(v.files, strings.ToLower(at+`\x`))
	return nil
}

// SetAttributes implements Files.
func (s *sim) SetAttributes(name string, attributes uint32) error {
	_, _, f, err := s.entry("attributes", name)
	if err != nil {
		return err
	}
	if err := s.tick(); err != nil {
		return err
	}
	f.attributes = attributes
	return nil
}
