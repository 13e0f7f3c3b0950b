package winapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// These run on whatever Windows there is, under Wine too. What Wine only pretends to have
// must end in an Error or in nothing, without a panic and without hanging.

// ask makes a call that every Windows must answer.
func ask[A, R any](t *testing.T, c Call[A, R], args A) R {
	t.Helper()
	answer, err := c.Do(t.Context(), New(), args)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	return answer
}

func TestEveryLookIsMade(t *testing.T) {
	made := calls()
	for name := range looks {
		if made[name] == nil {
			t.Errorf("%s is not registered", name)
		}
	}
}

func TestSystem(t *testing.T) {
	s := ask(t, System, None{})
	if s.Build < 7600 || s.Product < 1 || s.Product > 3 {
		t.Errorf("version: %+v", s)
	}
	if s.Architecture == "" || s.Process == "" || s.Memory < 64<<20 || s.CleanBoot > 2 || s.Firmware > 2 {
		t.Errorf("machine: %+v", s)
	}
	if age := time.Since(s.Started); age < 0 || age > 10*365*24*time.Hour {
		t.Errorf("started %v ago", age)
	}
	if len(s.Languages) == 0 || !strings.EqualFold(s.Windows, os.Getenv("windir")) || s.PEReason != "" {
		t.Errorf("languages and folder: %+v", s)
	}
}

func TestToken(t *testing.T) {
	k := ask(t, Token, None{})
	if !strings.HasPrefix(k.User, "S-1-") || k.Admin && !k.CanAdmin {
		t.Errorf("%+v", k)
	}
}

