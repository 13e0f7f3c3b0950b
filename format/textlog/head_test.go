package textlog

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseHead(t *testing.T) {
	cases := []struct {
		line  string
		level Level
		rest  string
	}{
		{"2015-02-23 21:47:27, Info                  CBS    TI: --- x", LevelInfo, "CBS    TI: --- x"},
		{"2026-10-08 20:55:05, Error      [0x01806a] CSI    0000004b (F) y", LevelError, "[0x01806a] CSI    0000004b (F) y"},
		{"2011-03-09 09:37:36, Info CSI 00000040 z", LevelInfo, "CSI 00000040 z"},
		{"2023-02-17 10:04:38, Warning                      [ReAgentc.exe] w", LevelWarning, "[ReAgentc.exe] w"},
		{"2023-02-17 10:04:38, FatalError x", LevelFatal, "x"},
		{"2023-02-17 10:04:38, Odd x", LevelNone, "Odd x"},
		{"2023-02-17 10:04:38", LevelNone, ""},
	}
	for _, c := range cases {
		h := ParseHead([]byte(c.line))
		if !h.Stamped || h.Level != c.level || string(h.Rest) != c.rest {
			t.Errorf("%q: %v %v %q", c.line, h.Stamped, h.Level, h.Rest)
		}
	}
	if h := ParseHead([]byte("   Expected: x")); h.Stamped || string(h.Rest) != "   Expected: x" {
		t.Errorf("continuation: %+v", h)
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	if got, ok := ParseTime([]byte("2024-02-29 23:59:58, Info")); !ok || !got.Equal(want) {
		t.Errorf("%v %v", got, ok)
	}
	for _, bad := range []string{"2023-02-29 00:00:00", "2024-13-01 00:00:00", "2024-01-01 24:00:00", "2024-01-01 00:60:00", "2024-01-01T00:00:00", "", "2024"} {
		if got, ok := ParseTime([]byte(bad)); ok {
			t.Errorf("%q taken as %v", bad, got)
		}
	}
}

func TestClip(t *testing.T) {
	cases := []struct {
		in    string
		limit int
		want  string
	}{
		{"plain \r\n", 10, "plain"},
		{"日本語", 7, "日本"},
		{"a\xffb", 10, "a\uFFFDb"},
		{"a\x00b\tc", 10, "a\uFFFDb\tc"},
		{"abcdef", 3, "abc"},
	}
	for _, c := range cases {
		if got := Clip([]byte(c.in), c.limit); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte("2015-02-23 21:47:27, Info                  CBS    TI"))
	f.Add([]byte("2015-02-23 21:47:27"))
	f.Fuzz(func(t *testing.T, line []byte) {
		h := ParseHead(line)
		if !strings.HasSuffix(string(line), string(h.Rest)) {
			t.Fatalf("rest %q is not the end of %q", h.Rest, line)
		}
		if s := Clip(line, 40); len(s) > 40 || !utf8.ValidString(s) {
			t.Fatalf("Clip gave %q", s)
		}
		if at, ok := ParseTime(line); ok && at.Format("2006-01-02 15:04:05") != strings.ReplaceAll(string(line[:StampLen]), "/", "-") {
			t.Fatalf("%q read as %v", line[:StampLen], at)
		}
	})
}
