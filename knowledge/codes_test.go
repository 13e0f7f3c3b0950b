package knowledge

import (
	"strings"
	"testing"
)

// frequent is how many codes must be explained in Japanese: those people meet most.
const frequent = 150

// TestCodesKeepTheGlossary checks the meanings, which no report text shows to the
// linter of texts.
func TestCodesKeepTheGlossary(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	japanese := 0
	for hex, c := range b.Codes {
		for _, rule := range LintJapanese(c.Meaning.JA) {
			t.Errorf("%s: Japanese: %s", hex, rule)
		}
		if c.Meaning.JA != "" {
			japanese++
			if !strings.HasSuffix(c.Meaning.JA, "。") {
				t.Errorf("%s: %q is no sentence", hex, c.Meaning.JA)
			}
		}
		if !strings.HasSuffix(c.Meaning.EN, ".") || strings.Contains(c.Meaning.EN, "  ") {
			t.Errorf("%s: %q is no sentence", hex, c.Meaning.EN)
		}
		if c.Meaning.EN == c.Symbol {
			t.Errorf("%s: the meaning only repeats the symbol", hex)
		}
	}
	if japanese < frequent {
		t.Errorf("%d codes are explained in Japanese, want %d", japanese, frequent)
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
