package windows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sys "golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/journal"
	"updoc/winapi"
)

// What Wine can prove: files, registry, services and programs are those of a Windows;
// disks, volumes and facts are given. The test program itself is the service and, by
// another name, the tools.

// behaviour is the file that tells a stand-in what to do.
const behaviour = `C:\standin.txt`

func TestMain(m *testing.M) {
	me, _ := os.Executable()
	switch name := strings.ToLower(filepath.Base(me)); {
	case name == "sfc.exe":
		standIn()
	case len(os.Args) > 1 && os.Args[1] == "service":
		if err := svc.Run(testService, runner{}); err != nil {
			os.Exit(1)
		}
	case len(os.Args) == 4 && os.Args[1] == "repair":
		repair(os.Args[2], os.Args[3])
	default:
		os.Exit(m.Run())
	}
}

func standIn() {
	raw, _ := os.ReadFile(behaviour)
	word, rest, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
	switch word {
	case "exit":
		n, _ := strconv.Atoi(rest)
		os.Exit(n)
	case "shout":
		fmt.Print(strings.Repeat("loud ", 1<<20), "end")
	case "child": // hangs, and what it started hangs too
		me, _ := os.Executable()
		_ = os.WriteFile(behaviour, []byte("hang"), 0o600)
		child := exec.Command(me)
		if child.Start() == nil {
			_ = os.WriteFile(`C:\child.txt`, []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		}
		time.Sleep(time.Hour)
	case "hang":
		time.Sleep(time.Hour)
	}
}

const testService = "updoctest"

// runner is a service that does nothing but stop.
type runner struct{}

// Execute implements svc.Handler.
func (runner) Execute(_ []string, asked <-chan svc.ChangeRequest, now chan<- svc.Status) (bool, uint32) {
	now <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop}
	for c := range asked {
		if c.Cmd == svc.Stop {
			break
		}
		now <- c.CurrentStatus
	}
	now <- svc.Status{State: svc.StopPending}
	return false, 0
}

// given answers what Wine cannot, and passes the rest on. It ends the program instead of
// the n-th thing that is done.
type given struct {
	winapi.Caller
	Files
	left *int
}

func (g given) tick() {
	if *g.left--; *g.left == 0 {
		os.Exit(9) // as if it was killed: nothing is finished, nothing closed
	}
}

