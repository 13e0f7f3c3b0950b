package cli_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/casekit"
	"updoc/testkit"
)

// namedPC is a PC full of names: of itself, its people, their organisation.
const namedPC = `
about: a PC with distinctive names everywhere
name: DESKTOP-QX7Z9K2
now: 2024-03-21 19:05
disks:
- size: 8 GB
  partitions:
  - esp: 100 MB
  - msr: 16 MB
  - windows: 5 GB
  - {data: 500 MB, label: 家族の写真}
  - {recovery: 530 MB, free: 83 MB}
winre: {wim: {version: 10.0.19041.1}}
updates:
- {kb: KB5034441, at: [2024-03-13 20:03, 2024-03-20 21:30], code: 0x80070643, event-code: 0x8024200b, agent: {phase: 2, code: 0x800f0828}, cbs: 0x800f0828}
policies:
  WUServer: http://wsus-kobe.yamadagumi.example:8530
  TargetGroup: Abteilung-Zwetschge
files:
- {path: \Users\山田 太郎\Documents\x.txt, text: x}
- {path: \Users\zwetschge.DESKTOP-QX7Z9K2\Documents\x.txt, text: x}
registry:
- {key: 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1004336348-1177238915-682003330-1001', name: ProfileImagePath, text: 'C:\Users\山田 太郎'}
- {key: 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion', name: RegisteredOwner, text: 山田 太郎}
- {key: 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion', name: ProductId, text: 00330-80000-00000-AA123}
- {key: 'HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters', name: Domain, text: yamadagumi.example}
- {key: 'HKLM\SYSTEM\CurrentControlSet\Services\BITS', name: ImagePath, text: 'C:\Users\zwetschge.DESKTOP-QX7Z9K2\AppData\Local\evil.exe -k S-1-5-21-1004336348-1177238915-682003330-1001'}
cbs:
- {at: 2024-03-20 21:31, level: Error, text: 'Failed to stage C:\Users\山田 太郎\AppData\x for DESKTOP-QX7Z9K2\zwetschge, S-1-5-21-1004336348-1177238915-682003330-1001 [HRESULT = 0x80070070 - ERROR_DISK_FULL]'}
- {at: 2024-03-20 21:31, level: Info, text: 'Disk space check failed. Required: 1000000, available: 500 on \\desktop-qx7z9k2\c$ of 山田 太郎 (zwetschge@yamadagumi.example)'}
`

// secrets are the names of namedPC.
var secrets = []string{"QX7Z9K2", "山田", "太郎", "zwetschge", "yamadagumi", "wsus-kobe", "1004336348", "00330-80000", "家族の写真"}

// Nobody's name is in a masked bundle, in any encoding; the unmasked one shows that
// the search finds them.
func TestBundleNamesNobody(t *testing.T) {
	t.Parallel()
	pc, err := casekit.Parse(strings.NewReader(namedPC))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "zwetschge-qx7z9k2") // whoever looks has names too
	if err := pc.Folder(folder); err != nil {
		t.Fatal(err)
	}
	t.Run("folder", func(t *testing.T) {
		namesNobody(t, folder, []string{"QX7Z9K2", "zwetschge", "wsus-kobe", "1004336348"})
	})
	t.Run("disk", func(t *testing.T) {
		path := disk(t, namedPC)
		guids := partitionGUIDs(t, path)
		if len(guids) != 6 {
			t.Fatalf("%d identifiers", len(guids))
		}
		namesNobody(t, path, append([]string{"QX7Z9K2", "zwetschge", "wsus-kobe", "1004336348", "家族の写真"}, guids...), guids...)
	})
}

func namesNobody(t *testing.T, source string, mustShow []string, more ...string) {
	t.Helper()
	dir := t.TempDir()
	masked, plain := filepath.Join(dir, "masked.zip"), filepath.Join(dir, "plain.zip")
	for _, args := range [][]string{{"collect", source, "-o", masked}, {"collect", source, "-o", plain, "--unmasked"}} {
		if code, _, errs := patiently(t, args...); code != 0 {
			t.Fatal(errs)
		}
	}
	shown := found(t, plain, append(secrets, more...))
	for _, s := range mustShow {
		if !slices.Contains(shown, s) {
			t.Errorf("the unmasked bundle does not hold %s: the search would prove nothing", s)
		}
	}
	if left := found(t, masked, append(secrets, more...)); len(left) > 0 {
		t.Errorf("the masked bundle holds %v", left)
	}
	a, b := diagnose(t, masked), diagnose(t, plain)
	if a.ExitCode != b.ExitCode || len(a.Failures) == 0 || a.Failures[0].Causes[0].Probability != b.Failures[0].Causes[0].Probability {
		t.Errorf("masked: exit %d, %+v; unmasked: exit %d, %+v", a.ExitCode, a.Failures, b.ExitCode, b.Failures)
	}
	again := filepath.Join(dir, "again.zip")
	if code, _, errs := patiently(t, "collect", masked, "-o", again); code != 0 {
		t.Fatal(errs)
	}
	if x, y := members(t, masked)["machine.json"], members(t, again)["machine.json"]; !bytes.Equal(x, y) {
		t.Error("masking a masked bundle changes it")
	}
}

// found returns the secrets that a bundle holds in UTF-8, UTF-16, as binary numbers
// of a SID or GUID, or as hex digits of any of these, in any case.
func found(t *testing.T, path string, secrets []string) []string {
	t.Helper()
	var all []byte
	for name, content := range members(t, path) {
		all = append(append(all, name...), content...)
	}
	small := bytes.ToLower(all)
	var out []string
	for _, s := range secrets {
		for _, form := range encodings(strings.ToLower(s)) {
			if bytes.Contains(small, bytes.ToLower(form)) {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

func encodings(s string) [][]byte {
	out := [][]byte{[]byte(s), testkit.UTF16(s, binary.LittleEndian), testkit.UTF16(s, binary.BigEndian)}
	if s == "1004336348" {
		out = append(out, binary.LittleEndian.AppendUint32(nil, 1004336348))
	}
	if len(s) == 36 { // a GUID: its first part as Windows stores it
		b, err := hex.DecodeString(s[:8])
		if err == nil {
			slices.Reverse(b)
			out = append(out, b)
		}
	}
	for _, b := range slices.Clone(out) {
		out = append(out, []byte(hex.EncodeToString(b)))
	}
	return out
}

func members(t *testing.T, path string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return out
}

// partitionGUIDs returns the identifiers of a GPT disk and its partitions.
func partitionGUIDs(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	for _, d := range diagnose(t, path).Machine.Disks.Items {
		out = append(out, strings.Trim(d.GUID, "{}"))
		for _, p := range d.Partitions {
			out = append(out, strings.Trim(p.GUID, "{}"))
		}
	}
	return out
}
