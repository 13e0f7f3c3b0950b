package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestHelpIsInTheReadersLanguage finds flags and verbs whose help nobody translated:
// in a Japanese page every line of description holds Japanese.
func TestHelpIsInTheReadersLanguage(t *testing.T) {
	for _, verb := range verbs {
		var out bytes.Buffer
		args := append(strings.Fields(verb), "--help", "--lang", "ja")
		if code := Run(context.Background(), args, Streams{Out: &out, Err: &out, Env: func(string) string { return "" }}); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, &out)
		}
		for line := range strings.Lines(out.String()) {
			name, help, ok := strings.Cut(strings.TrimSpace(line), "  ")
			if ok && help != "" && !strings.ContainsFunc(help, func(r rune) bool { return r > 0x3000 }) {
				t.Errorf("%s --help: %s is described in English: %s", verb, name, strings.TrimSpace(help))
			}
		}
	}
}

// A flag that has the name of a verb is described as a flag, and one that means something
// else in a verb as that.
func TestFlagsNamedLikeVerbs(t *testing.T) {
	for args, want := range map[string]string{
		"diagnose --help --lang en": "--knowledge=FILE    add knowledge of your own",
		"fix --help --lang ja":      "先に大切なファイルをこのフォルダーに写す",
		"watch --help --lang en":    "in each try, begin nothing",
		"undo --help --lang en":     "do not ask before it is taken back",
	} {
		var out bytes.Buffer
		Run(context.Background(), strings.Fields(args), Streams{Out: &out, Err: &out, Env: func(string) string { return "" }})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %q in\n%s", args, want, &out)
		}
	}
}
