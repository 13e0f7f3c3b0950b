package cli_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"updoc/model"
)

const nobody = 65534

// asNobody runs f as a user whom file permissions bind. Root is bound only while this
// thread takes another user's part towards file systems.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
	defer syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
	f()
}

// open is a folder that nobody, too, may enter.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "updoc-permission-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What this user may not read is refused as that.
func TestSourceNotAllowed(t *testing.T) {
	dir := open(t)
	file, folder := filepath.Join(dir, "x.img"), filepath.Join(dir, "folder")
	if err := errors.Join(os.WriteFile(file, make([]byte, 1<<20), 0), os.Mkdir(folder, 0)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o700)
	for _, path := range []string{file, folder, filepath.Join(folder, "x.img")} {
		for _, verb := range []string{"diagnose", "plan"} {
			asNobody(t, func() {
				code, out, errs := patiently(t, verb, path)
				if want := "updoc: This user may not read " + path + ".\nhint: Run it as an administrator (on Linux: root).\n"; code != 2 || out != "" || errs != want {
					t.Errorf("%s: exit %d, %q, %q", path, code, out, errs)
				}
			})
		}
	}
}

// A file of the PC that this user may not read leaves its facts unseen for that
// reason; the rest is diagnosed.
func TestFileNotAllowed(t *testing.T) {
	dir := open(t)
	pc, err := story("winre-too-small-after-os")
	if err != nil {
		t.Fatal(err)
	}
	hive, logs := filepath.Join(dir, "Windows/System32/config/SOFTWARE"), filepath.Join(dir, "Windows/Logs/CBS")
	if err := errors.Join(pc.Folder(dir), os.Chmod(hive, 0), os.Chmod(logs, 0)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(logs, 0o700)
	asNobody(t, func() {
		d := diagnose(t, dir)
		if d.ExitCode != 1 || d.Machine.OS.Build.Known || d.Machine.OS.Build.Reason().Reason != model.ReasonPermission {
			t.Errorf("exit %d, build %+v", d.ExitCode, d.Machine.OS.Build)
		}
		if why := d.Machine.CBS.Sessions.Coverage.Reason(); why.Reason != model.ReasonPermission {
			t.Errorf("CBS.log is unseen because of %+v", why)
		}
		told := map[string]string{}
		for _, u := range d.Unseen {
			if u.Reason == model.ReasonPermission {
				told[u.Path] = u.How
			}
		}
		for _, path := range []string{`Windows\System32\config\SOFTWARE`, `Windows\Logs\CBS\CBS.log`} {
			if told[path] != model.HowAdmin {
				t.Errorf("%s is not told: %+v", path, d.Unseen)
			}
		}
	})
}

// A result that may not be written there is an error, and nothing is left.
func TestOutputNotAllowed(t *testing.T) {
	dir := open(t)
	pc, err := story("control-fresh")
	if err != nil {
		t.Fatal(err)
	}
	from, to := filepath.Join(dir, "pc"), filepath.Join(dir, "locked")
	if err := errors.Join(pc.Folder(from), os.Mkdir(to, 0o555)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, "result")
	for _, verb := range []string{"diagnose", "collect"} {
		asNobody(t, func() {
			code, out, errs := patiently(t, verb, from, "-o", path)
			if want := "updoc: " + path + " could not be written.\nhint: Check the free space and the permissions. If another program has a file of that name open, close it there.\n"; code != 2 || out != "" || errs != want {
				t.Errorf("%s: exit %d, %q, %q", verb, code, out, errs)
			}
		})
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// What this user may not read is refused by inspect, too.
func TestUnreadableFile(t *testing.T) {
	path := filepath.Join(open(t), "secret.evtx")
	if err := os.WriteFile(path, []byte("ElfFile\x00"), 0); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		code, out, _ := patiently(t, "inspect", path, "--format", "json")
		if code != 2 || !strings.Contains(out, `"code": "permission"`) {
			t.Errorf("exit %d: %s", code, out)
		}
	})
}
