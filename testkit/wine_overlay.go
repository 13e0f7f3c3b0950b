package testkit

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// mended returns the flag that lets a program built for Windows delete folders under Wine
// 8: os.RemoveAll asks for a way to delete that Wine has from 8.11 on, and goes back to
// the older way only if the answer is that of an old Windows, not Wine's "not
// implemented". Nothing that is given to people is built so.
func mended(t testing.TB) string {
	t.Helper()
	const asked, answered = "case STATUS_INVALID_INFO_CLASS,", "case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,"
	root := strings.TrimSpace(Run(t, "go", "env", "GOROOT"))
	source := filepath.Join(root, "src", "internal", "syscall", "windows", "at_windows.go")
	text := string(ReadFile(t, source))
	if strings.Count(text, asked) != 1 {
		t.Fatalf("%s is not as expected: look whether it is still needed to mend it", source)
	}
	patched := WriteFile(t, "at_windows.go", []byte(strings.Replace(text, asked, answered, 1)))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: patched}})
	if err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + WriteFile(t, "overlay.json", overlay)
}
