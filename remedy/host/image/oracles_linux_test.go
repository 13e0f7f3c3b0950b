package image_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"updoc/cases/layouts"
	"updoc/disk"
	"updoc/disk/commit"
	"updoc/disk/container"
	"updoc/disk/partfs"
	"updoc/disk/table"
	"updoc/remedy/host"
	"updoc/testkit"
)

// Each layout is committed to a real file. Foreign tools must find the disk in order,
// every file that was not meant must be as before, and the way back must be exact.
func TestLayouts(t *testing.T) {
	for _, l := range layouts.All() {
		t.Run(l.Name, func(t *testing.T) {
			path := build(t, l)
			before, was := tableOf(t, path), testkit.DiskHash(t, path)
			files := filesOfAll(t, path, before)
			j, dev := commitTo(t, l, path)
			after := tableOf(t, path)
			soundTable(t, path, before)
			soundVolumes(t, path, after)
			othersSame(t, l, before, after)
			now := filesOfAll(t, path, after)
			filesSame(t, l, before, after, files, now)
			copiesSame(t, l, before, after, files, now)
			recoveryRight(t, l, path, after)
			if err := j.Undo(t.Context(), dev, nil); err != nil {
				t.Fatal(err)
			}
			if testkit.DiskHash(t, path) != was {
				t.Error("after undo the disk is not as it was, byte for byte")
			}
		})
	}
}