// Call implements winapi.Caller.
func (g given) Call(ctx context.Context, name string, args, answer any) error {
	g.tick()
	switch out := answer.(type) {
	case *winapi.SystemInfo:
		*out = winapi.SystemInfo{Windows: `C:\windows`}
	case *[]winapi.Disk:
		*out = []winapi.Disk{{Table: "gpt", GUID: "99999999-0000-0000-0000-000000000001", Partitions: []winapi.Partition{{Number: 1, Start: mib, Size: gib}}}}
	case *[]winapi.Volume:
		*out = []winapi.Volume{{Path: `C:\`, Start: mib, FS: ntfs}}
	default:
		if strings.Contains(name, "security") { // Wine's permissions mean nothing
			return winapi.ErrUnsupported
		}
		return g.Caller.Call(ctx, name, args, answer)
	}
	return nil
}

// Rename implements Files.
func (g given) Rename(from, to string) error { g.tick(); return g.Files.Rename(from, to) }

// Remove implements Files.
func (g given) Remove(path string) error { g.tick(); return g.Files.Remove(path) }

// Create implements Files.
func (g given) Create(path string) (Sink, error) { g.tick(); return g.Files.Create(path) }

func hostHere(keep string, dieAt int) *Host {
	g := given{winapi.New(), OnDisk(), &dieAt}
	return New(System{Calls: g, Files: g, Keep: keep}, func(context.Context) (*model.Machine, error) {
		m := &model.Machine{}
		m.Disks = model.Complete([]model.Disk{{Partitions: []model.Partition{{ID: "disk0p1", Start: mib, Size: gib}}}})
		return m, nil
	})
}

func underWine(t *testing.T) {
	t.Helper()
	if sys.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() != nil {
		t.Skip("for a Windows of Wine's, which may be changed")
	}
}

// folderFor is a new folder that goes with the test. That of package testing does not go
// under Wine.
func folderFor(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(`C:\`, "updoc-test-")
	must(t, "folder", err)
	t.Cleanup(func() {
		if err := removeAll(OnDisk(), dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// removeAll removes a folder with all that is in it; none is no error.
func removeAll(f Files, path string) error {
	st, err := f.Stat(path)
	if isGone(err) {
		return nil
	}
	if err == nil && st.Folder {
		names, lerr := f.List(path)
		err = lerr
		for _, name := range names {
			err = errors.Join(err, removeAll(f, join(path, name)))
		}
	}
	return errors.Join(err, f.Remove(path))
}

// here are operations of every kind that Wine can do.
var here = []host.Op{
	{Kind: host.WriteFile, To: on("disk0p1", "test/a.ini"), Data: []byte("new")},
	{Kind: host.WriteFile, To: on("disk0p1", "test/deep/b.ini"), Data: []byte("new")},
	{Kind: host.MoveAside, From: on("disk0p1", "test/gone.xml")},
	{Kind: host.Rename, From: on("disk0p1", "test/folder"), Text: "folder.old"},
	{Kind: host.CopyFile, From: on("disk0p1", "test/a.ini"), To: on("disk0p1", "test/c.ini")},
	{Kind: host.SetValue, To: on("disk0p1", "Windows/System32/config/SOFTWARE"), Key: `updoc test\new`, Name: "n", Type: 4, Number: 7, Make: true},
	{Kind: host.DeleteValue, To: on("disk0p1", "Windows/System32/config/SOFTWARE"), Key: `updoc test\old`, Name: "v"},
	{Kind: host.DeleteKey, To: on("disk0p1", "Windows/System32/config/SOFTWARE"), Key: `updoc test\tree`},
}

// prepare lets all that here changes be as before.
func prepare(t *testing.T) {
	t.Helper()
	files, w := OnDisk(), winapi.New()
	must(t, "clear", removeAll(files, `C:\test`))
	for name, text := range map[string]string{`C:\test\a.ini`: "old text", `C:\test\gone.xml`: "<x/>", `C:\test\folder\in`: "in"} {
		must(t, name, files.MakeFolder(folderOf(name)))
		must(t, name, os.WriteFile(name, []byte(text), 0o600))
	}
	must(t, "attributes", files.SetAttributes(`C:\test\a.ini`, attrReadOnly|attrHidden))
	_, err := winapi.DeleteKey.Do(t.Context(), w, `HKLM\SOFTWARE\updoc test`)
	must(t, "clear", err)
	for _, v := range []winapi.ValueAt{
		{Key: `HKLM\SOFTWARE\updoc test\old`, Value: winapi.Value{Name: "v", Type: 1, Data: []byte{'x', 0, 0, 0}}},
		{Key: `HKLM\SOFTWARE\updoc test\tree\a\b`, Value: winapi.Value{Name: "", Type: 3, Data: []byte{1, 2}}},
	} {
		_, err := winapi.SetValue.Do(t.Context(), w, v)
		must(t, v.Key, err)
	}
}

// snapshotHere is all that here can change.
func snapshotHere(t *testing.T) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(`C:\test`, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			lines = append(lines, name)
			return err
		}
		raw, err := os.ReadFile(name)
		st, serr := OnDisk().Stat(name)
		lines = append(lines, fmt.Sprintf("%s %q %x", name, raw, st.Attributes&(attrReadOnly|attrHidden)))
		return errors.Join(err, serr)
	})
	must(t, "walk", err)
	var keys func(path string)
	keys = func(path string) {
		k, err := winapi.RegistryKey.Do(t.Context(), winapi.New(), path)
		must(t, path, err)
		lines = append(lines, fmt.Sprintf("%s %v", path, k.Values))
		for _, sub := range k.Subkeys {
			keys(path + `\` + sub)
		}
	}
	keys(`HKLM\SOFTWARE\updoc test`)
	return strings.Join(lines, "\n")
}

// repair is what a program of its own does: it goes on with the journal, or back, and
// dies at the n-th thing that is done. Its exit code is 0, 9 if it died, 1 for an error.
func repair(folder, how string) {
	way, n, _ := strings.Cut(how, ":")
	dieAt, _ := strconv.Atoi(n)
	if err := repairIn(folder, way, dieAt); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func repairIn(folder, way string, dieAt int) error {
	list, err := journal.List(folder)
	if err != nil {
		return err
	}
	var j *journal.Journal
	if len(list) == 0 {
		j, err = journal.Create(folder, journal.Head{Target: "this PC", Ops: here}, nil)
	} else {
		j, err = journal.Open(folder, list[0].ID, nil)
	}
	if err != nil {
		return err
	}
	defer j.Close()
	h := hostHere(filepath.Join(folder, "keep"), dieAt)
	if way == "undo" {
		return j.Steps().Undo(context.Background(), h)
	}
	return j.Steps().Run(context.Background(), h)
}

func startRepair(t *testing.T, folder, how string) int {
	t.Helper()
	me, err := os.Executable()
	must(t, "me", err)
	cmd := exec.Command(me, "repair", folder, how)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code == 1 {
		t.Fatalf("%s: %s", how, out)
	}
	return cmd.ProcessState.ExitCode()
}

func TestWineKilledAndGoneOn(t *testing.T) {
	underWine(t)
	prepare(t)
	before := snapshotHere(t)
	folder := folderFor(t)
	if code := startRepair(t, folder, "apply:0"); code != 0 {
		t.Fatal(code)
	}
	after := snapshotHere(t)
	if before == after || !strings.Contains(after, `"new"`) {
		t.Fatalf("nothing has changed:\n%s", after)
	}
	for n := 1; ; n += 23 {
		prepare(t)
		folder, way, want := folderFor(t), "apply", after
		died := startRepair(t, folder, fmt.Sprintf("apply:%d", n)) == 9
		if n%2 == 0 {
			way, want = "undo", before
		}
		if code := startRepair(t, folder, way+":0"); code != 0 {
			t.Fatal(code)
		}
		same(t, fmt.Sprintf("killed at %d, then %s", n, way), want, snapshotHere(t))
		if !died || t.Failed() {
			if n < 30 {
				t.Errorf("only %d things were done", n)
			}
			return
		}
	}
}

// install puts this program in the place of a tool.
func install(t *testing.T, name string) {
	t.Helper()
	me, err := os.Executable()
	must(t, "me", err)
	raw, err := os.ReadFile(me)
	must(t, "me", err)
	at := `C:\windows\system32\` + name
	_ = os.Remove(at)
	must(t, at, os.WriteFile(at, raw, 0o700))
	t.Cleanup(func() { _ = os.Remove(at) })
}

func TestWineTools(t *testing.T) {
	underWine(t)
	install(t, "sfc.exe")
	tool := func(behave string, seconds int) error {
		must(t, behave, os.WriteFile(behaviour, []byte(behave), 0o600))
		_, err := do(t, hostHere(folderFor(t), 0), host.Op{Kind: host.RunTool, Name: "sfc", Args: []string{"/scannow"}, Seconds: seconds, Exits: []uint32{0, 5}})
		return err
	}
	for behave, want := range map[string]string{"exit 0": "", "exit 5": "", "exit 3": "tool-failed", "shout": "", "hang": "tool-ended"} {
		limit := 60
		if behave == "hang" {
			limit = 1
		}
		if err := tool(behave, limit); code(err) != want {
			t.Errorf("%s: %v", behave, err)
		}
	}
	must(t, "behave", os.WriteFile(behaviour, []byte("exit 1603"), 0o600))
	end, err := winapi.Run.Do(t.Context(), winapi.New(), winapi.Command{Path: `C:\windows\system32\sfc.exe`, Seconds: 60})
	if err != nil || end.Exit != 1603 {
		t.Error(end.Exit, err)
	}
}

func TestWineChildrenOfAToolEndToo(t *testing.T) {
	underWine(t)
	install(t, "sfc.exe")
	must(t, "behave", os.WriteFile(behaviour, []byte("child"), 0o600))
	_ = os.Remove(`C:\child.txt`)
	end, err := winapi.Run.Do(t.Context(), winapi.New(), winapi.Command{Path: `C:\windows\system32\sfc.exe`, Seconds: 5})
	if err != nil || !end.Ended {
		t.Fatal(end, err)
	}
	raw, err := os.ReadFile(`C:\child.txt`)
	must(t, "child", err)
	pid, err := strconv.Atoi(string(raw))
	must(t, "child", err)
	child, err := sys.OpenProcess(sys.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return // it is gone
	}
	defer sys.CloseHandle(child)
	if event, _ := sys.WaitForSingleObject(child, 5000); event != sys.WAIT_OBJECT_0 {
		t.Error("the child goes on")
	}
}

func TestWineOutputIsBounded(t *testing.T) {
	underWine(t)
	install(t, "sfc.exe")
	must(t, "behave", os.WriteFile(behaviour, []byte("shout"), 0o600))
	end, err := winapi.Run.Do(t.Context(), winapi.New(), winapi.Command{Path: `C:\windows\system32\sfc.exe`, Seconds: 60})
	if err != nil || len(end.Output) > 1<<20 || !strings.HasSuffix(string(end.Output), "end") {
		t.Error(len(end.Output), err)
	}
}

func TestWineServices(t *testing.T) {
	underWine(t)
	me, err := os.Executable()
	must(t, "me", err)
	m, err := mgr.Connect()
	must(t, "service manager", err)
	defer m.Disconnect()
	s, err := m.CreateService(testService, me, mgr.Config{StartType: mgr.StartManual}, "service")
	must(t, "create", err)
	t.Cleanup(func() {
		_, _ = s.Control(svc.Stop) // where the test ended early
		if err := errors.Join(s.Delete(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	h := hostHere(folderFor(t), 0)
	start := host.Op{Kind: host.StartService, Name: testService, Seconds: 30}
	started, err := do(t, h, start)
	must(t, "start", err)
	state := func() winapi.ServiceState {
		all, err := winapi.Services.Do(t.Context(), winapi.New(), []string{testService})
		must(t, "state", err)
		return all[0]
	}
	if now := state(); now.State != serviceRunning || now.PID == 0 {
		t.Errorf("%+v", now)
	}
	stop := host.Op{Kind: host.StopService, Name: testService, Seconds: 30}
	stopped, err := do(t, h, stop)
	must(t, "stop", err)
	if now := state(); now.State != serviceStopped {
		t.Errorf("%+v", now)
	}
	must(t, "back", h.Back(t.Context(), stop, stopped))
	if now := state(); now.State != serviceRunning {
		t.Errorf("%+v", now)
	}
	must(t, "back", h.Back(t.Context(), start, started))
	if now := state(); now.State != serviceStopped {
		t.Errorf("%+v", now)
	}
	_, err = winapi.SetStart.Do(t.Context(), winapi.New(), winapi.ServiceStart{Name: testService, Start: 4})
	must(t, "start type", err)
	if _, err := winapi.SetStart.Do(t.Context(), winapi.New(), winapi.ServiceStart{Name: "no-such-service", Start: 4}); !isGone(err) {
		t.Error(err)
	}
}

// The key is volatile: nothing can be made below it that lasts (ERROR_CHILD_MUST_BE_VOLATILE).
func TestWineSession(t *testing.T) {
	underWine(t)
	h := hostHere(folderFor(t), 0)
	op := host.Op{Kind: host.RestartWindows}
	first, err := h.saveSession(t.Context(), op)
	must(t, "first", err)
	second, err := h.saveSession(t.Context(), op)
	if err != nil || first != second || len(first.ID) < 20 {
		t.Error(first, second, err)
	}
	_, err = winapi.SetValue.Do(t.Context(), winapi.New(), winapi.ValueAt{Key: sessionKey + `\below`, Value: winapi.Value{Name: "n", Type: 4, Data: []byte{1, 0, 0, 0}}})
	var told *winapi.Error
	if !errors.As(err, &told) || told.Code != 1021 {
		t.Error(err)
	}
}

func TestWineNotSigned(t *testing.T) {
	underWine(t)
	signed, err := winapi.MicrosoftSigned.Do(t.Context(), winapi.New(), os.Args[0])
	if signed || err != nil {
		t.Error(signed, err)
	}
}

func TestWineFiles(t *testing.T) {
	underWine(t)
	f := OnDisk()
	at := join(folderFor(t), strings.Repeat(`a long name of a folder\`, 15)+"file.ini")
	must(t, "folder", f.MakeFolder(folderOf(at)))
	w, err := f.Create(at)
	must(t, "create", err)
	_, err = w.Write([]byte("text"))
	must(t, "write", errors.Join(err, w.Sync(), w.Close()))
	must(t, "attributes", f.SetAttributes(at, attrReadOnly|attrSystem))
	if st, err := f.Stat(at); err != nil || st.Size != 4 || st.Attributes&attrReadOnly == 0 || st.Folder {
		t.Error(st, err)
	}
	if names, err := f.List(folderOf(at)); err != nil || len(names) != 1 || names[0] != "file.ini" {
		t.Error(names, err)
	}
	before, err := f.Stat(at)
	must(t, "identity", err)
	must(t, "rename", f.Rename(at, at+"2"))
	if now, err := f.Stat(at + "2"); err != nil || now.ID != before.ID || now.ID == 0 {
		t.Error(before, now, err)
	}
	must(t, "rename", f.Rename(at+"2", at))
	other := folderOf(at) + `\other.ini`
	w, err = f.Create(other)
	must(t, "create", errors.Join(err, w.Close()))
	must(t, "over one that is read-only", f.Rename(other, at))
	if st, err := f.Stat(at); err != nil || st.Size != 0 {
		t.Error(st, err)
	}
	if _, err := f.Stat(other); !isGone(err) {
		t.Error(err)
	}
	held, err := create(at, sys.GENERIC_READ, 0, sys.OPEN_EXISTING, 0)
	must(t, "hold", err)
	if _, err := f.Open(at); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	must(t, "let go", held.Close())
	must(t, "remove", f.Remove(at))
	must(t, "remove a folder", f.Remove(folderOf(at)))
	if _, err := f.Open(at); !isGone(err) {
		t.Error(err)
	}
}
