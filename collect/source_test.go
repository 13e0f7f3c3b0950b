package collect

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"updoc/format/regf"
	"updoc/model"
	"updoc/source"
)

// now is when the tests look.
var now = time.Date(2024, 2, 1, 12, 0, 0, 0, time.UTC)

// fake is a source in memory. Volumes without files cannot be read.
type fake struct {
	windows string
	disks   model.List[model.Disk]
	volumes map[string]fstest.MapFS
	broken  map[string]error // by volume
}

func (f *fake) Info() model.SourceInfo                       { return model.SourceInfo{Kind: "disk", Path: "fake"} }
func (f *fake) Disks(context.Context) model.List[model.Disk] { return f.disks }
func (f *fake) Windows() string                              { return f.windows }
func (f *fake) BytesRead() int64                             { return 0 }
func (f *fake) Close() error                                 { return nil }
func (f *fake) FS(id string) (fs.FS, error) {
	if err := f.broken[id]; err != nil {
		return nil, err
	}
	if v, ok := f.volumes[id]; ok {
		return anyCase{v}, nil
	}
	return nil, &source.UnseenError{Unseen: model.Unseen{Reason: model.ReasonNoDisk, How: model.HowDisk}}
}

// anyCase is a MapFS with random access whose names have any case.
type anyCase struct{ files fstest.MapFS }

func (a anyCase) Open(name string) (fs.File, error) {
	real := a.real(name)
	f, err := a.files.Open(real)
	if err != nil {
		return nil, err
	}
	if m := a.files[real]; m != nil {
		if bytes.Equal(m.Data, vanishes) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return &memFile{File: f, r: bytes.NewReader(m.Data)}, nil
	}
	return f, nil
}

func (a anyCase) real(name string) string {
	for have := range a.files {
		if strings.EqualFold(have, name) {
			return have
		}
		if len(have) > len(name) && strings.EqualFold(have[:len(name)+1], name+"/") {
			return have[:len(name)]
		}
	}
	return name
}

// vanishes is the content of a file that can be listed and is gone when it is opened.
var vanishes = []byte("(vanishes)")

// failing is the content of a file whose reading gives an error.
var failing = []byte("(failing)")

var errMedium = errors.New("input/output error")

type memFile struct {
	fs.File
	r *bytes.Reader
}

func (m *memFile) ReadAt(p []byte, off int64) (int, error) {
	if m.r.Size() == int64(len(failing)) {
		return 0, errMedium
	}
	return m.r.ReadAt(p, off)
}

const (
	softwarePath = "Windows/System32/config/SOFTWARE"
	systemPath   = "Windows/System32/config/SYSTEM"
)

// newFake is a source whose only disk holds a Windows volume with these two hives.
func newFake(software, system *regf.BuilderKey) *fake {
	f := &fake{windows: "disk0p3", volumes: map[string]fstest.MapFS{"disk0p3": {}}, disks: model.Complete([]model.Disk{plainDisk()})}
	f.put(softwarePath, hiveBytes(software))
	f.put(systemPath, hiveBytes(system))
	return f
}

func hiveBytes(root *regf.BuilderKey) []byte { return regf.Build(root, regf.BuildOptions{}) }

func (f *fake) put(name string, b []byte) { f.on(f.windows, name, b) }

func (f *fake) on(volume, name string, b []byte) {
	if f.volumes[volume] == nil {
		f.volumes[volume] = fstest.MapFS{}
	}
	f.volumes[volume][name] = &fstest.MapFile{Data: b, ModTime: now.Add(-time.Hour)}
}

// folder turns a PC into a folder that holds its Windows volume alone.
func (f *fake) folder() *fake {
	f.disks = model.Partial([]model.Disk{}, model.Unseen{Artifact: "partition-table", Reason: model.ReasonNoDisk, How: model.HowDisk})
	f.volumes = map[string]fstest.MapFS{"C": f.volumes[f.windows]}
	f.windows = "C"
	return f
}

const (
	mib = 1 << 20
	gib = 1 << 30
)

