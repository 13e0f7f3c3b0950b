package casekit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Version is part of the key of the cache, besides the text and casekit's own source:
// raise it when the same text gives another disk because a writer of format changed.
const Version = 1

//go:embed *.go
var source embed.FS

// Cache returns the directory that keeps built disks: $UPDOC_CASE_CACHE, else
// updoc-casekit in the user's cache directory. It may be deleted at any time.
func Cache() (string, error) {
	if dir := os.Getenv("UPDOC_CASE_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory: %w", err)
	}
	return filepath.Join(dir, "updoc-casekit"), nil
}

// cached copies the built disks from the cache, and builds them first if they are not
// there. A disk enters the cache by renaming, so a half-built one never does.
func (pc *PC) cached(ctx context.Context, path, ext string, build func(context.Context, string) error) error {
	dir, err := Cache()
	if err != nil {
		return err
	}
	kept := filepath.Join(dir, pc.cacheKey()+"."+ext)
	if _, err := os.Stat(kept); err != nil {
		if err := pc.keep(ctx, dir, kept, build); err != nil {
			return err
		}
	}
	for i := range pc.Disks {
		if err := copyFile(numbered(path, i), numbered(kept, i)); err != nil {
			return err
		}
	}
	return nil
}

func (pc *PC) cacheKey() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\x00%s", Version, pc.text)
	fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := source.ReadFile(path)
		h.Write(b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (pc *PC) keep(ctx context.Context, dir, kept string, build func(context.Context, string) error) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	made := filepath.Join(work, "disk")
	if err := build(ctx, made); err != nil {
		return err
	}
	for i := len(pc.Disks) - 1; i >= 0; i-- {
		if err := os.Rename(numbered(made, i), numbered(kept, i)); err != nil {
			return err
		}
	}
	return prune(dir, maxKept)
}

// maxKept is how many PCs the cache holds: more than one run of all tests builds.
const maxKept = 200

// prune removes the PCs that were built longest ago until n are left.
func prune(dir string, n int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	built := map[string]time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			id, _, _ := strings.Cut(e.Name(), ".")
			if info.ModTime().After(built[id]) {
				built[id] = info.ModTime()
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(built), func(a, b string) int { return built[b].Compare(built[a]) })
	for _, id := range ids[min(n, len(ids)):] {
		old, _ := filepath.Glob(filepath.Join(dir, id+".*"))
		for _, path := range old {
			os.Remove(path)
		}
	}
	return nil
}

// copyFile copies a file and keeps its holes.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	if err := out.Truncate(info.Size()); err != nil {
		return err
	}
	return eachData(in, info.Size(), func(from, to int64) error {
		for _, f := range []*os.File{in, out} {
			if _, err := f.Seek(from, io.SeekStart); err != nil {
				return err
			}
		}
		_, err := io.CopyN(out, in, to-from) // by the kernel, where it can
		return err
	})
}

// copyData copies what is not zero in the first n bytes of in to offset off of out.
func copyData(out io.WriterAt, off int64, in *os.File, n int64) error {
	return eachData(in, n, func(from, to int64) error {
		return copySparse(out, off+from, io.NewSectionReader(in, from, to-from), to-from)
	})
}

// eachData calls f for each stretch of the first n bytes that is no hole.
func eachData(in *os.File, n int64, f func(from, to int64) error) error {
	for at := int64(0); at < n; {
		from, to, err := nextData(in, at, n)
		if err != nil {
			return err
		}
		if from < to {
			if err := f(from, to); err != nil {
				return err
			}
		}
		at = to
	}
	return nil
}
