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
	for _, verb := range []string{"", "diagnose", "plan", "explain", "inspect", "collect", "fix", "undo", "resume", "history", "verify", "watch", "backup", "knowledge list", "knowledge check", "version"} {
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
