package cases

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/casekit"
	"updoc/doctor"
	"updoc/model"
	"updoc/source/bundle"
)

// lookedAt is when the tests look: the same for both looks, so that they can be compared.
var lookedAt = doctor.Options{Now: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)}

// rawBundle writes a raw bundle of a source and returns its path with what was seen.
func rawBundle(t *testing.T, path string, opts bundle.RawOptions) (string, *model.Machine) {
	t.Helper()
	src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	rec := bundle.Record(src)
	m, err := doctor.Look(t.Context(), rec, lookedAt)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	opts.Source, opts.Time = src.Info(), lookedAt.Now
	if _, err := bundle.WriteRaw(t.Context(), &out, m, rec, opts); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "raw.zip")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, m
}

func look(t *testing.T, path string) *model.Machine {
	t.Helper()
	src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	m, err := doctor.Look(t.Context(), src, lookedAt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func folderOf(t *testing.T, story string) string {
	t.Helper()
	f, err := os.Open(filepath.Join(story, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pc, err := casekit.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The files of a raw bundle, looked at anew, tell what the folder or disk told.
func TestRawBundleTellsTheSame(t *testing.T) {
	paths := map[string]string{"disk": filepath.Join("..", "testdata", "sick-pc.qcow2")}
	for _, story := range []string{"pending-stuck", "control-healed", "reagent-config-corrupt", "disk-failing"} {
		paths[story] = folderOf(t, story)
	}
	for name, path := range paths {
		file, want := rawBundle(t, path, bundle.RawOptions{})
		got := look(t, file)
		a, b := indented(t, want), indented(t, got)
		if a != b {
			t.Errorf("%s: the facts differ: %s", name, firstDifference(a, b))
		}
	}
}

func indented(t *testing.T, m *model.Machine) string {
	t.Helper()
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + " | " + y[i]
		}
	}
	return "one is longer"
}

// Every member is the file itself, and stands in the manifest with its hash.
func TestRawBundleHoldsTheFiles(t *testing.T) {
	dir := folderOf(t, "pending-stuck")
	file, _ := rawBundle(t, dir, bundle.RawOptions{})
	members, manifest := unzipped(t, file)
	if !manifest.Raw || manifest.Masked {
		t.Errorf("manifest %+v", manifest)
	}
	files := 0
	for name, content := range members {
		sum := sha256.Sum256(content)
		if name != "manifest.json" && manifest.Members[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: hash", name)
		}
		path, ok := strings.CutPrefix(name, "files/C/")
		if !ok {
			continue
		}
		files++
		if want, err := os.ReadFile(filepath.Join(dir, path)); err != nil || !bytes.Equal(want, content) {
			if want, err = os.ReadFile(filepath.Join(dir, "C", path)); err != nil || !bytes.Equal(want, content) {
				t.Errorf("%s: %v, or another content", path, err)
			}
		}
	}
	if files < 8 {
		t.Errorf("%d files", files)
	}
}

func unzipped(t *testing.T, file string) (map[string][]byte, model.Manifest) {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	members := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if members[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	var manifest model.Manifest
	if err := json.Unmarshal(members["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	return members, manifest
}

// A member that was changed, added, taken away or made to lead out spoils the bundle.
func TestRawBundleTamperedIsRefused(t *testing.T) {
	file, _ := rawBundle(t, folderOf(t, "pending-stuck"), bundle.RawOptions{})
	const log = "files/C/Windows/SoftwareDistribution/ReportingEvents.log"
	for name, change := range map[string]func(map[string][]byte){
		"changed": func(m map[string][]byte) { m[log] = append(m[log], 'x') },
		"added":   func(m map[string][]byte) { m["files/C/Windows/new.txt"] = []byte("x") },
		"gone":    func(m map[string][]byte) { delete(m, log) },
		"index": func(m map[string][]byte) {
			m["files.json"] = bytes.ReplaceAll(m["files.json"], []byte("/Logs/"), []byte("/../../"))
		},
		"facts": func(m map[string][]byte) { m["machine.json"] = append(m["machine.json"], ' ') },
	} {
		members, _ := unzipped(t, file)
		change(members)
		bad := filepath.Join(t.TempDir(), "bad.zip")
		if err := os.WriteFile(bad, zipped(t, members), 0o600); err != nil {
			t.Fatal(err)
		}
		var e *model.Error
		if _, err := doctor.Open(t.Context(), bad, doctor.OpenOptions{}); !errors.As(err, &e) || e.Code != "bundle-bad" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The index itself is not trusted, even where its hash is right.
func TestRawBundleIndexThatLeadsOut(t *testing.T) {
	file, _ := rawBundle(t, folderOf(t, "pending-stuck"), bundle.RawOptions{})
	for name, index := range map[string]string{
		"out": `[{"volume":"C","path":"../../etc/passwd"}]`, "size": `[{"volume":"C","path":"a","size":5,"member":"machine.json"}]`,
		"nothing": `[null]`, "no member": `[{"volume":"C","path":"a","member":"nope"}]`, "not JSON": `[`,
	} {
		members, manifest := unzipped(t, file)
		members["files.json"] = []byte(index)
		sum := sha256.Sum256(members["files.json"])
		manifest.Members["files.json"] = hex.EncodeToString(sum[:])
		members["manifest.json"], _ = json.Marshal(manifest)
		bad := filepath.Join(t.TempDir(), "bad.zip")
		if err := os.WriteFile(bad, zipped(t, members), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := doctor.Open(t.Context(), bad, doctor.OpenOptions{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func zipped(t *testing.T, members map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range members {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is too large is left out, and is unseen afterwards, not absent.
func TestRawBundleLimit(t *testing.T) {
	file, _ := rawBundle(t, folderOf(t, "pending-stuck"), bundle.RawOptions{FileLimit: 4096})
	members, _ := unzipped(t, file)
	if _, there := members["files/C/Windows/System32/config/SYSTEM"]; there {
		t.Error("a file over the limit is in it")
	}
	m := look(t, file)
	if m.Name.Known || m.Name.Reason().Detail != "too large for the bundle" {
		t.Errorf("%+v", m.Name.Reason())
	}
}
