package report

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWidthIgnoresLocale(t *testing.T) {
	t.Setenv("LANG", "ja_JP.UTF-8")
	r := newRuler()
	for text, want := range map[string]int{"エラー 0x80070643": 17, "か\u3099": 2, "○": 1, "[未確認]": 8} {
		if got := r.width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"closing character is pulled along", "記録記録記録、です", 12, []string{"記録記録記", "録、です"}},
		{"phrases stay together", "写真や文書に異常を示す記録", 14, []string{"写真や文書に", "異常を示す記録"}},
		{"opening bracket goes down", "更新の「記録」です", 8, []string{"更新の", "「記録」", "です"}},
		{"number stays with its unit", "空き領域は 250 MB です", 14, []string{"空き領域は", "250 MB です"}},
		{"katakana words are whole", "小さいパーティション", 16, []string{"小さい", "パーティション"}},
		{"English words", "the recovery partition", 12, []string{"the recovery", "partition"}},
		{"code is whole", "エラーは 0x80070643 です", 12, []string{"エラーは", "0x80070643", "です"}},
		{"label is whole", "まず [再起動] を選びます", 10, []string{"まず", "[再起動]", "を選びます"}},
		{"path breaks after a backslash", `C:\Windows\System32\config`, 14, []string{`C:\Windows\`, `System32\`, "config"}},
		{"empty", "", 10, []string{""}},
	} {
		if got := newRuler().wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: wrap(%q, %d) = %q, want %q", c.name, c.text, c.width, got, c.want)
		}
	}
}

// FuzzWrap checks that no text is lost and that no line is too wide.
func FuzzWrap(f *testing.F) {
	f.Add("回復パーティションの空きは 83 MB、必要なのは 250 MB です。", 20)
	f.Add(`\Windows\System32\winevt\Logs\System.evtx`, 11)
	f.Add("a\u3099 か\u3099 ((((([[ 「「「", 8)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\t") || width < 8 || width > 200 {
			t.Skip()
		}
		r := newRuler()
		lines := r.wrap(text, width)
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := strip(strings.Join(lines, "")); got != strip(text) {
			t.Errorf("wrap(%q) lost text: %q", text, got)
		}
		for _, l := range lines {
			if r.width(l) > width && utf8.RuneCountInString(l) > 2 {
				t.Errorf("line %q is %d wide, want %d", l, r.width(l), width)
			}
		}
	})
}
