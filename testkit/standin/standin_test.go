package standin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func tool(t *testing.T, rules ...Rule) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "reagentc.exe")
	b, err := json.Marshal(rules)
	if err == nil {
		err = os.WriteFile(RulesOf(exe), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func TestFailsAsOftenAsTold(t *testing.T) {
	exe := tool(t, Rule{When: "/enable", Times: 2, Code: 1}, Rule{When: "/enable"})
	var codes []int
	for range 3 {
		codes = append(codes, Run(exe, []string{"/enable"}))
	}
	if codes = append(codes, Run(exe, []string{"/info"})); !reflect.DeepEqual(codes, []int{1, 1, 0, NoRule}) {
		t.Error(codes)
	}
	calls, err := Calls(exe)
	want := []Call{{[]string{"/enable"}, 0}, {[]string{"/enable"}, 0}, {[]string{"/enable"}, 1}, {[]string{"/info"}, -1}}
	if err != nil || !reflect.DeepEqual(calls, want) {
		t.Error(calls, err)
	}
}

func TestWritesAndDeletes(t *testing.T) {
	dir := t.TempDir()
	there, gone := filepath.Join(dir, "new", "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(gone, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := Run(tool(t, Rule{Write: map[string][]byte{there: []byte("x")}, Delete: []string{gone}, Code: 3}), nil); code != 3 {
		t.Error(code)
	}
	if b, err := os.ReadFile(there); err != nil || string(b) != "x" {
		t.Error(b, err)
	}
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestWithoutRulesItIsAtFault(t *testing.T) {
	if code := Run(filepath.Join(t.TempDir(), "x.exe"), nil); code != BadRules {
		t.Error(code)
	}
}
