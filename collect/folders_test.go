package collect

import (
	"fmt"
	"strings"
	"testing"

	"updoc/model"
)

// missingPath is a line of CSI that does not find a path.
func missingPath(path string) string {
	return "2024-01-10 12:01:00, Error                 CSI    0000009b (F) STATUS_OBJECT_NAME_NOT_FOUND #1# from X::SysCreateFile(on:[9]\"" + path + "\"; a:(OBJ))\r\n"
}

func absentFolders(m *model.Machine) []string {
	var out []string
	for _, f := range m.Folders.Items {
		if f.Present.Known && !f.Present.Value {
			out = append(out, f.Path)
		}
	}
	return out
}

func TestFolders(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	for _, p := range stockFolders {
		src.put(p+"/x", nil)
	}
	src.put("Windows/Here/x", nil)
	lines := cbsLines
	for _, p := range []string{`\??\C:\Windows\System32\Gone\Deeper\a.dll`, `\SystemRoot\Away`, `C:\Windows\Here`, `C:\Windows\Here\file.dll`,
		`C:\Users\user\Gone`, `D:\Windows\Gone`, `\Registry\Machine\Gone`, `C:\Windows\..\..\Users\Gone`} {
		lines += missingPath(p)
	}
	src.put(cbsPath, []byte(lines))
	m := look(t, src)
	if got := strings.Join(absentFolders(m), " "); got != `Windows\System32\Gone Windows\Away` || !m.Folders.Coverage.Complete {
		t.Errorf("absent: %s of %+v", got, m.Folders)
	}
}

func TestNamedFoldersAreBounded(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	lines := cbsLines
	for i := range 40 {
		lines += missingPath(fmt.Sprintf(`C:\Windows\Gone%d`, i))
	}
	src.put(cbsPath, []byte(lines))
	if n := len(look(t, src).Folders.Items); n != len(stockFolders)+namedLimit {
		t.Errorf("%d folders", n)
	}
}

// In a folder that was copied in part nothing says that another was not there.
func TestFoldersOfAFolder(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys()).folder()
	src.put(cbsPath, []byte(cbsLines+missingPath(`C:\Windows\System32\Gone\Deeper\a.dll`)))
	m := look(t, src)
	for _, f := range m.Folders.Items {
		if f.Path == `Windows\servicing\Packages` || f.Path == `Windows\INF` {
			wantUnseen(t, f.Path, f.Present, model.ReasonAbsent)
		}
	}
	if got := absentFolders(m); len(got) > 0 {
		t.Errorf("absent: %v", got)
	}
	if m.Folders.Coverage.Complete {
		t.Error("a folder cannot tell everything")
	}
}
