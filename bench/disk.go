package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"updoc/casekit"
	"updoc/doctor"
)

// builders is the source of what builds the bench disk: the key of the cache.
//
//go:embed builder_*.go
var builders embed.FS

// disk measures the whole diagnosis of the bench disk.
func (b *bench) disk(ctx context.Context) error {
	path, err := b.cachedDisk(ctx)
	if err != nil || path == "" {
		return err
	}
	read, err := b.examine(ctx, path)
	if err != nil {
		return err
	}
	diagnose := command{args: []string{b.tool("updoc"), "diagnose", path, "--format", "json", "--quiet"}, ends: []int{1}}
	costs, err := b.medians(ctx, 3*b.rounds, diagnose)
	if err != nil {
		return err
	}
	c := costs[0]
	b.table.add(row{what: "bench disk, whole diagnosis, wall time", ours: seconds(c.CPU) + " of CPU", value: c.Wall.Seconds(), format: "%.2f s", target: 1.5})
	b.table.add(row{what: "bench disk, read from the image", value: megabytes(read), format: "%.1f MB", target: 150})
	b.table.add(row{what: "bench disk, memory", value: megabytes(c.RSS), format: "%.1f MB", target: 150})
	return nil
}

// cachedDisk returns the bench disk, built if it is not in the cache; "" if tools to
// build it are missing.
func (b *bench) cachedDisk(ctx context.Context) (string, error) {
	key, err := builderKey()
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.cache, "disk-"+key+".img")
	if isFile(path) {
		return path, nil
	}
	if none := missing(diskTools()...); none != nil {
		b.table.skip("bench disk", none)
		return "", nil
	}
	fmt.Fprintln(b.table.progress, "building the bench disk (a few minutes, once) …")
	made := filepath.Join(b.work, "disk.img")
	if err := buildDisk(ctx, made, b.work); err != nil {
		return "", fmt.Errorf("build the bench disk: %w", err)
	}
	return path, b.keepDisk(made, path)
}

// keepDisk moves a disk into the cache and removes those of older builders.
func (b *bench) keepDisk(made, path string) error {
	old, err := filepath.Glob(filepath.Join(b.cache, "disk-*.img"))
	if err != nil {
		return err
	}
	for _, o := range old {
		if err := os.Remove(o); err != nil {
			return err
		}
	}
	return os.Rename(made, path)
}

// builderKey changes with the code that builds the disk.
func builderKey() (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d\n", casekit.Version)
	err := fs.WalkDir(builders, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := builders.ReadFile(name)
		sum.Write(text)
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), err
}

// examine diagnoses the disk in this process and returns how many bytes were read. A
// wrong diagnosis is an error: its speed would mean nothing.
func (b *bench) examine(ctx context.Context, path string) (int64, error) {
	src, err := doctor.Open(ctx, path, doctor.OpenOptions{})
	if err != nil {
		return 0, err
	}
	defer src.Close()
	d, err := doctor.Examine(ctx, src, doctor.Options{})
	if err != nil {
		return 0, err
	}
	if len(d.Failures) != 1 || len(d.Failures[0].Causes) == 0 || d.Failures[0].Causes[0].ID != "winre-partition-too-small" {
		return 0, errors.New("the bench disk was not diagnosed as winre-partition-too-small")
	}
	return src.BytesRead(), nil
}