func TestRegistryKey(t *testing.T) {
	const path = `Software\updoc-test-winapi`
	k, _, err := registry.CreateKey(registry.CURRENT_USER, path+`\below`, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.Close()
		registry.DeleteKey(registry.CURRENT_USER, path+`\below`)
		registry.DeleteKey(registry.CURRENT_USER, path)
	})
	big := bytes.Repeat([]byte{7}, 100_000)
	if err := errors.Join(k.SetStringValue("", "既定"), k.SetDWordValue("n", 5), k.SetBinaryValue("big", big)); err != nil {
		t.Fatal(err)
	}
	got := ask(t, RegistryKey, `HKCU\`+path+`\below`)
	values := map[string]Value{}
	for _, v := range got.Values {
		values[v.Name] = v
	}
	if len(values) != 3 || values["n"].Type != 4 || !bytes.Equal(values["n"].Data, []byte{5, 0, 0, 0}) || !bytes.Equal(values["big"].Data, big) {
		t.Errorf("values: %d, %+v", len(values), values["n"])
	}
	if v := values[""]; v.Type != 1 || !bytes.Equal(v.Data, []byte{0xe2, 0x65, 0x9a, 0x5b, 0, 0}) {
		t.Errorf("default value: %+v", v)
	}
	if above := ask(t, RegistryKey, `hkcu\`+path); !slices.Equal(above.Subkeys, []string{"below"}) || len(above.Values) != 0 {
		t.Errorf("above: %+v", above)
	}
	if time.Since(got.LastWrite).Abs() > time.Hour {
		t.Errorf("last write %v", got.LastWrite)
	}
	if _, err := RegistryKey.Do(t.Context(), New(), `HKLM\SOFTWARE\updoc-no-such-key`); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if all := ask(t, RegistryKey, "HKLM"); !slices.ContainsFunc(all.Subkeys, func(s string) bool { return strings.EqualFold(s, "SOFTWARE") }) {
		t.Errorf("HKLM: %v", all.Subkeys)
	}
}

func TestServices(t *testing.T) {
	all := ask(t, Services, []string{"updoc-no-such-service", "RpcSs", "a/b"})
	if len(all) != 1 || all[0].Name != "RpcSs" || all[0].State < 1 || all[0].State > 7 || all[0].Start > 4 {
		t.Errorf("%+v", all)
	}
}

func TestPower(t *testing.T) {
	p := ask(t, Power, None{})
	if p.Line != 0 && p.Line != 1 && p.Line != 255 || p.Battery > 100 && p.Battery != 255 {
		t.Errorf("%+v", p)
	}
}

func TestVolumes(t *testing.T) {
	all := ask(t, Volumes, None{})
	i := slices.IndexFunc(all, func(v Volume) bool { return slices.Contains(v.Mounts, `C:\`) })
	if i < 0 {
		t.Fatalf("no C: in %+v", all)
	}
	if v := all[i]; !strings.HasPrefix(v.Path, `\\?\Volume{`) || v.Size == 0 || v.Free == 0 || v.Free > v.Size || v.FS == "" {
		t.Errorf("C: is %+v", v)
	}
}

func TestFileSecurity(t *testing.T) {
	sd := ask(t, FileSecurity, os.Getenv("windir"))
	if len(sd) < 20 || sd[0] != 1 || sd[3]&0x80 == 0 {
		t.Errorf("no self-relative descriptor: % x", sd)
	}
	if _, err := FileSecurity.Do(t.Context(), New(), `C:\updoc-no-such-file`); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestKeySecurity(t *testing.T) {
	sd := ask(t, KeySecurity, `HKLM\SOFTWARE\Microsoft`)
	if !relativeDescriptor(sd) {
		t.Errorf("no self-relative descriptor: % x", sd)
	}
	if _, err := KeySecurity.Do(t.Context(), New(), `HKLM\SOFTWARE\updoc-no-such-key`); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestInstallers(t *testing.T) {
	if names, err := processNames(); err != nil || !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, filepath.Base(os.Args[0])) }) {
		t.Errorf("this program is not among %v: %v", names, err)
	}
	if i := ask(t, Installers, None{}); i.Processes == nil {
		t.Errorf("%+v", i)
	}
}

func TestMutexIsHeldOnlyWhileItIsOwned(t *testing.T) {
	const name = `Local\updoc-test-mutex`
	if held, err := isHeld(name); held || err != nil {
		t.Fatalf("before it is there: %v %v", held, err)
	}
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h, err := windows.CreateMutex(nil, true, wide)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(h)
	other := func() (held bool) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			held, err = isHeld(name)
		}()
		<-done
		return held
	}
	if held := other(); !held || err != nil {
		t.Errorf("owned: %v %v", held, err)
	}
	if err := windows.ReleaseMutex(h); err != nil {
		t.Fatal(err)
	}
	for range 2 { // asking does not keep it
		if held := other(); held || err != nil {
			t.Errorf("released: %v %v", held, err)
		}
	}
}

// fails makes a call that a Windows may lack, and sees that it ends as promised.
func fails[A, R any](t *testing.T, c Call[A, R], args A) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answer, err := c.Do(ctx, New(), args)
	var refused *Error
	if err != nil && !errors.As(err, &refused) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %T %v", c, err, err)
	}
	t.Logf("%s: %v %v", c, err, answer)
}

func TestCallsThatAWindowsMayLack(t *testing.T) {
	fails(t, Events, EventQuery{Channel: "System", XPath: "*[System[(EventID=20)]]", Newest: 3})
	fails(t, Events, EventQuery{Channel: "updoc-no-such-log", XPath: "*"})
	fails(t, Events, EventQuery{Channel: "System", XPath: "*[["})
	fails(t, Channel, "System")
	fails(t, Disks, None{})
	fails(t, Encryption, None{})
	fails(t, SecurityProducts, None{})
	fails(t, Filters, None{})
	fails(t, Defender, None{})
	fails(t, DiskHealth, None{})
	fails(t, UpdateHistory, 5)
	fails(t, AppControl, None{})
	fails(t, AgentBusy, None{})
	fails(t, FileSecurity, `\\?\`)
	fails(t, Services, []string{"a\x00b"})
	fails(t, RegistryKey, "no path")
	fails(t, DeleteShadow, "{00000000-0000-0000-0000-000000000001}")
	fails(t, Call[None, None]("no-such-call"), None{})
}

func TestWMIReadsPropertiesAndNulls(t *testing.T) {
	rows, err := query(t.Context(), wmiQuestion{namespace: `root\CIMV2`, wql: "SELECT * FROM Win32_OperatingSystem",
		properties: []string{"Version", "ProductType", "LastBootUpTime", "updocNoSuchProperty"}})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	r := rows[0]
	if _, there := r["updocNoSuchProperty"]; there || !strings.HasPrefix(r.text("Version"), "1") && !strings.HasPrefix(r.text("Version"), "6") {
		t.Errorf("%+v", r)
	}
	if n, ok := r.number("ProductType"); !ok || n < 1 || n > 3 {
		t.Errorf("%+v", r)
	}
	if at := r.time("LastBootUpTime"); at.Year() < 2000 {
		t.Errorf("%v of %+v", at, r)
	}
}

func TestVolumeOfWindows(t *testing.T) {
	v, err := OpenVolume(`C:\`)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	names, err := fs.ReadDir(v, "Windows/System32")
	if err != nil || len(names) < 20 {
		t.Fatal(len(names), err)
	}
	f, err := v.Open("windows/SYSTEM32/kernel32.dll")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 2)
	if _, err := f.(io.ReaderAt).ReadAt(head, 0); err != nil || string(head) != "MZ" {
		t.Errorf("%q %v", head, err)
	}
	if info, err := f.Stat(); err != nil || info.Size() < 1000 || info.IsDir() {
		t.Errorf("%+v %v", info, err)
	}
	if _, err := v.Open("Windows/no-such-file"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := v.Open("Windows/win.ini:stream"); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
}

func TestVolumeTellsFilesInUse(t *testing.T) {
	f, err := os.CreateTemp("", "updoc-held-*") // t.TempDir cannot be cleaned under Wine 8
	if err != nil {
		t.Fatal(err)
	}
	name := f.Name()
	t.Cleanup(func() { os.Remove(name) })
	if _, err := f.WriteString("held"); errors.Join(err, f.Close()) != nil {
		t.Fatal(err)
	}
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	h, err := windows.CreateFile(wide, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(h)
	drive, rest, _ := strings.Cut(name, `\`)
	v, err := OpenVolume(drive + `\`)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rest = strings.ReplaceAll(rest, `\`, "/")
	if _, err := v.Open(rest); !errors.Is(err, ErrInUse) {
		t.Errorf("opened a held file: %v", err)
	}
	if info, err := v.Stat(rest); err != nil || info.Size() != 4 {
		t.Errorf("stat of a held file: %v %v", info, err)
	}
}

func TestRawDiskEndsAsPromised(t *testing.T) {
	disk, size, err := OpenDisk(0)
	var refused *Error
	if err != nil {
		if !errors.As(err, &refused) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%T %v", err, err)
		}
		return
	}
	defer disk.Close()
	b := make([]byte, 3)
	if _, err := disk.ReadAt(b, 509); err != nil || size < 1<<20 {
		t.Error(size, err)
	}
}

// live skips unless a person asked for what changes or needs a real Windows.
func live(t *testing.T) {
	t.Helper()
	if os.Getenv("UPDOC_LIVE") != "1" {
		t.Skip("needs a real Windows and administrator rights: set UPDOC_LIVE=1")
	}
}

func TestLiveEverythingAnswers(t *testing.T) {
	live(t)
	if !ask(t, Token, None{}).Admin {
		t.Fatal("run as administrator")
	}
	if p := ask(t, Events, EventQuery{Channel: "System", XPath: "*", Newest: 10}); len(p.Events) != 10 || !p.Cut || eventTime(p.Events[0]).After(eventTime(p.Events[9])) {
		t.Errorf("events: %d %v", len(p.Events), p.Cut)
	}
	if c := ask(t, Channel, "System"); c.Records == 0 || !c.First.Before(c.Last) {
		t.Errorf("channel: %+v", c)
	}
	if _, err := Events.Do(t.Context(), New(), EventQuery{Channel: "updoc-no-such-log", XPath: "*"}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, d := range ask(t, Disks, None{}) {
		if d.Size == 0 || d.SectorSize < 512 || d.Table == "" {
			t.Errorf("disk: %+v", d)
		}
	}
	if f := ask(t, Filters, None{}); len(f) == 0 || f[0].Name == "" || f[0].Altitude == "" {
		t.Errorf("filters: %+v", f)
	}
	for _, d := range ask(t, DiskHealth, None{}) {
		if d.Model == "" {
			t.Errorf("health: %+v", d)
		}
	}
	ask(t, UpdateHistory, 5)
	ask(t, AgentBusy, None{})
	ask(t, AppControl, None{})
	fails(t, Encryption, None{})
	fails(t, SecurityProducts, None{})
	fails(t, Defender, None{})
}

func TestLiveShadowCopyShowsLockedFiles(t *testing.T) {
	live(t)
	s := ask(t, ShadowCopy, `C:\`)
	defer ask(t, DeleteShadow, s.ID)
	v, err := OpenVolume(s.Device)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	head, err := fs.ReadFile(v, "Windows/System32/config/SYSTEM")
	if err != nil || !bytes.HasPrefix(head, []byte("regf")) {
		t.Errorf("%d bytes, %v", len(head), err)
	}
}

func TestLiveRawDiskAndVolume(t *testing.T) {
	live(t)
	disk, size, err := OpenDisk(0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	b := make([]byte, 2)
	if _, err := disk.ReadAt(b, 510); err != nil || b[0] != 0x55 || b[1] != 0xaa {
		t.Errorf("% x %v", b, err)
	}
	if _, err := disk.ReadAt(b, size-2); err != nil {
		t.Error("its end:", err)
	}
}

// Keys that permissions deny are opened and deleted by privilege. Here nothing is denied.
func TestKeysByPrivilege(t *testing.T) {
	const path = `Software\updoc-test-privilege`
	t.Cleanup(func() {
		registry.DeleteKey(registry.CURRENT_USER, path+`\below`)
		registry.DeleteKey(registry.CURRENT_USER, path)
	})
	k, err := restoring(registry.CURRENT_USER, path+`\below`, optionLasting)
	if errors.Is(err, fs.ErrPermission) || err != nil && codeOf(err) == 1300 { // ERROR_NOT_ALL_ASSIGNED: no administrator
		t.Skip("not as administrator")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.SetStringValue("a", "b"), k.Close()); err != nil {
		t.Fatal(err)
	}
	if err := removeKeys(restorable(registry.CURRENT_USER), path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.OpenKey(registry.CURRENT_USER, path, registry.QUERY_VALUE); !errors.Is(err, registry.ErrNotExist) {
		t.Error("it is still there", err)
	}
}

// What administrators may not change, and do not own, is given other permissions and gets its
// own back.
func TestLivePermissionsByPrivilege(t *testing.T) {
	live(t)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := ask(t, FileSecurity, path)
	sd, err := windows.SecurityDescriptorFromString("O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;BA)")
	if err != nil {
		t.Fatal(err)
	}
	closed := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length()))
	for _, want := range [][]byte{closed, before} {
		ask(t, SetFileSecurity, FileSecurityCall{path, want})
		if got := ask(t, FileSecurity, path); !SameRights(got, want) {
			t.Errorf("% x instead of % x", got, want)
		}
	}
}

// Permissions are set of a file that is there, and of none that is not. Wine keeps none.
func TestSetFileSecurity(t *testing.T) {
	f, err := os.CreateTemp("", "updoc-permissions-*")
	if err != nil {
		t.Fatal(err)
	}
	name := f.Name()
	t.Cleanup(func() { os.Remove(name) })
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ask(t, SetFileSecurity, FileSecurityCall{name, ask(t, FileSecurity, name)})
	gone := FileSecurityCall{name + "-gone", ask(t, FileSecurity, name)}
	if _, err := SetFileSecurity.Do(t.Context(), New(), gone); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Wine does not tell.
func TestLiveVolatileKeyIsTold(t *testing.T) {
	live(t)
	const path = `SOFTWARE\updoc-test-volatile`
	t.Cleanup(func() { registry.DeleteKey(registry.LOCAL_MACHINE, path) })
	for _, volatile := range []bool{true, false} {
		ask(t, SetValue, ValueAt{Key: `HKLM\` + path, Value: Value{Name: "a", Type: 1, Data: []byte{0, 0}}, Volatile: volatile})
		if k := ask(t, RegistryKey, `HKLM\`+path); k.Volatile != volatile {
			t.Errorf("made with %v: %+v", volatile, k)
		}
		ask(t, DeleteKey, `HKLM\`+path)
	}
}

// Programs of Windows are Microsoft's; so are those of the other root, where there are some.
func TestLiveSignaturesOfMicrosoft(t *testing.T) {
	live(t)
	for path, must := range map[string]bool{
		os.Getenv("SystemRoot") + `\System32\ntoskrnl.exe`:                                          true,
		os.Getenv("ProgramFiles(x86)") + `\Microsoft\Edge\Application\msedge.exe`:                   false,
		os.Getenv("ProgramFiles") + `\PowerShell\7\pwsh.exe`:                                        false,
		os.Getenv("ProgramFiles") + `\Common Files\microsoft shared\ClickToRun\OfficeC2RClient.exe`: false,
	} {
		if _, err := os.Stat(path); err != nil && !must {
			t.Log("not there:", path)
			continue
		}
		if signed, err := MicrosoftSigned.Do(t.Context(), New(), path); err != nil || !signed {
			t.Errorf("%s: %v %v", path, signed, err)
		}
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if signed, err := MicrosoftSigned.Do(t.Context(), New(), own); err != nil || signed {
		t.Errorf("this test: %v %v", signed, err)
	}
}

// A search goes over the network, or ends in an error of the agent.
func TestLiveSearchEnds(t *testing.T) {
	live(t)
	found, err := SearchUpdates.Do(t.Context(), New(), "(IsInstalled=0 and IsHidden=0) or (IsInstalled=0 and IsHidden=1)")
	var refused *Error
	if err != nil && (!errors.As(err, &refused) || refused.Code>>16 != 0x8024) {
		t.Errorf("%T %v", err, err)
	}
	for _, u := range found {
		if len(u.UpdateID) != 36 || u.Installed {
			t.Errorf("%+v", u)
		}
	}
}
