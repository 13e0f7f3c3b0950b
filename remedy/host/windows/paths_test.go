package windows

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestPaths(t *testing.T) {
	for _, root := range []string{`C:`, `C:\`, `\\?\C:`, `\\?\Volume{12-34}`, `\\?\Volume{12-34}\`, `\\?\GLOBALROOT\Device\Harddisk0\Partition12`} {
		if !isRoot(root) {
			t.Errorf("%s is a root", root)
		}
	}
	for _, no := range []string{`C:\a`, `\\?\Volume{1}\a`, ``, `\\server\share`, `\\?\GLOBALROOT\Device\Harddisk0`} {
		if isRoot(no) {
			t.Errorf("%s is no root", no)
		}
	}
	for in, want := range map[string]string{`C:\a`: `\\?\C:\a`, `\\?\Volume{1}\a`: `\\?\Volume{1}\a`, `a`: `a`} {
		if got := longPath(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	if got := join(`C:\`, "a/b"); got != `C:\a\b` || folderOf(got) != `C:\a` || nameOf(got) != "b" || extension(`C:\x.y\Winre.WIM`) != ".wim" || extension(`C:\x.y\a`) != "" {
		t.Error(got)
	}
}

func TestFileError(t *testing.T) {
	for number, want := range map[syscall.Errno]error{32: ErrInUse, 33: ErrInUse, 1224: ErrInUse, 112: ErrFull, 39: ErrFull, 5: syscall.Errno(5)} {
		err := fileError("open", `C:\a`, number)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), `C:\a`) {
			t.Errorf("%d: %v", number, err)
		}
	}
	if fileError("open", "", nil) != nil {
		t.Error("no error became one")
	}
}