// commitTo carries a layout out and commits it to the file.
func commitTo(t *testing.T, l layouts.Layout, path string) (*commit.Journal, *commit.Disk) {
	t.Helper()
	w := carryOut(t, l, path)
	dir, err := commit.OSDir(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := commit.Create(dir, l.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	if _, err := j.Delta().WriteAt(w.Delta, 0); err != nil {
		t.Fatal(err)
	}
	dev, err := w.Target.Writer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	if err := j.Prepare(t.Context(), w.Plan.Changes, dev, w.Plan.Phase, w.Plan.Watch); err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(t.Context(), dev, nil); err != nil {
		t.Fatal(err)
	}
	return j, dev
}

// tool runs a program that must end with 0 and returns what it said.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// soundTable asks sgdisk and sfdisk. A file has sectors of 512 bytes for them; a loop
// device can have others.
func soundTable(t *testing.T, path string, was *table.Table) {
	t.Helper()
	if was.SectorSize != 512 {
		out := tool(t, "losetup", "--find", "--show", "--sector-size", strconv.Itoa(was.SectorSize), path)
		path = strings.TrimSpace(out)
		defer tool(t, "losetup", "--detach", path)
	}
	if was.Kind == table.GPT {
		if out := tool(t, "sgdisk", "-v", path); !strings.Contains(out, "No problems found") {
			t.Errorf("sgdisk: %s", out)
		}
	}
	if out := tool(t, "sfdisk", "-d", path); !strings.Contains(out, "label: ") {
		t.Errorf("sfdisk: %s", out)
	}
	if out := tool(t, "sfdisk", "-V", path); !strings.Contains(out, "No errors detected") {
		t.Errorf("sfdisk: %s", out)
	}
}

// othersSame: what is not meant to change in the table did not; a recovery partition has
// its type and attributes.
func othersSame(t *testing.T, l layouts.Layout, before, after *table.Table) {
	t.Helper()
	meant := map[string]bool{}
	for _, op := range l.Ops(before) {
		meant[op.Partition] = true
	}
	for _, p := range before.Partitions {
		now := after.Partitions[slices.IndexFunc(after.Partitions, func(q table.Partition) bool { return q.Slot == p.Slot })]
		if meant[layouts.ID(p)] {
			p.Start, p.Size = now.Start, now.Size
		}
		now.Index = p.Index
		if p != now {
			t.Errorf("partition %d: %+v became %+v", p.Index, p, now)
		}
	}
	for _, p := range after.Partitions {
		if slices.ContainsFunc(before.Partitions, func(q table.Partition) bool { return q.Slot == p.Slot }) {
			continue
		}
		if after.Kind == table.GPT && (p.TypeGUID != table.TypeRecovery || p.Attributes != 0x8000000000000001) || after.Kind == table.MBR && p.MBRType != 0x27 {
			t.Errorf("the new partition: %+v", p)
		}
	}
}

// soundVolumes lets ntfsresize check every NTFS volume, and ntfsfix look.
func soundVolumes(t *testing.T, path string, tab *table.Table) {
	t.Helper()
	for _, part := range shown(t, path, tab) {
		tool(t, "ntfsresize", "--info", "--force", part)
		if out := tool(t, "ntfsfix", "-n", part); !strings.Contains(out, "processed successfully") {
			t.Errorf("ntfsfix: %s", out)
		}
		tool(t, "ntfsinfo", "--force", "-m", part)
	}
}

// shown gives the files that show the NTFS partitions of a disk, by slot.
func shown(t *testing.T, path string, tab *table.Table) map[int]string {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	view, err := partfs.Mount(t.TempDir(), f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(view.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	})
	out := map[int]string{}
	for _, p := range tab.Partitions {
		s := io.NewSectionReader(f, int64(p.Start), int64(p.Size))
		if disk.Probe(s, s.Size()).Kind != "ntfs" {
			continue
		}
		if out[p.Slot], err = view.Show(layouts.ID(p), int64(p.Start), int64(p.Size)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// filesOfAll hashes every file of every volume, by partition slot and path: those of NTFS
// as ntfs-3g shows them, those of FAT as we read them.
func filesOfAll(t *testing.T, path string, tab *table.Table) map[int]map[string]string {
	t.Helper()
	out := map[int]map[string]string{}
	for slot, part := range shown(t, path, tab) {
		out[slot] = filesMounted(t, part)
	}
	return out
}

func filesMounted(t *testing.T, part string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	tool(t, "ntfs-3g", "-o", "ro,streams_interface=none", part, dir)
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		sum, err := hashFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[rel] = sum + attributesOf(name)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return out
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	s := sha256.New()
	_, err = io.Copy(s, f)
	return hex.EncodeToString(s.Sum(nil)), err
}

// attributesOf are the Windows attributes and permissions, as ntfs-3g tells them.
func attributesOf(name string) string {
	out := ""
	for _, attr := range []string{"system.ntfs_attrib_be", "system.ntfs_acl"} {
		b := make([]byte, 64<<10)
		if n, err := syscall.Getxattr(name, attr, b); err == nil {
			out += " " + hex.EncodeToString(b[:n])
		}
	}
	return out
}

// filesSame: every file that no operation names is there, with the same content,
// attributes and permissions.
func filesSame(t *testing.T, l layouts.Layout, before, after *table.Table, was, is map[int]map[string]string) {
	t.Helper()
	meant := meantFiles(l, before)
	for slot, files := range was {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if !meant[name] && !below(meant, name) && is[slot][name] != files[name] {
				t.Errorf("slot %d: %s is not as before", slot, name)
			}
		}
	}
}

// copiesSame: a file that was copied has the content, the attributes (hidden, system) and
// the permissions of what it was copied from.
func copiesSame(t *testing.T, l layouts.Layout, before, after *table.Table, was, is map[int]map[string]string) {
	t.Helper()
	for _, op := range l.Ops(before) {
		if op.Kind != host.CopyFile {
			continue
		}
		from, to := slotOf(before, before, op.From.Volume), slotOf(before, after, op.To.Volume)
		if want := was[from][op.From.Path]; want == "" || is[to][op.To.Path] != want {
			t.Errorf("the copy of %s is not as it: %q, wanted %q", op.From.Path, is[to][op.To.Path], want)
		}
	}
}

// slotOf is the place in the table of a partition by its id before, or of the new one.
func slotOf(before, after *table.Table, id string) int {
	for _, p := range after.Partitions {
		old := slices.ContainsFunc(before.Partitions, func(q table.Partition) bool { return q.Slot == p.Slot })
		if !old && id == host.NewPartition {
			return p.Slot
		}
	}
	for _, p := range before.Partitions {
		if layouts.ID(p) == id {
			return p.Slot
		}
	}
	return -1
}

// below tells whether a folder above a file is meant.
func below(meant map[string]bool, name string) bool {
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		if meant[dir] {
			return true
		}
	}
	return false
}

// meantFiles are the paths that the operations of a layout change, add or take away.
func meantFiles(l layouts.Layout, before *table.Table) map[string]bool {
	out := map[string]bool{}
	add := func(names ...string) {
		for _, n := range names {
			out[n] = true
		}
	}
	for _, op := range l.Ops(before) {
		switch op.Kind {
		case host.SetWinRE:
			add("Windows/System32/Recovery/ReAgent.xml", "Recovery/WindowsRE/ReAgent.xml", "Boot/BCD", "Boot/BCD.LOG")
		case host.SetValue:
			add(op.To.Path, op.To.Path+".LOG1", op.To.Path+".LOG2")
		case host.MoveAside, host.Rename:
			add(op.From.Path)
		default:
			add(op.To.Path)
		}
	}
	return out
}

// recoveryRight: winre.wim is where it is named, whole, hidden and system where it was so;
// boot store and ReAgent.xml name its partition.
func recoveryRight(t *testing.T, l layouts.Layout, path string, tab *table.Table) {
	t.Helper()
	d, err := disk.Open(t.Context(), path, disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := layouts.Look(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if !m.WinRE.Enabled.Value || !m.WinRE.Agree.Value || !m.WinRE.Image.Readable.Value {
		t.Errorf("enabled %+v, agree %+v, readable %+v", m.WinRE.Enabled, m.WinRE.Agree, m.WinRE.Image.Readable)
	}
	parts := shown(t, path, tab)
	for _, p := range tab.Partitions {
		if part := parts[p.Slot]; part != "" && layouts.ID(p) == m.WinRE.Active.ID.Value {
			wimWhole(t, part)
		}
	}
	storeReads(t, path, tab)
}

func wimWhole(t *testing.T, part string) {
	t.Helper()
	dir := t.TempDir()
	tool(t, "ntfs-3g", "-o", "ro", part, dir)
	defer syscall.Unmount(dir, 0)
	tool(t, "wimlib-imagex", "verify", filepath.Join(dir, "Recovery/WindowsRE/Winre.wim"))
}

// storeReads lets hivexml read the boot store and checks that it is a hive in order.
func storeReads(t *testing.T, path string, tab *table.Table) {
	t.Helper()
	img, err := container.Open(t.Context(), path, container.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	found := false
	for _, p := range tab.Partitions {
		for _, name := range []string{"EFI/Microsoft/Boot/BCD", "Boot/BCD"} {
			b := fileOf(img, p, name)
			if b == nil {
				continue
			}
			found = true
			if out := tool(t, "hivexml", testkit.WriteFile(t, "BCD", b)); !strings.Contains(out, "Objects") {
				t.Errorf("hivexml: %s", out)
			}
		}
	}
	if !found {
		t.Error("no boot store")
	}
}
