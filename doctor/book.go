package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"updoc/model"
	"updoc/remedy/journal"
)

// book is the file. It is never written if it could not be read.
type book struct{ model.Deferred }

func (b *book) find(kb string) int {
	return slices.IndexFunc(b.Deferrals, func(d model.Deferral) bool { return d.KB == kb })
}

func (b *book) put(path string, d model.Deferral) error {
	if i := b.find(d.KB); i >= 0 {
		b.Deferrals[i] = d
	} else {
		b.Deferrals = append(b.Deferrals, d)
	}
	return b.write(path)
}

func readBook(path string) (*book, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &book{model.Deferred{Schema: model.DeferredSchema, Deferrals: []model.Deferral{}}}, nil
	}
	if err == nil && !info.Mode().IsRegular() { // a pipe would wait for its other end
		err = errors.New("not a file")
	}
	if err != nil {
		return nil, unreadableBook(path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadableBook(path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, bookLimit+1))
	if err != nil {
		return nil, unreadableBook(path, err)
	}
	b, err := parseBook(text)
	if err != nil {
		return nil, unreadableBook(path, err)
	}
	return b, nil
}

func unreadableBook(path string, err error) error {
	return &model.Error{Code: "book-unreadable", Args: model.Args{"path": path}, Err: err}
}

// parseBook reads a book and accepts only what this version would write: what it does not
// know it would lose.
func parseBook(text []byte) (*book, error) {
	b := &book{}
	if len(text) > bookLimit {
		return nil, errors.New("longer than a book can be")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b.Deferred); err != nil {
		return nil, err
	}
	if dec.More() || b.Schema != model.DeferredSchema || b.Deferrals == nil {
		return nil, errors.New("not a book of this version")
	}
	var kbs []string
	for i := range b.Deferrals {
		d := &b.Deferrals[i]
		if _, err := time.Parse(day, d.Until); err != nil || !kbName.MatchString(d.KB) || !isReason(d.Reason) || slices.Contains(kbs, d.KB) {
			return nil, errors.New("a deferral that is none")
		}
		kbs, d.Expired = append(kbs, d.KB), false
	}
	return b, nil
}

// write replaces the book as a whole, or leaves the one before.
func (b *book) write(path string) error {
	text, err := json.MarshalIndent(b.Deferred, "", "  ")
	if err != nil {
		return err
	}
	if len(text) >= bookLimit {
		err = errors.New("the book is full")
	} else {
		err = replaceFile(path, append(text, '\n'))
	}
	if err != nil {
		return &model.Error{Code: "book-unwritable", Args: model.Args{"path": path}, Err: err}
	}
	return nil
}

// replaceFile lets the file at path hold text, whole, or as it was.
func replaceFile(path string, text []byte) error {
	dir := filepath.Dir(path)
	if err := makeFolderOf(path); err != nil {
		return err
	}
	part, err := os.CreateTemp(dir, filepath.Base(path))
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already if all went well
	_, err = part.Write(text)
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// makeFolderOf makes the folder of a book. That of the usual one is updoc's own.
func makeFolderOf(path string) error {
	if usual, err := DefaultBook(); err == nil && path == usual {
		return journal.Share(filepath.Dir(path), true)
	}
	return os.MkdirAll(filepath.Dir(path), 0o755)
}
