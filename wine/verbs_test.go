package wine

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"updoc/testkit"
)

// Every verb that looks at, or acts on, the PC that it runs on: its exit code, and that it
// speaks the language that was asked for. One after the other, as a person tries them.
func TestVerbsOnThisPC(t *testing.T) {
	t.Parallel()
	p, exe := sick(t, byService, byPolicy), program(t)
	photo := testkit.Noise(1, 100_000)
	for _, dir := range []string{`C:\old\Windows\System32\config`, `C:\old\Users\taro\Pictures`} {
		if err := os.MkdirAll(p.Path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(p.Path(`C:\old\Users\taro\Pictures\a.jpg`), photo, 0o600); err != nil {
		t.Fatal(err)
	}
	soon := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	for _, c := range []struct {
		args string
		code int
		say  string
	}{
		{"plan --lang ja", 1, "更新を止めるポリシーの値を外す"},
		{"fix --dry-run --lang en", 0, "Nothing was changed."},
		{"fix --yes --lang ja", 6, "--accept windows-clean"}, // Wine does not tell whether its volume is marked for checking
		{"undo --yes --lang en", 2, "updoc history"},
		{"resume --lang ja", 2, "途中で止まった作業はありません"},
		{"history --last --lang en", 0, "It was not begun"},
		{"watch --for KB5034122 --yes --lang ja", 6, "更新プログラムをもう一度確認する"}, // there is no update agent
		{"verify KB5033909 --lang en", 1, "KB5033909"},
		{`collect -o C:\bundle.zip --lang ja`, 0, "調査データを保存しました"},
		{`diagnose C:\bundle.zip --lang en`, 1, "KB5033909"},
		{`export intune -o C:\package --lang en`, 0, ""},
		{`backup C:\copies --lang ja`, 6, "外付けのディスク"},
		{`backup C:\copies C:\old --lang en`, 0, "read again and are the same"},
		{"defer KB5034441 --until " + soon + " --reason test --lang ja", 0, "KB5034441"},
		{"deferred --lang en", 0, "KB5034441"},
	} {
		r := p.Run(t, exe, strings.Fields(c.args)...)
		if said := string(r.Out) + string(r.Err); r.Code != c.code || !strings.Contains(said, c.say) {
			t.Errorf("updoc %s: exit code %d, not %d, or without %q:\n%s", c.args, r.Code, c.code, c.say, said)
		}
	}
	if copied := testkit.ReadFile(t, p.Path(`C:\copies\C\Users\taro\Pictures\a.jpg`)); !bytes.Equal(copied, photo) {
		t.Error("the copy is another")
	}
}
