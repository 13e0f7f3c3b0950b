package image_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/cases/layouts"
	"updoc/disk"
	"updoc/disk/commit"
	"updoc/disk/container"
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
			files := filesOf(t, path)
			j, dev := commitTo(t, l, path)
			after := tableOf(t, path)
			testkit.SoundTable(t, path, before.SectorSize, before.Kind == table.GPT)
			soundVolumes(t, path)
			othersSame(t, l, before, after)
			now := filesOf(t, path)
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

// shown shows the NTFS volumes of a disk as files.
func shown(t *testing.T, path string) *layouts.Shown {
	t.Helper()
	s, err := layouts.Show(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// soundVolumes lets ntfs-3g's tools check every NTFS volume.
func soundVolumes(t *testing.T, path string) {
	t.Helper()
	for _, volume := range shown(t, path).NTFS {
		testkit.SoundNTFS(t, volume)
	}
}

// filesOf hashes every file of every NTFS volume, by the slot of its partition.
func filesOf(t *testing.T, path string) map[int]map[string]string {
	t.Helper()
	out := map[int]map[string]string{}
	for slot, volume := range shown(t, path).NTFS {
		out[slot] = testkit.NTFSFiles(t, volume)
	}
	return out
}

// filesSame: every file that no operation names is there, with the same content,
// attributes and permissions.
func filesSame(t *testing.T, l layouts.Layout, before, after *table.Table, was, is map[int]map[string]string) {
	t.Helper()
	meant := layouts.Meant(l.Ops(before))
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
	parts := shown(t, path).NTFS
	for _, p := range tab.Partitions {
		if part := parts[p.Slot]; part != "" && layouts.ID(p) == m.WinRE.Active.ID.Value {
			wimWhole(t, part)
		}
	}
	storeReads(t, path, tab)
}

func wimWhole(t *testing.T, volume string) {
	t.Helper()
	dir, done := testkit.MountNTFS(t, volume, "ro")
	defer done()
	testkit.Run(t, "wimlib-imagex", "verify", filepath.Join(dir, "Recovery/WindowsRE/Winre.wim"))
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
			if out := testkit.Run(t, "hivexml", testkit.WriteFile(t, "BCD", b)); !strings.Contains(out, "Objects") {
				t.Errorf("hivexml: %s", out)
			}
		}
	}
	if !found {
		t.Error("no boot store")
	}
}
