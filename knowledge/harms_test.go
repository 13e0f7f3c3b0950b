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
		{`rd /s /q C:\Windows\SoftwareDistribution`, "delete-update-cache"},
		{`ren C:\Windows\SoftwareDistribution SoftwareDistribution.old`, ""},
		{`0x80070643`, ""},
	} {
		got := b.HarmsIn(c.text)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, want %q", c.text, got, c.want)
		}
	}
}

func TestRemediesIn(t *testing.T) {
	b := load(t)
	for text, want := range map[string][]string{
		`DISM /Online /Cleanup-Image /RestoreHealth`:  {"remedy repair-component-store"},
		`DISM.exe /Online /Cleanup-Image /ScanHealth`: {"remedy check-component-store"},
		`sfc /scannow`:      {"remedy repair-component-store"},
		`net stop wuauserv`: {"remedy reset-update-cache"},
		`ren C:\Windows\SoftwareDistribution SoftwareDistribution.old`: {"remedy reset-update-cache"},
		`ren %systemroot%\System32\catroot2 catroot2.bak`:              {"remedy reset-catroot2"},
		`rd /s /q C:\Windows\SoftwareDistribution`:                     {"harm delete-update-cache"},
		`reagentc /enable`:       {"remedy winre-enable"},
		`shutdown /r /t 0`:       {"remedy restart"},
		`shutdown /s /t 0`:       {},
		`The files were removed`: {},
		`KB5034441 が入らないので sfc /scannow を試した`: {"kb KB5034441", "remedy repair-component-store"},
	} {
		if got := asked(b.Find(text)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
