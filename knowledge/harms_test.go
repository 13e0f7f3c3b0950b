package knowledge

import (
	"slices"
	"testing"
)

func TestHarmsIn(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{`del C:\Windows\WinSxS\pending.xml`, "delete-pending-xml"},
		{`icacls C:\Windows\WinSxS /reset /t /c`, "icacls-reset-winsxs"},
		{`Dism /Online /Cleanup-Image /StartComponentCleanup /ResetBase`, "reset-base"},
		{`ren %systemroot%\System32\catroot catroot.old`, "rename-catroot"},
		{`ren %systemroot%\System32\catroot2 catroot2.bak`, ""},
		{`chkdsk C: /scan`, ""},
		{`chkdsk c: /f /r`, "chkdsk-before-backup"},
		{`DISM /Online /Cleanup-Image /RestoreHealth`, ""},
		{`0x80070643`, ""},
	} {
		got := b.HarmsIn(c.text)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, want %q", c.text, got, c.want)
		}
	}
}
