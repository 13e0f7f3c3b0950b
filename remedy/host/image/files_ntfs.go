package image

import (
	"bytes"
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
)

// ntfsFiles are the files of a volume that ntfs-3g shows in a folder.
type ntfsFiles struct{ dir string }

func (n ntfsFiles) at(name string) string { return filepath.Join(n.dir, filepath.FromSlash(name)) }

func (n ntfsFiles) write(_ context.Context, name string, r io.Reader) error {
	if err := os.MkdirAll(n.at(path.Dir(name)), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(n.at(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, 1<<20)); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// patchUnit is the unit of comparing: what a page of a hive and a cluster have.
const patchUnit = 4096

func (n ntfsFiles) patch(_ context.Context, name string, old, now []byte) error {
	f, err := os.OpenFile(n.at(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for at := 0; at < len(now) && err == nil; at += patchUnit {
		end := min(at+patchUnit, len(now))
		if end <= len(old) && bytes.Equal(old[at:end], now[at:end]) {
			continue
		}
		_, err = f.WriteAt(now[at:end], int64(at))
	}
	if err == nil && len(now) < len(old) {
		err = f.Truncate(int64(len(now)))
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func (n ntfsFiles) rename(_ context.Context, name, to string) error {
	return os.Rename(n.at(name), n.at(to))
}

func (n ntfsFiles) remove(_ context.Context, name string) error { return os.Remove(n.at(name)) }

func (n ntfsFiles) like(_ context.Context, name string, m marks) error {
	for i, dir := range foldersOf(name) {
		if i < len(m.folders) {
			if err := m.folders[i].set(n.at(dir)); err != nil {
				return err
			}
		}
	}
	return m.own.set(n.at(name))
}

// foldersOf are the folders above a file, the nearest first, the root left out.
func foldersOf(name string) []string {
	var out []string
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		out = append(out, dir)
	}
	return out
}
