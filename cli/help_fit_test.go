package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

var verbs = []string{"", "diagnose", "plan", "explain", "inspect", "collect", "fix", "undo", "resume", "history", "verify", "watch", "defer", "deferred", "export", "backup", "knowledge list", "knowledge check", "version"}

// No line of a help page is wider than 80 columns, in either language, and no word of it
// is lost by laying it out.
func TestHelpFits(t *testing.T) {
	for _, verb := range verbs {
		for _, lang := range []string{"en", "ja"} {
			var out bytes.Buffer
			args := append(strings.Fields(verb), "--help", "--lang", lang)
			if code := Run(context.Background(), args, Streams{Out: &out, Err: &out, Env: func(string) string { return "" }}); code != 0 {
				t.Fatalf("%v: exit %d: %s", args, code, &out)
			}
			for line := range strings.Lines(out.String()) {
				if w := narrow.StringWidth(strings.TrimSuffix(line, "\n")); w > 80 {
					t.Errorf("%s --help --lang %s: %d columns: %s", verb, lang, w, line)
				}
			}
		}
	}
}

func TestShortHelpFits(t *testing.T) {
	for _, lang := range []string{"en_US", "ja_JP"} {
		var out bytes.Buffer
		s := Streams{Out: &out, Err: &out, Env: func(name string) string { return map[string]string{"LANG": lang}[name] }}
		if code := Run(context.Background(), nil, s); code != 0 {
			t.Fatalf("exit %d", code)
		}
		for line := range strings.Lines(out.String()) {
			if w := narrow.StringWidth(strings.TrimSuffix(line, "\n")); w > 79 {
				t.Errorf("%s: %d columns: %s", lang, w, line)
			}
		}
	}
}

func TestFitted(t *testing.T) {
	page := "Usage: x\n\nsays what\nit does\n\nFlags:\n  -h, --help     shows this\n                 page\n      --lang=L   言語を選ぶ。指定がなければ画面の言語\n"
	want := "Usage: x\n\nsays what it does\n\nFlags:\n  -h, --help     shows this\n                 page\n      --lang=L   言語を\n                 選ぶ。\n                 指定がなけ\n                 れば画面の\n                 言語\n"
	if got := fitted(page, 27); got != want {
		t.Errorf("%s", got)
	}
}
