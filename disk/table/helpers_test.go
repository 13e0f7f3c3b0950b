package table

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// memory is a disk in memory.
type memory []byte

func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m memory) WriteAt(p []byte, off int64) (int, error) {
	return copy(m[off:], p), nil
}

// tool skips a test whose oracle is absent; in CI that is a failure.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatal("needs " + name)
	}
	t.Skip("needs " + name)
	return ""
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return runInput(t, "", name, args...)
}

func runInput(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// onDisk writes a disk to a file for a foreign tool.
func onDisk(t *testing.T, m memory) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, m, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) memory {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func codes(t *Table) []string {
	var out []string
	for _, p := range t.Problems {
		out = append(out, p.Code)
	}
	slices.Sort(out)
	return out
}

func wantCodes(t *testing.T, tab *Table, want ...string) {
	t.Helper()
	if got := codes(tab); !slices.Equal(got, want) {
		t.Errorf("problems = %v, want %v", tab.Problems, want)
	}
}

const mib = 1 << 20

// testParts is the layout of a Windows disk in small.
func testParts() []Partition {
	g := func(s string) GUID { return mustGUID(s) }
	return []Partition{
		{TypeGUID: TypeESP, GUID: g("11111111-2222-3333-4444-555555555501"), Name: "EFI system partition", Start: 1 * mib, Size: 4 * mib},
		{TypeGUID: TypeMSR, GUID: g("11111111-2222-3333-4444-555555555502"), Name: "Microsoft reserved partition", Start: 5 * mib, Size: 1 * mib},
		{TypeGUID: TypeBasicData, GUID: g("11111111-2222-3333-4444-555555555503"), Name: "Basic data partition", Start: 6 * mib, Size: 8 * mib},
		{TypeGUID: TypeRecovery, GUID: g("11111111-2222-3333-4444-555555555504"), Name: "回復 😀", Attributes: 0x8000000000000001, Start: 16 * mib, Size: 3 * mib},
	}
}

var testDisk = mustGUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")

func newGPTDisk(t *testing.T, sector int) memory {
	t.Helper()
	m := make(memory, 20*mib)
	if err := WriteGPT(m, int64(len(m)), sector, testDisk, testParts()); err != nil {
		t.Fatal(err)
	}
	return m
}

func read(m memory) *Table { return Read(m, int64(len(m)), 0) }
