// Package layouts has small disks of every layout a repair can meet, and what is done to
// each: for tests of the image host and for bench/cuts. A disk is small enough to be held
// in memory many times, so sizes are not those of real PCs; the operations are.
//
// It may import casekit, disk and remedy/host. It must never decide what is done: it
// names places, the host does the work.
package layouts

import (
	"context"
	"embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"updoc/casekit"
	"updoc/disk/table"
	"updoc/remedy/host"
)

//go:embed *.yaml
var stories embed.FS

const mib = 1 << 20

// Layout is one disk and what is done to it.
type Layout struct {
	Name string // of its story, without .yaml
	// Ops are the operations, given the table of the disk.
	Ops func(t *table.Table) []host.Op
}

// All are the layouts, in a fixed order.
func All() []Layout {
	return []Layout{
		{"gpt-after", enlarge("disk0p3", "disk0p4", 16*mib)},
		{"gpt-after-files", enlarge("disk0p3", "disk0p4", 40*mib)},
		{"gpt-gap-behind", useGap("disk0p4", 0, 12*mib)},
		{"gpt-gap-before", useGap("disk0p4", 9*mib, 0)},
		{"gpt-before", newBehind("disk0p4", "disk0p1", 28*mib)},
		{"gpt-away", newBehind("disk0p3", "disk0p5", 28*mib)},
		{"gpt-on-windows", newBehind("disk0p3", "disk0p3", 28*mib)},
		{"gpt-several", enlarge("disk0p3", "disk0p4", 11*mib)},
		{"gpt-disabled", enable("disk0p4")},
		{"gpt-4kn", enlarge("disk0p1", "disk0p2", 16*mib)},
		{"mbr-after", enlarge("disk0p2", "disk0p3", 16*mib)},
		{"mbr-full", enlarge("disk0p2", "disk0p3", 8*mib)},
		{"mbr-extended", newBehind("disk0p2", "disk0p1", 28*mib)},
		{"files", files("disk0p3")},
	}
}

// Build makes the disk of a layout at path.
func (l Layout) Build(ctx context.Context, path string) error {
	text, err := stories.Open(l.Name + ".yaml")
	if err != nil {
		return err
	}
	defer text.Close()
	pc, err := casekit.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Name, err)
	}
	return pc.Disk(ctx, path)
}

const (
	wimPath  = "Recovery/WindowsRE/Winre.wim"
	staged   = "Windows/System32/Recovery/Winre.wim"
	kilobyte = 1 << 10
)

// ID is the id of a partition.
func ID(p table.Partition) string { return fmt.Sprintf("disk0p%d", p.Index) }

// part finds a partition by its id.
func part(t *table.Table, id string) table.Partition {
	i := slices.IndexFunc(t.Partitions, func(p table.Partition) bool { return ID(p) == id })
	return t.Partitions[i]
}

// enlarge lets windows give by bytes to the recovery partition behind it.
func enlarge(windows, recovery string, by uint64) func(*table.Table) []host.Op {
	return func(t *table.Table) []host.Op {
		w, r := part(t, windows), part(t, recovery)
		return []host.Op{
			{Kind: host.ShrinkVolume, Partition: windows, Size: w.Size - by},
			{Kind: host.ResizeRecovery, Partition: recovery, Start: w.End() - by, Size: r.End() - w.End() + by},
			{Kind: host.SetWinRE, To: host.Place{Volume: recovery, Path: wimPath}},
		}
	}
}

// useGap lets the recovery partition grow into the room before and behind it.
func useGap(recovery string, before, behind uint64) func(*table.Table) []host.Op {
	return func(t *table.Table) []host.Op {
		r := part(t, recovery)
		return []host.Op{
			{Kind: host.ResizeRecovery, Partition: recovery, Start: r.Start - before, Size: r.Size + before + behind},
			{Kind: host.SetWinRE, To: host.Place{Volume: recovery, Path: wimPath}},
		}
	}
}

// newBehind makes a recovery partition behind windows and moves the image of another
// volume there.
func newBehind(windows, image string, size uint64) func(*table.Table) []host.Op {
	return func(t *table.Table) []host.Op {
		w := part(t, windows)
		from, to := host.Place{Volume: image, Path: wimPath}, host.Place{Volume: host.NewPartition, Path: wimPath}
		return []host.Op{
			{Kind: host.ShrinkVolume, Partition: windows, Size: w.Size - size},
			{Kind: host.CreateRecovery, Start: w.End() - size, Size: size, GUID: "{5c1f6a3e-2f0a-4b61-9d3c-0a7c1d2e3f40}"},
			{Kind: host.CopyFile, From: from, To: to},
			{Kind: host.SetWinRE, To: to},
		}
	}
}

// enable puts the staged image in its place and switches recovery on.
func enable(recovery string) func(*table.Table) []host.Op {
	return func(*table.Table) []host.Op {
		to := host.Place{Volume: recovery, Path: wimPath}
		return []host.Op{
			{Kind: host.CopyFile, From: host.Place{Volume: "disk0p3", Path: staged}, To: to},
			{Kind: host.SetWinRE, To: to},
		}
	}
}

// files changes files and hives alone.
func files(windows string) func(*table.Table) []host.Op {
	on := func(path string) host.Place { return host.Place{Volume: windows, Path: path} }
	return func(*table.Table) []host.Op {
		return []host.Op{
			{Kind: host.Rename, From: on("Windows/SoftwareDistribution"), Text: "SoftwareDistribution.bak"},
			{Kind: host.WriteFile, To: on("Windows/System32/drivers/etc/hosts"), Data: []byte(strings.Repeat("# hosts\r\n", kilobyte))},
			{Kind: host.MoveAside, From: on("Windows/Temp/left.bin")},
			{Kind: host.SetValue, To: on("Windows/System32/config/SYSTEM"), Key: `ControlSet001\Services\wuauserv`, Name: "Start", Type: 4, Number: 3},
			{Kind: host.SetValue, To: on("Windows/System32/config/SOFTWARE"), Key: `Microsoft\Windows NT\CurrentVersion`, Name: "UpdocTest", Type: 1, Text: "a value that was not there"},
		}
	}
}

// Names are those of all stories, for a test that none is forgotten.
func Names() []string {
	var out []string
	entries, _ := stories.ReadDir(".")
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(filepath.Base(e.Name()), ".yaml"))
	}
	return out
}