// plainDisk is a GPT disk: ESP, MSR, Windows, recovery behind it.
func plainDisk() model.Disk {
	d := model.Disk{Size: 64 * gib, SectorSize: 512, Table: "gpt", GUID: "{aaaaaaaa-0000-0000-0000-000000000001}",
		Origin: model.Origin{Artifact: "partition-table"}}
	d.Partitions = []model.Partition{
		part(1, model.RoleESP, "efi-system", 1*mib, 100*mib, "fat32"),
		part(2, model.RoleMSR, "msr", 101*mib, 16*mib, "none"),
		part(3, model.RoleWindows, "basic-data", 117*mib, 60*gib, "ntfs"),
		part(4, model.RoleRecovery, "recovery", 117*mib+60*gib, 530*mib, "ntfs"),
	}
	d.Partitions[0].TypeGUID = "{" + espTypeGUID + "}"
	d.Gaps = []model.Gap{{Start: 647*mib + 60*gib, Size: 3 * gib}}
	return d
}

func part(n int64, role, kind string, start, size uint64, fsKind string) model.Partition {
	id := "disk0p" + string(rune('0'+n))
	o := model.Origin{Artifact: "partition-table", Volume: id, Offset: int64(start)}
	return model.Partition{ID: id, Index: n, Type: kind, Role: role, Start: start, Size: size, Origin: o,
		GUID:   "{bbbbbbbb-0000-0000-0000-00000000000" + string(rune('0'+n)) + "}",
		Volume: model.Volume{ID: id, FS: model.Known(fsKind, o), Free: model.Known(int64(size/5), o)}}
}

// look collects and fails the test on an error.
func look(t *testing.T, src source.Source) *model.Machine {
	t.Helper()
	m, err := Machine(context.Background(), src, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// want fails the test unless a fact is known and has a value.
func want[T comparable](t *testing.T, name string, f model.Fact[T], value T) {
	t.Helper()
	switch {
	case !f.Known:
		t.Errorf("%s is unseen (%+v), want %v", name, f.Reason(), value)
	case f.Value != value:
		t.Errorf("%s = %v, want %v", name, f.Value, value)
	case f.Origin.Artifact == "":
		t.Errorf("%s has no origin", name)
	}
}

// wantUnseen fails the test unless a fact is unseen for a reason.
func wantUnseen[T any](t *testing.T, name string, f model.Fact[T], reason string) {
	t.Helper()
	if f.Known {
		t.Errorf("%s = %v, want it unseen", name, f.Value)
	} else if f.Reason().Reason != reason {
		t.Errorf("%s is unseen because %+v, want %s", name, f.Reason(), reason)
	}
}

// builders

func softwareKeys() *regf.BuilderKey {
	root := regf.NewRoot("ROOT")
	root.Key(currentVersion).SetString("ProductName", "Windows 10 Pro").SetString("EditionID", "Professional").
		SetString("InstallationType", "Client").SetString("DisplayVersion", "22H2").SetString("CurrentBuild", "19045").
		SetDword("UBR", 3930).SetDword("InstallDate", 1600000000).SetString("WinREVersion", "10.0.19041.1")
	return root
}

func systemKeys() *regf.BuilderKey {
	root := regf.NewRoot("ROOT")
	root.Key("Select").SetDword("Current", 1)
	set := root.Key("ControlSet001")
	set.Key(`Control\ComputerName\ComputerName`).SetString("ComputerName", "DESKTOP-1")
	set.Key(`Control\Nls\Language`).SetString("InstallLanguage", "0411")
	set.Key(`Control\Session Manager\Environment`).SetString("PROCESSOR_ARCHITECTURE", "AMD64")
	set.Key(`Control\TimeZoneInformation`).SetString("TimeZoneKeyName", "Tokyo Standard Time").SetDword("Bias", 0xfffffde4)
	set.Key(`Services\wuauserv`).SetDword("Start", 3).SetExpand("ImagePath", `%systemroot%\system32\svchost.exe`)
	set.Key(`Services\BITS`).SetDword("Start", 4)
	return root
}
