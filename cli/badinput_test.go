package cli_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/casekit"
	"updoc/model"
	"updoc/testkit"
)

// patience is how long a command may take before it counts as hanging. It is no
// measure of speed.
const patience = 2 * time.Minute

// patiently runs a command that must end by itself.
func patiently(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	code, stdout, stderr = run(ctx, args...)
	if ctx.Err() != nil {
		t.Fatalf("updoc %s hangs", strings.Join(args, " "))
	}
	if code == 70 || strings.Contains(stdout+stderr, "goroutine ") {
		t.Fatalf("updoc %s broke: %s%s", strings.Join(args, " "), stdout, stderr)
	}
	return code, stdout, stderr
}

// refused wants a source to be refused by every verb that looks at one: exit 2, a
// sentence and a hint in both languages, the code in JSON, and no bundle.
func refused(t *testing.T, want, path string, flags ...string) {
	t.Helper()
	for _, lang := range []string{"en", "ja"} {
		code, out, errs := patiently(t, append([]string{"diagnose", path, "--lang", lang}, flags...)...)
		lines := strings.Split(strings.TrimSuffix(errs, "\n"), "\n")
		if code != 2 || out != "" || len(lines) < 2 || !strings.HasPrefix(lines[0], "updoc: ") || !strings.HasPrefix(lines[1], "hint: ") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", lang, code, out, errs)
		}
		if strings.Contains(errs, "{") || strings.Contains(errs, want) {
			t.Errorf("%s: not a sentence: %q", lang, errs)
		}
	}
	bundle := filepath.Join(t.TempDir(), "x.zip")
	for _, args := range [][]string{{"diagnose", path}, {"plan", path}, {"collect", path, "-o", bundle}} {
		code, out, errs := patiently(t, append(append(args, "--format", "json"), flags...)...)
		var e model.Error
		if err := json.Unmarshal([]byte(out), &e); err != nil || code != 2 || errs != "" {
			t.Errorf("%s: exit %d, %v, stderr %q", args[0], code, err, errs)
		}
		if e.Schema != model.ErrorSchema || e.Code != want || len(e.Hints) == 0 || e.Message == "" {
			t.Errorf("%s: %s, want %s with a hint", args[0], out, want)
		}
	}
	if _, err := os.Stat(bundle); err == nil {
		t.Error("a bundle was written")
	}
}

// diagnosed wants a source to be looked at as far as it goes, and its bundle to give
// the same diagnosis.
func diagnosed(t *testing.T, path string, flags ...string) model.Diagnosis {
	t.Helper()
	d := diagnose(t, path, flags...)
	bundle := filepath.Join(t.TempDir(), "x.zip")
	if code, out, errs := patiently(t, append([]string{"collect", path, "-o", bundle}, flags...)...); code != 0 || out != "" {
		t.Fatalf("collect: exit %d, %s%s", code, out, errs)
	}
	again := diagnose(t, bundle)
	if d.Outcome != again.Outcome || d.ExitCode != again.ExitCode || len(d.Unseen) != len(again.Unseen) {
		t.Errorf("%s, exit %d, %d unseen; bundle: %s, exit %d, %d unseen",
			d.Outcome, d.ExitCode, len(d.Unseen), again.Outcome, again.ExitCode, len(again.Unseen))
	}
	for _, lang := range []string{"en", "ja"} {
		if code, out, errs := patiently(t, append([]string{"diagnose", path, "-v", "--lang", lang}, flags...)...); code != d.ExitCode || out == "" || errs != "" {
			t.Errorf("text %s: exit %d, %s", lang, code, errs)
		}
	}
	return d
}

func diagnose(t *testing.T, path string, flags ...string) model.Diagnosis {
	t.Helper()
	code, out, errs := patiently(t, append([]string{"diagnose", path, "--format", "json"}, flags...)...)
	var d model.Diagnosis
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Schema != model.DiagnosisSchema || code != d.ExitCode || errs != "" {
		t.Fatalf("exit %d, %v, %.500s%s", code, err, out, errs)
	}
	for _, l := range d.Machine.Looks {
		if l.Artifact == "collector" {
			t.Errorf("collector %s broke: %+v", l.Path, l.Unseen)
		}
	}
	return d
}

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	r.Read(b)
	return b
}

