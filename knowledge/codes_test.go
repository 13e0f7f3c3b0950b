package knowledge

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestCodesAreSentences checks what the linter leaves to the eye: that a meaning is a
// sentence in either language and says more than the symbol.
func TestCodesAreSentences(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for hex, c := range b.Codes {
		if !strings.HasSuffix(c.Meaning.JA, "。") {
			t.Errorf("%s: %q is no sentence", hex, c.Meaning.JA)
		}
		if !strings.HasSuffix(c.Meaning.EN, ".") || strings.Contains(c.Meaning.EN, "  ") {
			t.Errorf("%s: %q is no sentence", hex, c.Meaning.EN)
		}
		if c.Meaning.EN == c.Symbol {
			t.Errorf("%s: the meaning only repeats the symbol", hex)
		}
	}
}

// TestLintCodes: a code without Japanese, one given in two files and one whose
// Japanese breaks the glossary are faults.
func TestLintCodes(t *testing.T) {
	fsys := fstest.MapFS{
		"codes.tsv":    {Data: []byte("hex\tsymbol\tfamily\tmeaning\n0x80070001\tA\tWIN32\tOne.\n0x80070002\tB\tWIN32\tTwo.\n0x80070003\tC\tWIN32\tThree.\n0x80070004\tD\tWIN32\tFour.\n")},
		"codes/a.yaml": {Data: []byte("- {hex: '0x80070002', meaning: {ja: 二つ目です。}}\n- {hex: '0x80070003', meaning: {ja: フォルダです。}}\n- {hex: '0x80070004', meaning: {ja: 四つ目です。}}\n")},
		"codes/b.yaml": {Data: []byte("- {hex: '0x80070002', meaning: {ja: 二つ目です。}}\n")},
		"classes.yaml": {Data: []byte("[]\n")},
		"gates.yaml":   {Data: []byte("[]\n")},
		"harms.yaml":   {Data: []byte("[]\n")},
	}
	b, err := LoadFS(fsys)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(b.texts, texts.texts) // the words of the linter
	for id := range b.texts {
		if !strings.HasPrefix(id, "lint.") {
			delete(b.texts, id)
		}
	}
	want := []string{
		"code.0x80070001: is there in one language only",
		"knowledge/codes/a.yaml:2: code.0x80070003: breaks a rule for Japanese texts: longmark (フォルダで)",
		"knowledge/codes/b.yaml:1: code.0x80070002: is given in two files: a.yaml, b.yaml",
	}
	var got []string
	for _, f := range b.Lint() {
		got = append(got, f.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestWrappers names the codes behind which the real one stands; a code that only
// looks like one must not be among them.
func TestWrappers(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"0x80070643": true, "0x8024200b": true, "0x80240022": true}
	for hex, c := range b.Codes {
		if c.Wrapper != want[hex] {
			t.Errorf("%s: wrapper %v", hex, c.Wrapper)
		}
	}
}

// TestSuccessCodes compares the severity bit with the letter of the symbol. CBS and
// Windows Installer name some codes a success that are sent with the failure bit.
func TestSuccessCodes(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for hex, c := range b.Codes {
		named := strings.HasPrefix(c.Symbol, "WU_S_") || strings.HasPrefix(c.Symbol, "BG_S_")
		if named != c.Success {
			t.Errorf("%s %s: success %v", hex, c.Symbol, c.Success)
		}
	}
}
