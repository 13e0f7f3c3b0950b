package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"updoc/casekit"
	"updoc/disk"
	"updoc/format/wim"
)

// story is the sick PC of the bench disk: its layout, its boot store and what ails
// it. Hives, logs and files are made large afterwards.
const story = `
about: a large, well used PC whose recovery partition has too little room
now: 2024-03-21 19:05
os: {ubr: 4170}
disks:
- size: 64 GB
  partitions:
  - esp: 100 MB
  - msr: 16 MB
  - windows: rest
  - {recovery: 640 MB}
winre:
  wim: {version: 10.0.19041.1, size: 20 MB}
updates:
- kb: KB5034441
  at: [2024-01-10 12:05, 2024-01-24 19:12, 2024-02-14 18:57, 2024-03-13 20:03, 2024-03-20 21:30]
  code: 0x80070643
  event-code: 0x8024200b
  agent: {phase: 2, code: 0x800f0828}
  cbs: 0x800f0828
- {kb: KB5034122, at: 2024-01-10 12:20, takes: 11m}
- {kb: KB5034763, at: 2024-02-14 19:20, takes: 12m}
- {kb: KB5035845, at: 2024-03-13 20:25, takes: 10m}
`

// What the bench disk holds, in bytes and files.
const (
	softwareSize    = 100 << 20
	systemSize      = 20 << 20
	componentsSize  = 50 << 20
	eventLogSize    = 20 << 20
	cbsLogSize      = 50 << 20
	defenderLogSize = 16 << 20
	winreSize       = 500 << 20
	fileCount       = 200_000
)

// epoch is the time of everything on the bench disk that has no time of its own.
var epoch = time.Date(2023, 11, 2, 9, 0, 0, 0, time.UTC)

// Places of the partitions in the table of the story, from 1.
const (
	windowsPartition  = 3
	recoveryPartition = 4
)

// diskTools are the foreign programs that the bench disk is built with.
func diskTools() []string {
	return []string{"mkntfs", "ntfsfallocate", "wimlib-imagex"}
}

// buildDisk writes the bench disk as a sparse raw image. work is an empty folder for
// what is needed on the way.
func buildDisk(ctx context.Context, path, work string) error {
	pc, err := casekit.Parse(strings.NewReader(story))
	if err != nil {
		return err
	}
	small, drive := filepath.Join(work, "small"), filepath.Join(work, "c")
	if err := pc.Disk(ctx, small); err != nil {
		return err
	}
	if err := pc.Folder(drive); err != nil {
		return err
	}
	if err := enlargeDrive(ctx, drive); err != nil {
		return err
	}
	recovery, err := recoveryTree(ctx, drive, work)
	if err != nil {
		return err
	}
	windows, err := plantFolder(drive)
	if err != nil {
		return err
	}
	addFiles(windows, fileCount)
	return refill(ctx, path, small, work, map[int]*wim.Node{windowsPartition: windows, recoveryPartition: recovery})
}

// refill copies a disk and makes some of its partitions anew, from trees.
func refill(ctx context.Context, path, from, work string, trees map[int]*wim.Node) (err error) {
	d, err := disk.Open(ctx, from, disk.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	if err := out.Truncate(d.Size()); err != nil {
		return err
	}
	done := int64(0)
	for _, p := range d.Table().Partitions {
		if trees[p.Index] == nil {
			continue
		}
		start, size := int64(p.Start), int64(p.Size)
		if err := copyData(out, in, done, start, 0); err != nil {
			return err
		}
		if err := newPartition(ctx, out, start, size, trees[p.Index], work); err != nil {
			return err
		}
		done = start + size
	}
	return copyData(out, in, done, d.Size(), 0)
}

// newPartition formats size bytes of out from start on and fills them with a tree.
func newPartition(ctx context.Context, out *os.File, start, size int64, root *wim.Node, work string) error {
	part, image := filepath.Join(work, "part"), filepath.Join(work, "part.wim")
	defer os.Remove(part)
	defer os.Remove(image)
	if err := writeWim(image, wim.Options{Images: []wim.Tree{{Root: root, Time: epoch}}}); err != nil {
		return err
	}
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(part, size); err != nil {
		return err
	}
	if err := run(ctx, "mkntfs", "-F", "-Q", "-q", "-T", "-c", "4096", "-s", "512",
		"-p", strconv.FormatInt(start/512, 10), "-H", "255", "-S", "63", part); err != nil {
		return err
	}
	if err := run(ctx, "wimlib-imagex", "apply", image, "1", part); err != nil {
		return err
	}
	in, err := os.Open(part)
	if err != nil {
		return err
	}
	defer in.Close()
	return copyData(out, in, 0, size, start)
}

func writeWim(path string, o wim.Options) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	err = wim.Write(wim.Sparse(out), o)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}
