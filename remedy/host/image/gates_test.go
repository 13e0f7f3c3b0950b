package image_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/cases/layouts"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/image"
	"updoc/testkit"
)

// memory keeps an overlay's blocks.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, off int64) (int, error) { return copy(p, m.b[off:]), nil }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := off + int64(len(p)); need > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, need-int64(len(m.b)))...)
	}
	return copy(m.b[off:], p), nil
}

// opened is a host on the disk at path whose facts were read once.
func opened(t *testing.T, path string) *image.Host {
	t.Helper()
	target, err := image.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	h, err := image.New(target, image.Options{Store: &memory{}, Keep: filepath.Join(t.TempDir(), "keep"), Now: time.Unix(0, 0).UTC(), Look: layouts.Look})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := h.Machine(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func layout(t *testing.T, name string) layouts.Layout {
	t.Helper()
	all := layouts.All()
	i := slices.IndexFunc(all, func(l layouts.Layout) bool { return l.Name == name })
	if i < 0 {
		t.Fatal(name)
	}
	return all[i]
}

// onVolume lets a tool change one partition of the disk at path, as a file of its own.
func onVolume(t *testing.T, path string, p table.Partition, do func(volume string)) {
	t.Helper()
	disk, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	name := filepath.Join(t.TempDir(), "volume")
	b := make([]byte, p.Size)
	if _, err := disk.ReadAt(b, int64(p.Start)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	do(name)
	if b, err = os.ReadFile(name); err == nil {
		_, err = disk.WriteAt(b, int64(p.Start))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func code(err error) string {
	var e *model.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// everyKind is an operation of every kind that writes to a volume or the table; windows is
// where it writes.
func everyKind(t *testing.T, windows string) []host.Op {
	local := testkit.WriteFile(t, "local", []byte("local"))
	on := func(path string) host.Place { return host.Place{Volume: windows, Path: path} }
	return []host.Op{
		{Kind: host.WriteFile, To: on("Windows/a.txt"), Data: []byte("a")},
		{Kind: host.LeaveFollowUp, To: on("ProgramData/updoc.json"), Data: []byte("a")},
		{Kind: host.PutFile, To: on("Windows/b.txt"), Local: local},
		{Kind: host.CopyFile, From: on("Windows/Temp/left.bin"), To: on("Windows/c.bin")},
		{Kind: host.MoveAside, From: on("Windows/Temp/left.bin")},
		{Kind: host.Rename, From: on("Windows/SoftwareDistribution"), Text: "old"},
		{Kind: host.SetValue, To: on("Windows/System32/config/SYSTEM"), Key: `ControlSet001\Services\wuauserv`, Name: "Start", Type: 4, Number: 3},
		{Kind: host.ShrinkVolume, Partition: windows, Size: 100 << 20},
		{Kind: host.SetPartitionType, Partition: windows, Text: table.TypeRecovery.String()},
	}
}

// A Windows that sleeps in any volume of the disk closes all of it, for every operation.
func TestAnotherWindowsSleeps(t *testing.T) {
	path := build(t, layout(t, "files"))
	parts := tableOf(t, path).Partitions
	page := testkit.WriteFile(t, "hiberfil.sys", []byte("HIBR"+strings.Repeat("\x01", 4092)))
	onVolume(t, path, parts[3], func(volume string) { testkit.Run(t, "ntfscp", "-f", volume, page, "hiberfil.sys") })
	h := opened(t, path)
	ops := append(everyKind(t, "disk0p3"), host.Op{Kind: host.WriteFile, To: host.Place{Volume: "disk0p1", Path: "EFI/a.txt"}, Data: []byte("a")},
		host.Op{Kind: host.CreateRecovery, Start: parts[3].Start, Size: 1 << 20, GUID: "{5c1f6a3e-2f0a-4b61-9d3c-0a7c1d2e3f40}"})
	for _, op := range ops {
		if err := h.Do(t.Context(), op); code(err) != "windows-hibernated" {
			t.Errorf("%s: %v", op.Kind, err)
		}
	}
	if plan, err := h.Plan(); err != nil || len(plan.Changes) > 0 {
		t.Errorf("%v, %v", plan, err)
	}
}

// A volume that Windows means to check is not written to, not even a file of it.
func TestDirtyVolume(t *testing.T) {
	path := build(t, layout(t, "files"))
	onVolume(t, path, tableOf(t, path).Partitions[2], func(volume string) { testkit.Run(t, "ntfsfix", volume) })
	h := opened(t, path)
	for _, op := range everyKind(t, "disk0p3") {
		if err := h.Do(t.Context(), op); code(err) != "ntfs-dirty" {
			t.Errorf("%s: %v", op.Kind, err)
		}
	}
}

// Somebody who does not ask for our lock writes between opening and planning.
func TestImageWrittenMeanwhile(t *testing.T) {
	path := build(t, layout(t, "files"))
	h := opened(t, path)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, 100<<20); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{^b[0]}, 100<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Plan(); code(err) != "disk-changed" {
		t.Error(err)
	}
}

// On an MBR disk a new primary partition takes the number of the first logical one: facts
// read afterwards name others by the ids of before.
func TestIDsAfterANewPartition(t *testing.T) {
	l := layout(t, "mbr-extended")
	path := build(t, l)
	h := opened(t, path)
	for _, op := range l.Ops(h.Before()) {
		if err := h.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Machine(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := tableOn(t, h)
	for _, p := range now.Partitions[2:] {
		at := host.Place{Volume: layouts.ID(p), Path: "mark.txt"}
		text := []byte(layouts.ID(p))
		if err := h.Do(t.Context(), host.Op{Kind: host.WriteFile, To: at, Data: text}); err != nil {
			t.Fatal(err)
		}
		if got := fileOf(h.Overlay(), p, "mark.txt"); string(got) != string(text) {
			t.Errorf("%s holds %q", layouts.ID(p), got)
		}
	}
	if err := h.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func tableOn(t *testing.T, h *image.Host) *table.Table {
	t.Helper()
	return table.Read(h.Overlay(), h.Overlay().Size(), 512)
}

// A new partition may take another's entry: no entry more.
func TestNewPartitionInAnothersPlace(t *testing.T) {
	l := layout(t, "gpt-after")
	path := build(t, l)
	h := opened(t, path)
	w, r := h.Before().Partitions[2], h.Before().Partitions[3]
	const by = 16 << 20
	for _, op := range []host.Op{
		{Kind: host.ShrinkVolume, Partition: "disk0p3", Size: w.Size - by},
		{Kind: host.CreateRecovery, Start: w.End() - by, Size: r.End() - w.End() + by, Replace: "disk0p4"},
	} {
		if err := h.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A tool that is missing, or was stopped, does not mean that there is too little room.
func TestToolMissingOrStopped(t *testing.T) {
	path := build(t, layout(t, "gpt-after"))
	h := opened(t, path)
	op := host.Op{Kind: host.ShrinkVolume, Partition: "disk0p3", Size: h.Before().Partitions[2].Size - 16<<20}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Do(ctx, op); !errors.Is(err, context.Canceled) || code(err) != "" {
		t.Errorf("stopped: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	op = host.Op{Kind: host.ExtractWim, Local: path, Image: 1, From: host.Place{Path: "Winre.wim"}, To: host.Place{Volume: "disk0p4", Path: "Recovery/WindowsRE/Winre.wim"}}
	if err := h.Do(t.Context(), op); code(err) != "tool-missing" {
		t.Errorf("missing: %v", err)
	}
}

// What was written and has become something else since is found, on any volume.
func TestWrittenFileChangedSince(t *testing.T) {
	path := build(t, layout(t, "files"))
	h := opened(t, path)
	text := strings.Repeat("written by us ", 1000)
	if err := h.Do(t.Context(), host.Op{Kind: host.WriteFile, To: host.Place{Volume: "disk0p3", Path: "Windows/a.txt"}, Data: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	if err := h.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := h.Before().Partitions[2]
	all := make([]byte, p.Size)
	if _, err := h.Overlay().ReadAt(all, int64(p.Start)); err != nil {
		t.Fatal(err)
	}
	at := int64(strings.Index(string(all), text))
	if _, err := h.Overlay().WriteAt([]byte{'W'}, int64(p.Start)+at); err != nil || at < 0 {
		t.Fatal(at, err)
	}
	if err := h.Verify(t.Context()); code(err) != "verify-failed" {
		t.Error(err)
	}
}

// A file that is no image may have the right name: what Windows would start is looked at
// before it is written.
func TestNamedImageIsNone(t *testing.T) {
	path := build(t, layout(t, "gpt-after"))
	h := opened(t, path)
	at := host.Place{Volume: "disk0p4", Path: "Recovery/WindowsRE/Winre.wim"}
	for _, op := range []host.Op{{Kind: host.WriteFile, To: at, Data: []byte(strings.Repeat("no image", 1000))}, {Kind: host.SetWinRE, To: at}} {
		if err := h.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Verify(t.Context()); code(err) != "verify-failed" {
		t.Error(err)
	}
}

// wimlib may say that it has written a WIM, and have written another: what the WIM says of
// its files stays the same then.
func TestRecompressedBadly(t *testing.T) {
	path := build(t, layout(t, "gpt-after"))
	real := testkit.Tool(t, "wimlib-imagex")
	bin := t.TempDir()
	script := "#!/bin/sh\n" + real + ` "$@" || exit
if [ "$1" = export ]; then printf '\125\252\125\252\125\252\125\252' | dd of="$4" bs=1 seek=400 conv=notrunc 2>/dev/null; fi
`
	if err := os.WriteFile(filepath.Join(bin, "wimlib-imagex"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	h := opened(t, path)
	was := h.Before()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	at := host.Place{Volume: "disk0p4", Path: "Recovery/WindowsRE/Winre.wim"}
	before := fileOf(h.Overlay(), was.Partitions[3], at.Path)
	for _, kind := range []string{"lzx", "xpress"} {
		if err := h.Do(t.Context(), host.Op{Kind: host.Recompress, To: at, Text: kind}); err != nil {
			t.Log(err)
		}
	}
	if now := fileOf(h.Overlay(), was.Partitions[3], at.Path); len(before) == 0 || !slices.Equal(before, now) {
		t.Errorf("%d bytes became %d", len(before), len(now))
	}
}
