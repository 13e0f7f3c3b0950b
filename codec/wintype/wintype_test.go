package wintype

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"updoc/testkit"
)

func TestFiletime(t *testing.T) {
	for filetime, want := range map[uint64]string{
		1:                   "1601-01-01T00:00:00.0000001Z",
		116444735999999999:  "1969-12-31T23:59:59.9999999Z",
		116444736000000000:  "1970-01-01T00:00:00Z",
		133492698001234567:  "2024-01-09T10:30:00.1234567Z",
		2650467743999999999: "9999-12-31T23:59:59.9999999Z",
	} {
		got := Time(filetime)
		if got.Format(time.RFC3339Nano) != want {
			t.Errorf("%d is %s, want %s", filetime, got.Format(time.RFC3339Nano), want)
		}
		if back := Filetime(got.In(time.FixedZone("", 9*3600)).Add(99)); back != filetime {
			t.Errorf("%s is %d, want %d", want, back, filetime)
		}
	}
	for _, never := range []uint64{0, 2650467744000000000, 1 << 63, 1<<64 - 1} {
		if !Time(never).IsZero() {
			t.Errorf("%d is %s", never, Time(never))
		}
	}
	for _, before := range []time.Time{{}, time.Date(1600, 12, 31, 23, 59, 59, 0, time.UTC)} {
		if Filetime(before) != 0 {
			t.Errorf("%s is %d", before, Filetime(before))
		}
	}
}

func TestGUID(t *testing.T) {
	// The type of an EFI system partition as it stands in a GPT.
	stored := [16]byte{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}
	const text = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	if got := GUID(stored); got != text {
		t.Errorf("text is %s", got)
	}
	for _, s := range []string{text, "{" + text + "}", strings.ToUpper(text)} {
		if got, err := ParseGUID(s); err != nil || got != stored {
			t.Errorf("%s is %x, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "{}", text[1:], text + "0", "{" + text, text + "}", strings.Replace(text, "-", "0", 1),
		strings.Replace(text, "c", "g", 1), strings.Replace(text, "2a", "é", 1), strings.Repeat("-", 36)} {
		if got, err := ParseGUID(bad); err == nil || got != [16]byte{} {
			t.Errorf("%q is taken for %x", bad, got)
		}
	}
}

func TestUTF16(t *testing.T) {
	for _, text := range []string{"", "abc", "日本語", "a𠮷b", "\ufeffé"} {
		b := testkit.UTF16(text, binary.LittleEndian)
		if got := UTF16(b); got != text {
			t.Errorf("%q is read as %q", text, got)
		}
		if got := UTF16(append(b, 'x')); got != text {
			t.Errorf("%q with an odd byte is read as %q", text, got)
		}
		if got := AppendUTF16([]byte("!"), text); !bytes.Equal(got, append([]byte("!"), b...)) {
			t.Errorf("%q is written as %x", text, got)
		}
		z := AppendUTF16Z(nil, text)
		if !bytes.Equal(z, append(bytes.Clone(b), 0, 0)) || UTF16Z(append(z, 'x', 0)) != text || UTF16Z(b) != text {
			t.Errorf("%q with a zero is written as %x and read as %q", text, z, UTF16Z(z))
		}
	}
	if got := UTF16([]byte{'a', 0, 0, 0, 'b', 0}); got != "a\x00b" {
		t.Errorf("a zero inside: %q", got)
	}
	for _, lone := range [][]byte{{0, 0xd8}, {0, 0xdc}, {0, 0xd8, 0}} {
		if got := UTF16(lone); got != "\ufffd" {
			t.Errorf("a lone surrogate %x: %q", lone, got)
		}
	}
	if got := UTF16([]byte{0, 0xd8, 'a', 0}); got != "\ufffda" {
		t.Errorf("a lone surrogate before a letter: %q", got)
	}
}

// Any bytes as text: the result is text, and what is text throughout comes back.
func FuzzUTF16(f *testing.F) {
	f.Add([]byte{'a', 0, 0x42, 0xd8, 0xb7, 0xdf, 0, 0xd8, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		text := UTF16(b)
		if !utf8.ValidString(text) {
			t.Fatalf("%x is read as %q", b, text)
		}
		if back := AppendUTF16(nil, text); !strings.Contains(text, "\ufffd") && !bytes.Equal(back, b[:len(b)&^1]) {
			t.Fatalf("%x comes back as %x", b, back)
		}
		if z := UTF16Z(b); !strings.HasPrefix(text, z) || strings.Contains(z, "\x00") {
			t.Fatalf("up to the zero: %q of %q", z, text)
		}
	})
}

// Any text as a GUID: what is taken is written as it was, but for case and braces.
func FuzzParseGUID(f *testing.F) {
	f.Add("{C12A7328-f81f-11d2-ba4b-00a0c93ec93b}")
	f.Fuzz(func(t *testing.T, s string) {
		if g, err := ParseGUID(s); err == nil && GUID(g) != strings.ToLower(strings.Trim(s, "{}")) {
			t.Fatalf("%q is %s", s, GUID(g))
		}
	})
}
