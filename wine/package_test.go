package wine

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/doctor"
	"updoc/testkit"
)

const (
	newer     = "9.8.7"
	installed = `C:\Program Files\updoc\updoc.exe`
	uninstall = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall`
	shortcut  = "/Start Menu/Programs/Windows Update repair (updoc).lnk" // Wine puts it among this person's, Windows among everybody's
	paths     = `HKLM\System\CurrentControlSet\Control\Session Manager\Environment`
)

// One after the other, as a PC sees it: installed, upgraded, refused to go back, removed.
func TestPackage(t *testing.T) {
	t.Parallel()
	p := testkit.Wine(t)
	before, wasPath := everything(t, p), p.Must(t, "reg", "query", paths, "/v", "PATH")
	old, next := built(t, ""), built(t, newer)
	if out, err := testkit.Command(t, "osslsigncode", "verify", "-in", packageIn(t, old)).CombinedOutput(); err == nil {
		t.Errorf("built without a key, and signed: %s", out)
	}

	install(t, p, old, doctor.Version)
	if got := p.Must(t, "reg", "query", paths, "/v", "PATH"); !strings.Contains(got, `;C:\Program Files\updoc\`) {
		t.Errorf("not found from a command line: %s", got)
	}
	install(t, p, next, newer)
	if got := p.Must(t, installed, "version"); !strings.Contains(got, newer) {
		t.Errorf("upgraded, and it says %s", got)
	}
	if r := p.Run(t, "msiexec", "/i", windows(packageIn(t, old)), "/qn"); r.Code == 0 {
		t.Error("an older version took the place of a newer one")
	}
	alone(t, p, newer)

	p.Must(t, "msiexec", "/x", windows(packageIn(t, next)), "/qn")
	p.Stop(t)
	for name := range everything(t, p) {
		if !before[name] {
			t.Errorf("left behind: %s", name)
		}
	}
	// Wine leaves the semicolon in front of what it took out.
	if got := p.Must(t, "reg", "query", paths, "/v", "PATH"); strings.TrimRight(got, ";\r\n ") != strings.TrimRight(wasPath, "\r\n ") {
		t.Errorf("PATH was %s and is %s", wasPath, got)
	}
	for _, key := range []string{`HKLM\Software`, uninstall, `HKLM\Software\Classes\Installer`} {
		if r := p.Run(t, "reg", "query", key, "/s"); strings.Contains(strings.ToLower(string(r.Out)), "updoc") {
			t.Errorf("left in %s", key)
		}
	}
}

// install installs a package and looks at what is there.
func install(t *testing.T, p *testkit.WinePrefix, dist, version string) {
	t.Helper()
	p.Must(t, "msiexec", "/i", windows(packageIn(t, dist)), "/qn")
	if !slices.ContainsFunc(slices.Collect(maps.Keys(everything(t, p))), func(name string) bool { return strings.HasSuffix(name, shortcut) }) {
		t.Error("no entry in the Start menu")
	}
	for _, file := range []string{installed, `C:\Program Files\updoc\README.ja.txt`, `C:\Program Files\updoc\LICENSE.txt`} {
		if _, err := os.Stat(p.Path(file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if got := p.Must(t, installed, "version"); !strings.Contains(got, version) {
		t.Errorf("installed %s, and it says %s", version, got)
	}
	alone(t, p, version)
}

// alone tells that the list of programs shows updoc once.
func alone(t *testing.T, p *testkit.WinePrefix, version string) {
	t.Helper()
	list := string(p.Run(t, "reg", "query", uninstall, "/s").Out)
	var shown []string
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) == 3 && (f[0] == "DisplayVersion" || f[0] == "DisplayName") {
			shown = append(shown, f[2])
		}
	}
	if strings.Join(shown, " ") != "updoc "+version && strings.Join(shown, " ") != version+" updoc" {
		t.Errorf("the list of programs shows %v", shown)
	}
}

func packageIn(t *testing.T, dist string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dist, "*.msi"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

// windows is how a program under Wine finds a file of the host.
func windows(host string) string { return `Z:` + strings.ReplaceAll(host, "/", `\`) }

// everything lists files and folders, without those Windows Installer keeps for itself.
func everything(t *testing.T, p *testkit.WinePrefix) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	root := p.Path(`C:\windows`)
	err := filepath.WalkDir(filepath.Dir(root), func(name string, _ os.DirEntry, err error) error {
		if err == nil && !strings.HasPrefix(name, filepath.Join(root, "Installer")) {
			found[strings.TrimPrefix(name, p.Dir)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