func TestFilesThatAreNoSource(t *testing.T) {
	packed := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		z.Close()
		return out.Bytes()
	}
	qcow := testkit.ReadFile(t, filepath.Join("..", "testdata", "sick-pc.qcow2"))
	for _, c := range []struct {
		name, file, code string
		content          []byte
	}{
		{"empty", "x.img", "not-a-disk", nil},
		{"one byte", "x.img", "not-a-disk", []byte{0}},
		{"text", "x.img", "not-a-disk", []byte("Dear Sir or Madam,\r\nmy computer does not update.\r\n")},
		{"Japanese text", "x.img", "not-a-disk", []byte("更新プログラムが入りません。\r\n")},
		{"UTF-16 text", "x.txt", "not-a-disk", append([]byte{0xff, 0xfe}, bytes.Repeat([]byte("a\x00"), 600)...)},
		{"noise", "x.img", "not-a-disk", noise(1 << 20)},
		{"noise of odd length", "x.vhd", "not-a-disk", noise(100_001)},
		{"PDF", "x.img", "not-a-disk", append([]byte("%PDF-1.7\n"), noise(5000)...)},
		{"zeros", "x.img", "not-a-disk", make([]byte, 1<<20)},
		{"header of a qcow2", "x.qcow2", "not-a-disk", qcow[:60]},
		{"start of a qcow2", "x.qcow2", "windows-unreadable", qcow[:100_000]},
		{"empty gz", "x.img.gz", "not-a-disk", packed(nil)},
		{"text in gz", "x.img.gz", "not-a-disk", packed([]byte("Dear Sir or Madam,\r\n"))},
		{"header of a gz", "x.img.gz", "source-unreadable", packed(noise(5000))[:8]},
		{"gz in gz", "x.img.gz.gz", "unsupported-format", packed(packed(noise(5000)))},
		{"noise behind a gz header", "x.img.gz", "not-a-disk", append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, noise(5000)...)},
		{"vmdk", "x.vmdk", "unsupported-format", append([]byte("KDMV\x01\x00\x00\x00"), noise(5000)...)},
		{"hive", "SYSTEM", "not-a-disk", append([]byte("regf"), noise(8000)...)},
		{"event log", "System.evtx", "not-a-disk", append([]byte("ElfFile\x00"), noise(8000)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, c.content, 0o444); err != nil {
				t.Fatal(err)
			}
			refused(t, c.code, path)
		})
	}
}

func TestFoldersThatAreNoSource(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	refused(t, "no-windows-in-folder", empty)
	refused(t, "source-not-found", filepath.Join(empty, "nowhere"))
	files := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(files, "Windows"), nil, 0o666), os.WriteFile(filepath.Join(files, "C"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	refused(t, "no-windows-in-folder", files)
	if err := os.Symlink(empty, filepath.Join(empty, "loop")); err != nil {
		t.Skip("needs symbolic links")
	}
	refused(t, "no-windows-in-folder", filepath.Join(empty, "loop"))
	if err := os.Symlink("self", filepath.Join(empty, "self")); err != nil {
		t.Fatal(err)
	}
	refused(t, "source-unreadable", filepath.Join(empty, "self"))
}

// A pipe, which would wait for its other end, is no disk.
func TestPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	testkit.Need(t, mkfifo(path) == nil, "named pipes")
	refused(t, "not-a-disk", path)
}

// member is one entry of a zip.
type member struct{ name, text string }

