package wine

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"updoc/doctor"
	"updoc/format/pe"
	"updoc/testkit"
)

var le = binary.LittleEndian

// theProgram is built once for all tests.
var theProgram struct {
	sync.Mutex
	folder, exe string
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(theProgram.folder)
	os.Exit(code)
}

// program builds updoc.exe as plain go build does, manifest and all.
func program(t *testing.T) string {
	t.Helper()
	theProgram.Lock()
	defer theProgram.Unlock()
	if theProgram.exe != "" {
		return theProgram.exe
	}
	if theProgram.folder == "" {
		dir, err := os.MkdirTemp("", "updoc-wine-")
		if err != nil {
			t.Fatal(err)
		}
		theProgram.folder = dir
	}
	exe := filepath.Join(theProgram.folder, "updoc.exe")
	testkit.BuildWindows(t, exe, "./cmd/updoc")
	theProgram.exe = exe
	return exe
}

func TestStarts(t *testing.T) {
	t.Parallel()
	p, exe := testkit.Wine(t), program(t)
	for _, c := range []struct {
		args string
		code int
		say  string
	}{
		{"version", 0, "updoc " + doctor.Version},
		{"--help", 0, "diagnose"},
		{"explain 0x80070643 --lang ja", 0, "本当の理由"},
		{"explain 0x80070643 --lang en", 0, "0x80070643"},
		{"diagnose C:\\nowhere.img --lang ja", 2, "nowhere.img"},
		{"fix C:\\nowhere.img --yes --lang en", 6, "on Linux only"},
		{"no-such-verb", 2, "updoc"},
	} {
		r := p.Run(t, exe, strings.Fields(c.args)...)
		said := string(r.Out) + string(r.Err)
		if r.Code != c.code || !strings.Contains(said, c.say) {
			t.Errorf("updoc %s: exit code %d, not %d, or without %q:\n%s", c.args, r.Code, c.code, c.say, said)
		}
	}
	sameAsOnLinux(t, p)
}

// sameAsOnLinux: the same command says the same bytes there. Nothing on the way turns
// UTF-8 into the code page of a console.
func sameAsOnLinux(t *testing.T, p *testkit.WinePrefix) {
	t.Helper()
	args := []string{"explain", "0x80070643", "--lang", "ja", "--no-color"}
	here := filepath.Join(t.TempDir(), "updoc")
	testkit.Run(t, "go", "build", "-o", here, "updoc/cmd/updoc")
	want := testkit.Output(t, testkit.Command(t, here, args...))
	got := p.Must(t, program(t), args...)
	if strings.ReplaceAll(got, "\r\n", "\n") != want {
		t.Errorf("Windows:\n%s\nLinux:\n%s", got, want)
	}
}

func TestResourcesAreReadBack(t *testing.T) {
	exe := program(t)
	b := testkit.ReadFile(t, exe)
	info, err := pe.Version(bytes.NewReader(b), int64(len(b)))
	if err != nil || info.FileVersion.String() != doctor.Version+".0" || info.Strings["ProductName"] != "updoc" || len(info.Problems) > 0 {
		t.Errorf("%+v %v", info, err)
	}
	raw := func(kind string) []byte {
		return []byte(testkit.Output(t, testkit.Command(t, "wrestool", "--extract", "--raw", "--type="+kind, exe)))
	}
	for _, want := range []string{`level="asInvoker"`, "<longPathAware", ">UTF-8</activeCodePage>", "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"} {
		if manifest := raw("24"); !bytes.Contains(manifest, []byte(want)) {
			t.Errorf("the manifest lacks %s:\n%s", want, manifest)
		}
	}
	versions, names := raw("16"), raw("6")
	for _, want := range []string{"更新プログラムが失敗する原因", "finds out why"} {
		if !bytes.Contains(versions, testkit.UTF16(want, le)) {
			t.Errorf("the version resource lacks %q", want)
		}
	}
	for _, want := range []string{"Windows Update の診断と修復", "Windows Update repair"} {
		if !bytes.Contains(names, testkit.UTF16(want, le)) {
			t.Errorf("the string table lacks %q", want)
		}
	}
}

// built runs delivery/build for amd64 on a copy of the source, in which the version is
// another one unless it is "", and returns the folder with the results.
func built(t *testing.T, version string, env ...string) string {
	t.Helper()
	root, dist := filepath.Dir(mustGetwd(t)), t.TempDir()
	if version != "" {
		root = copied(t, root, version)
	}
	cmd := testkit.Command(t, filepath.Join(root, "delivery", "build"), dist, "amd64")
	cmd.Env = append(cmd.Env, env...)
	testkit.Combined(t, cmd)
	return dist
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// copied copies what the program is made of and gives it a version.
func copied(t *testing.T, root, version string) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range []string{"cli", "cmd", "codec", "collect", "delivery", "diagnose", "disk", "doctor", "export", "expr", "format", "go.mod", "go.sum",
		"knowledge", "LICENSE", "model", "plan", "remedy", "report", "source", "winapi"} {
		testkit.Run(t, "cp", "-r", filepath.Join(root, e), dir)
	}
	name := filepath.Join(dir, "doctor", "doctor.go")
	text := strings.Replace(string(testkit.ReadFile(t, name)), `Version = "`+doctor.Version+`"`, `Version = "`+version+`"`, 1)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
