package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"updoc/format/regf"
)

// hiveFile is one hive to be walked, with its logs if they are to be replayed.
type hiveFile struct {
	name, path string
	logs       []string
}

// hives measures walks of whole hives, clean and after replay, and the cost of one key.
func (b *bench) hives(ctx context.Context) error {
	if none := missing("hivexml", "taskset"); none != nil {
		b.table.skip("hives", none)
		return nil
	}
	clean, dirty, err := b.hiveFiles()
	if err != nil {
		return err
	}
	for _, f := range clean {
		if err := b.walkHive(ctx, f, 6); err != nil {
			return err
		}
	}
	for _, f := range dirty {
		if err := b.walkHive(ctx, f, 5); err != nil {
			return err
		}
	}
	return b.oneKey(ctx)
}

// hiveFiles writes hives of our own making and adds the large ones of the samples.
func (b *bench) hiveFiles() (clean, dirty []hiveFile, err error) {
	for _, kind := range hiveKinds() {
		kind.size = 20 << 20
		path := filepath.Join(b.work, kind.name)
		root := regf.NewRoot("ROOT")
		hive, pieces := growHive(root, kind)
		if err := os.WriteFile(path, hive, 0o600); err != nil {
			return nil, nil, err
		}
		clean = append(clean, hiveFile{name: "made, like " + kind.name, path: path})
		f, err := b.dirtyHive(root, pieces, kind)
		if err != nil {
			return nil, nil, err
		}
		dirty = append(dirty, f)
	}
	sample := func(name string) string { return filepath.Join(b.samples, "hive", "regipy__"+name) }
	for _, name := range []string{"SYSTEM", "amcache.hve", "ntuser_software_partial"} {
		if isFile(sample(name)) {
			clean = append(clean, hiveFile{name: "sample " + name, path: sample(name)})
		}
	}
	if isFile(sample("SYSTEM_B.LOG2")) {
		dirty = append(dirty, hiveFile{"sample SYSTEM_B", sample("SYSTEM_B"), []string{sample("SYSTEM_B.LOG1"), sample("SYSTEM_B.LOG2")}})
	}
	return clean, dirty, nil
}

// dirtyHive writes a hive whose newest changes stand in its logs only: of every tenth
// piece a key was written again.
func (b *bench) dirtyHive(after *regf.BuilderKey, pieces int, kind hiveKind) (hiveFile, error) {
	before := regf.NewRoot("ROOT")
	for i := range pieces {
		kind.fill(before, i)
	}
	for i := 0; i < pieces; i += 10 {
		kind.fill(after, i).SetTime(epoch.AddDate(0, 1, 0))
	}
	d := regf.BuildDirty(before, after, kind.options())
	f := hiveFile{name: "made, like " + kind.name, path: filepath.Join(b.work, kind.name+"_DIRTY")}
	f.logs = []string{f.path + ".LOG1", f.path + ".LOG2"}
	for path, data := range map[string][]byte{f.path: d.Hive, f.logs[0]: d.Log1, f.logs[1]: d.Log2} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return f, err
		}
	}
	return f, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// walks is how many walks of one process tell what a walk costs.
const walks = 9

// walkHive compares a walk with the peer's run. What a walk costs is the difference
// between a process that walks nine times and one that walks once, so that neither
// the start of the program nor the first touch of its memory counts; the row also
// shows the cost of the process that walks once, with all of that.
func (b *bench) walkHive(ctx context.Context, f hiveFile, target float64) error {
	peer := command{args: []string{"hivexml", f.path}, pinned: true}
	once := b.worker("hive", append([]string{f.path, "1"}, f.logs...)...)
	often := b.worker("hive", append([]string{f.path, strconv.Itoa(walks)}, f.logs...)...)
	costs, err := b.medians(ctx, 3*b.rounds, peer, once, often)
	if err != nil {
		return err
	}
	what := "hive, " + f.name
	if len(f.logs) > 0 {
		what = "hive with log replay, " + f.name
	}
	walk := (costs[2].CPU - costs[1].CPU) / (walks - 1)
	ours := fmt.Sprintf("%s for %d keys, %d values (as a process %s)", seconds(walk), costs[1].Records, costs[1].Values, seconds(costs[1].CPU))
	b.table.add(row{what: what, peer: seconds(costs[0].CPU), ours: ours, value: costs[0].CPU.Seconds() / walk.Seconds(), format: "%.1f×", target: target, atLeast: true})
	return nil
}

// oneKey measures how much of a hive of 100 MB is read for one value.
func (b *bench) oneKey(ctx context.Context) error {
	kind := hiveKinds()[0]
	path := filepath.Join(b.work, "SOFTWARE_LARGE")
	hive, _ := growHive(regf.NewRoot("ROOT"), kind)
	if err := os.WriteFile(path, hive, 0o600); err != nil {
		return err
	}
	used, err := b.run(ctx, b.worker("key", path, `Classes\CLSID\`+classID(777)+`\InprocServer32`, "ThreadingModel"))
	if err != nil {
		return err
	}
	b.table.add(row{what: "hive of 100 MB, one key", ours: seconds(used.CPU), value: megabytes(used.Bytes), format: "%.2f MB read", target: 1})
	return os.Remove(path)
}
