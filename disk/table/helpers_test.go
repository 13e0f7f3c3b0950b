package table

import (
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

// memory is a disk in memory.
type memory = testkit.Memory

// runInput runs a foreign tool that reads what to do.
func runInput(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	cmd := testkit.Command(t, name, args...)
	cmd.Stdin = strings.NewReader(input)
	return testkit.Combined(t, cmd)
}

// onDisk writes a disk to a file for a foreign tool.
func onDisk(t *testing.T, m memory) string {
	t.Helper()
	return testkit.WriteFile(t, "disk.img", m)
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
