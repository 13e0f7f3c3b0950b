// Every remedy that updoc itself can carry out is carried out on the real disk of a story
// whose plan holds it, looked at by programs of others, and taken back.
package cases_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"updoc/casekit"
	"updoc/cases"
	"updoc/cases/layouts"
	"updoc/disk/commit"
	"updoc/disk/table"
	"updoc/doctor"
	"updoc/format/wim"
	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/host"
	"updoc/remedy/journal"
	"updoc/testkit"
)

// told are stories that show a remedy best, where the casebook has several; those of
// remedies that no plan of the casebook holds are in the folder repairs.
var told = map[string]string{
	"winre-enlarge":       "winre-mbr",
	"winre-new-partition": "winre-too-small-before-os",
	"hosts-line-out":      "network-blocked-local",
	"esp-reserve-less":    "esp-full",
	"winre-enable":        "winre-disabled",
}

// answers are what only a person can say before a disk that does not run is changed.
var answers = []string{"R3", "R4", "backup", "recovery-key", "defender-there"}

func TestEveryRemedyRepairs(t *testing.T) {
	own := stories(t, cases.Own, ".")
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range remedy.All() {
		if !slices.Contains(base.Remedies[r.ID].Where, model.WhereOffline) {
			continue // there is no disk to try it on
		}
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			repair(t, disk(t, cases.Story{ID: r.ID, PC: pcOf(t, own, r.ID)}), r)
		})
	}
}

// pcOf is the PC whose plan holds a remedy.
func pcOf(t *testing.T, own []cases.Story, id string) *casekit.PC {
	t.Helper()
	if f, err := os.Open(filepath.Join("repairs", id+".yaml")); err == nil {
		defer f.Close()
		pc, err := casekit.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		return pc
	}
	i := slices.IndexFunc(own, func(s cases.Story) bool {
		return slices.Contains(s.Want.Plan, id) && (told[id] == "" || told[id] == s.ID)
	})
	if i < 0 {
		t.Fatal("no story's plan holds it: tell one below repairs")
	}
	return own[i].PC
}