func zipped(t *testing.T, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err == nil {
			_, err = io.WriteString(w, m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// manifestOf is a manifest that fits a machine.json.
func manifestOf(machine string) member {
	sum := sha256.Sum256([]byte(machine))
	return member{"manifest.json", `{"schema":"updoc.manifest/1","members":{"machine.json":"` + hex.EncodeToString(sum[:]) + `"}}`}
}

func TestBundlesThatAreBad(t *testing.T) {
	const small = `{"schema":"updoc.machine/1"}`
	machine := member{"machine.json", small}
	good := manifestOf(small)
	cut := zipped(t, good, machine)
	deep := strings.Repeat("[", 200_000)
	for name, content := range map[string][]byte{
		"no members":        zipped(t),
		"no manifest":       zipped(t, machine),
		"no machine":        zipped(t, good),
		"leads out":         zipped(t, good, machine, member{"../../evil", "x"}),
		"absolute":          zipped(t, good, machine, member{"/etc/evil", "x"}),
		"drive letter":      zipped(t, good, machine, member{`C:\evil`, "x"}),
		"backslashes":       zipped(t, good, machine, member{`..\evil`, "x"}),
		"twice":             zipped(t, good, machine, machine),
		"other content":     zipped(t, good, member{"machine.json", small + " "}),
		"other schema":      zipped(t, manifestOf(`{"schema":"updoc.machine/9"}`), member{"machine.json", `{"schema":"updoc.machine/9"}`}),
		"no JSON":           zipped(t, manifestOf("hello"), member{"machine.json", "hello"}),
		"deep JSON":         zipped(t, manifestOf(deep), member{"machine.json", deep}),
		"manifest no JSON":  zipped(t, member{"manifest.json", "{"}, machine),
		"manifest's schema": zipped(t, member{"manifest.json", `{"schema":"other/1"}`}, machine),
		"truncated":         cut[:len(cut)-30],
		"only its start":    cut[:20],
		"noise":             append([]byte("PK\x03\x04"), noise(5000)...),
		"empty zip":         []byte("PK\x05\x06" + strings.Repeat("\x00", 18)),
		"office document":   zipped(t, member{"[Content_Types].xml", "<x/>"}, member{"word/document.xml", "<x/>"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.zip")
			if err := os.WriteFile(path, content, 0o444); err != nil {
				t.Fatal(err)
			}
			refused(t, "bundle-bad", path)
		})
	}
}

// A small zip that unpacks to much is refused and takes little memory.
func TestZipBomb(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bomb.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range []string{"manifest.json", "machine.json"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.CopyN(w, zeros{}, 300<<20)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, "bundle-bad", path)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A bundle of nothing but a schema is a PC of which nothing was seen.
func TestEmptyMachine(t *testing.T) {
	t.Parallel()
	path := testkit.WriteFile(t, "x.zip", zipped(t, manifestOf(`{"schema":"updoc.machine/1"}`), member{"machine.json", `{"schema":"updoc.machine/1"}`}))
	if d := diagnosed(t, path); d.ExitCode != 3 || len(d.Unseen) == 0 {
		t.Errorf("%s, exit %d, %d unseen", d.Outcome, d.ExitCode, len(d.Unseen))
	}
}

// disk builds a PC as a raw disk image.
func disk(t *testing.T, text string) string {
	t.Helper()
	pc, err := casekit.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pc.img")
	err = pc.Disk(t.Context(), path)
	var missing *casekit.MissingToolError
	if errors.As(err, &missing) {
		testkit.Need(t, false, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

const twoWindows = `
about: two Windows on one disk
now: 2024-03-21 19:05
disks:
- size: 8 GB
  partitions:
  - esp: 100 MB
  - msr: 16 MB
  - {windows: 4 GB}
  - {data: 2 GB}
  - {recovery: 700 MB}
files:
- {path: \Windows\System32\config\SYSTEM, on: data, text: regf}
`

func TestTwoWindows(t *testing.T) {
	t.Parallel()
	path := disk(t, twoWindows)
	refused(t, "several-windows", path)
	_, _, errs := patiently(t, "diagnose", path)
	for _, want := range []string{"disk0p3", "disk0p4", "--volume disk0p3"} {
		if !strings.Contains(errs, want) {
			t.Errorf("%q does not name %s", errs, want)
		}
	}
	refused(t, "no-such-volume", path, "--volume=disk0p1")
	refused(t, "no-such-volume", path, "--volume=D:")
	_, _, errs = patiently(t, "diagnose", path, "--volume", "disk0p9")
	if !strings.Contains(errs, "disk0p3") || !strings.Contains(errs, "disk0p4") {
		t.Errorf("%q does not name the choices", errs)
	}
	first, second := diagnosed(t, path, "--volume=disk0p3"), diagnosed(t, path, "--volume=disk0p4")
	if first.Machine.Windows.ID != "disk0p3" || second.Machine.Windows.ID != "disk0p4" {
		t.Errorf("diagnosed %s and %s", first.Machine.Windows.ID, second.Machine.Windows.ID)
	}
	if first.Machine.OS.Build.Value != 19045 || second.Machine.OS.Build.Known || second.ExitCode != 3 {
		t.Errorf("build %v and %v, exit %d", first.Machine.OS.Build, second.Machine.OS.Build, second.ExitCode)
	}
}

func TestNoWindows(t *testing.T) {
	t.Parallel()
	path := disk(t, `
about: a disk of data only
now: 2024-03-21 19:05
disks:
- size: 4 GB
  partitions:
  - {windows: 2 GB}
  - {data: 1 GB}
files:
- {path: \Windows\System32\config\SYSTEM, delete: yes}
`)
	refused(t, "no-windows", path)
}

func TestEncryptedWindows(t *testing.T) {
	t.Parallel()
	path := disk(t, `
about: the Windows volume is encrypted
now: 2024-03-21 19:05
disks:
- size: 8 GB
  partitions:
  - esp: 100 MB
  - msr: 16 MB
  - {windows: rest, encrypted: bitlocker}
  - {recovery: 700 MB}
`)
	d := diagnosed(t, path)
	if d.ExitCode != 3 || d.Outcome != model.OutcomeUnseen {
		t.Errorf("%s, exit %d", d.Outcome, d.ExitCode)
	}
	locked := 0
	for _, u := range d.Unseen {
		if u.Reason == model.ReasonEncrypted && u.How == model.HowUnlock {
			locked++
		}
	}
	if locked == 0 {
		t.Errorf("unseen: %+v", d.Unseen)
	}
	_, text, _ := patiently(t, "diagnose", path)
	for _, want := range []string{"BitLocker", "recovery key"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not speak of %s:\n%s", want, text)
		}
	}
	_, text, _ = patiently(t, "diagnose", path, "--lang", "ja")
	if !strings.Contains(text, "回復キー") {
		t.Errorf("the report does not speak of the recovery key:\n%s", text)
	}
}

// Links that lead in a circle or out of the folder are not followed; what they stand
// for is unseen.
func TestSymlinkLoops(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), testkit.WriteFile(t, "outside.log", []byte("2024-03-20 21:31:00, Error CBS Failed to do it. [HRESULT = 0x80070070 - outside]\n"))
	pc, err := story("winre-too-small-after-os")
	if err == nil {
		err = pc.Folder(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	const reporting, cbs, config = "Windows/SoftwareDistribution/ReportingEvents.log", "Windows/Logs/CBS/CBS.log", "Windows/System32/Recovery/ReAgent.xml"
	for name, to := range map[string]string{
		"Windows/Logs/up": "..", "Users/me": "me", reporting: "ReportingEvents.log", cbs: outside, config: "../../../../../../../etc/passwd",
	} {
		os.Remove(at(name))
		if err := os.Symlink(to, at(name)); err != nil {
			t.Skip("needs symbolic links")
		}
	}
	d := diagnosed(t, dir)
	for _, name := range []string{reporting, cbs, config} {
		told := false
		for _, l := range d.Machine.Looks {
			told = told || strings.ReplaceAll(l.Path, `\`, "/") == name && l.Unseen != nil
		}
		if !told {
			t.Errorf("%s is not told: %+v", name, d.Machine.Looks)
		}
	}
	if raw, _ := json.Marshal(d); bytes.Contains(raw, []byte("- outside")) {
		t.Error("a file outside the folder was read")
	}
}