// repair carries out one remedy and takes it back.
func repair(t *testing.T, path string, r remedy.Remedy) {
	t.Helper()
	was, opts := testkit.DiskHash(t, path), repairOptions(t, r.ID)
	seen := observe(t, path)
	got, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	now := testkit.DiskHash(t, path)
	carriedOut(t, got.Receipt, r.ID)
	notWorse(t, r.ID, got)
	onlyMeant(t, path, opsOf(t, opts, got.Receipt.ID), seen)
	again, err := doctor.Fix(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if again.Receipt.State != "" || testkit.DiskHash(t, path) != now {
		t.Errorf("a second time: %+v", again.Receipt)
	}
	back, err := doctor.Undo(t.Context(), got.Receipt.ID, path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if back.Receipt.State != commit.Undone || testkit.DiskHash(t, path) != was {
		t.Errorf("after undo: %+v", back.Receipt)
	}
}

func repairOptions(t *testing.T, id string) doctor.FixOptions {
	t.Helper()
	return doctor.FixOptions{
		Options: doctor.Options{Now: when}, Journal: filepath.Join(t.TempDir(), "journal"),
		Only: []string{id}, Accept: answers, Files: filesFor(t, id),
	}
}

// carriedOut: doctor has held the step to what is expected of it, on the disk itself.
func carriedOut(t *testing.T, r *model.Receipt, id string) {
	t.Helper()
	if r.State != commit.Verified || r.Verdict != model.FixCured && r.Verdict != model.FixWaiting || r.Changed.Bytes == 0 {
		t.Errorf("%s %s, %d bytes", r.State, r.Verdict, r.Changed.Bytes)
	}
	i := slices.IndexFunc(r.Steps, func(s model.ReceiptStep) bool { return s.Remedy == id })
	if i < 0 || r.Steps[i].Verdict != model.StepDone {
		t.Errorf("steps %+v", r.Steps)
	}
}

// follows is what comes to light once a remedy did its part: the image that was put back
// lies on drive C, where an update of the recovery environment cannot grow it.
var follows = map[string]string{"winre-restore-image": "cause winre-not-after-os"}

// notWorse: nothing is wrong afterwards that was not wrong before, and nothing is unseen
// that was seen.
func notWorse(t *testing.T, id string, got *doctor.Fixed) {
	t.Helper()
	before, after := troubles(got.Before), troubles(got.After)
	if slices.Contains(got.Receipt.Notes, "dirty-flag") {
		delete(after, "problem ntfs-dirty")
	}
	for _, what := range slices.Sorted(maps.Keys(after)) {
		if !before[what] && what != follows[id] {
			t.Errorf("new: %s", what)
		}
	}
}

// troubles are the sure causes, conditions, faults of disks and blind spots of a
// diagnosis.
func troubles(d *model.Diagnosis) map[string]bool {
	out := map[string]bool{}
	for _, c := range d.Conditions {
		out["condition "+c.ID] = true
	}
	for _, f := range d.Failures {
		for _, c := range f.Causes {
			if c.Verdict == model.VerdictConfirmed { // a likely one may move up where a better was cured
				out["cause "+c.ID] = true
			}
		}
	}
	for _, disk := range d.Machine.Disks.Items {
		for _, p := range disk.Problems {
			out["problem "+p.Code] = true
		}
	}
	for _, l := range d.Machine.Looks {
		if l.Unseen != nil {
			out["unseen "+l.Artifact+" "+l.Path+" "+l.Unseen.Reason] = true
		}
	}
	return out
}

// observed is what programs of others find on a disk.
type observed struct {
	ids   map[int]string            // of partitions, by slot
	files map[int]map[string]string // of NTFS volumes, by slot: see testkit.NTFSFiles
}

// observe lets programs of others look at a disk, which must be in order for them.
func observe(t *testing.T, path string) observed {
	t.Helper()
	s, err := layouts.Show(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	testkit.SoundTable(t, path, s.Table.SectorSize, s.Table.Kind == table.GPT)
	out := observed{ids: map[int]string{}, files: map[int]map[string]string{}}
	for _, p := range s.Table.Partitions {
		out.ids[p.Slot] = layouts.ID(p)
	}
	for slot, volume := range s.NTFS {
		testkit.SoundNTFS(t, volume)
		out.files[slot] = testkit.NTFSFiles(t, volume)
	}
	return out
}

// onlyMeant: every file that no operation names is there as it was, and no other came;
// every hive that one names is read by the tools of others.
func onlyMeant(t *testing.T, path string, ops []host.Op, was observed) {
	t.Helper()
	is, meant := observe(t, path), layouts.Meant(ops)
	for slot, files := range was.files {
		if slices.ContainsFunc(ops, func(op host.Op) bool { return op.Replace == was.ids[slot] }) {
			continue // its place in the table is another partition's now
		}
		both := maps.Clone(files)
		maps.Copy(both, is.files[slot])
		for name := range both {
			if files[name] != is.files[slot][name] && !named(meant, name) {
				t.Errorf("slot %d: %s is not as it was", slot, name)
			}
		}
	}
	soundHives(t, path, ops)
}

// named tells whether a file, or a folder above it, is meant.
func named(meant map[string]bool, name string) bool {
	for ; name != "."; name = filepath.Dir(name) {
		if meant[name] {
			return true
		}
	}
	return false
}

// soundHives: hivexml and regfexport read what was edited, and no log is left to be
// replayed over it.
func soundHives(t *testing.T, path string, ops []host.Op) {
	t.Helper()
	src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, op := range ops {
		if !slices.Contains([]string{host.SetValue, host.DeleteValue, host.DeleteKey}, op.Kind) {
			continue
		}
		volume, err := src.FS(op.To.Volume)
		if err != nil {
			t.Fatal(err)
		}
		content, err := fs.ReadFile(volume, op.To.Path)
		if err != nil {
			t.Fatal(err)
		}
		hive := testkit.WriteFile(t, "hive", content)
		testkit.Run(t, "hivexml", hive)
		testkit.Run(t, "regfexport", hive)
		for _, log := range []string{".LOG", ".LOG1", ".LOG2"} {
			if b, err := fs.ReadFile(volume, op.To.Path+log); err == nil && len(b) > 0 {
				t.Errorf("%s: %d bytes are left in it", op.To.Path+log, len(b))
			}
		}
	}
}

// opsOf are the operations of a journal.
func opsOf(t *testing.T, opts doctor.FixOptions, id string) []host.Op {
	t.Helper()
	j, err := journal.Open(opts.Journal, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	return j.Head.Ops
}

// filesFor makes what the person names for a remedy.
func filesFor(t *testing.T, id string) map[string]string {
	t.Helper()
	switch id {
	case "winre-restore-image":
		return map[string]string{"install-wim": installWim(t)}
	case "winre-add-safe-os-update":
		cab := filepath.Join(t.TempDir(), "windows10.0-kb5034232-x64.cab")
		testkit.Run(t, "gcab", "--create", "--nopath", cab, testkit.WriteFile(t, "update.mum", []byte("<assembly/>")))
		return map[string]string{"safe-os-update": cab}
	}
	return nil
}

// installWim is an installation image whose Windows keeps a recovery image.
func installWim(t *testing.T) string {
	t.Helper()
	folder := func(name string, below ...*wim.Node) *wim.Node {
		return &wim.Node{Name: name, Attributes: wim.AttributeDirectory, Children: below}
	}
	write := func(name string, root *wim.Node, info wim.Image) string {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		tree := wim.Tree{Root: root, Info: info, Time: when}
		if err := errors.Join(wim.Write(f, wim.Options{Images: []wim.Tree{tree}, BootIndex: 1}), f.Close()); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	info := wim.Image{Name: "Windows", Arch: "amd64", HasVersion: true, Major: 10, Build: 19041, SPBuild: 1}
	kernel := &wim.Node{Name: "ntoskrnl.exe", Content: wim.Bytes([]byte("MZ"))}
	inner := testkit.ReadFile(t, write("winre.wim", folder("", folder("Windows", folder("System32", kernel))), info))
	image := &wim.Node{Name: "winre.wim", Content: wim.Bytes(inner)}
	return write("install.wim", folder("", folder("Windows", folder("System32", folder("Recovery", image)))), info)
}
