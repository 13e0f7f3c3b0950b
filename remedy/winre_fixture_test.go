package remedy

import (
	"errors"
	"reflect"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

const gib = uint64(1) << 30

func known[T any](v T) model.Fact[T] { return model.Known(v, model.Origin{Artifact: "test"}) }

func notSeen[T any]() model.Fact[T] { return model.Fact[T]{} }

func volume(fs string, free uint64) model.Volume {
	return model.Volume{FS: known(fs), Free: known(int64(free)), BitLocker: model.BitLocker{Encrypted: known(false), State: known("off")}}
}

// pc is a GPT disk of 64 GiB: ESP, Windows, the recovery partition in use right behind
// it with 60 MiB free. Its second half is unallocated.
func pc() *model.Machine {
	m := &model.Machine{}
	m.OS.ServerCore, m.OS.Build, m.OS.Architecture = known(false), known(int64(19045)), known("amd64")
	m.Boot.Firmware = known("uefi")
	m.Windows = volume("ntfs", 10*gib)
	m.Disks = model.Complete([]model.Disk{{Table: "gpt", Size: 64 * gib, SectorSize: 512, Partitions: []model.Partition{
		{ID: "disk0p1", Role: model.RoleESP, Start: mib, Size: 100 * mib, Volume: volume("fat32", 70*mib)},
		{ID: "disk0p2", Role: model.RoleWindows, Start: 101 * mib, Size: 30 * gib, Volume: volume("ntfs", 10*gib)},
		{ID: "disk0p3", Role: model.RoleRecovery, Start: 101*mib + 30*gib, Size: 560 * mib, Volume: volume("ntfs", 60*mib)},
	}}})
	m.WinRE.Enabled, m.WinRE.Agree, m.WinRE.Any = known(true), known(true), known(true)
	m.WinRE.Config.Damaged = known(false)
	m.WinRE.Image = model.WinREImage{Exists: known(true), Volume: known("disk0p3"), Path: known(`Recovery\WindowsRE\Winre.wim`),
		Size: known(int64(480 * mib)), Compression: known("lzx"), Readable: known(true)}
	m.WinRE.Staged.Exists = known(false)
	m.WinRE.Active = model.ActiveRE{Exists: known(true), ID: known("disk0p3"), Place: known(model.PlaceAfter), Free: known(int64(60 * mib)),
		ServicingShort: known(int64(190 * mib)), Reclaimable: known(int64(0))}
	m.WinRE.Recovery = model.Complete([]model.Candidate{{ID: "disk0p3", Active: true, HasImage: known(true), Maker: known(false),
		Size: int64(560 * mib), Free: known(int64(60 * mib))}})
	return m
}

func disk(m *model.Machine) *model.Disk { return &m.Disks.Items[0] }

func part(m *model.Machine, n int) *model.Partition { return &disk(m).Partitions[n-1] }

// off switches recovery off, as reagentc /disable leaves it: the image is staged.
func off(m *model.Machine) *model.Machine {
	w := &m.WinRE
	w.Enabled, w.Image, w.Active = known(false), model.WinREImage{Exists: known(false)}, model.ActiveRE{Exists: known(false)}
	w.Staged = model.WinREImage{Exists: known(true), Volume: known("disk0p2"), Path: known(`Windows\System32\Recovery\Winre.wim`),
		Size: known(int64(480 * mib)), Readable: known(true)}
	w.Recovery.Items[0].HasImage, w.Recovery.Items[0].Active = known(false), false
	w.Recovery.Items[0].Free = known(int64(545 * mib))
	return m
}

// onC lets the image in use lie on drive C.
func onC(m *model.Machine) *model.Machine {
	w := &m.WinRE
	w.Active.ID, w.Active.Place, w.Active.ServicingShort = known("disk0p2"), known(model.PlaceOnWindows), known(int64(0))
	w.Active.Free = m.Windows.Free
	w.Image.Volume = known("disk0p2")
	w.Recovery.Items[0].HasImage, w.Recovery.Items[0].Active = known(false), false
	w.Recovery.Items[0].Free = known(int64(545 * mib))
	return m
}

// enlargement are the numbers of winre-enlarge for pc: 452 MiB more at the front.
func enlargement() model.Args {
	return model.Args{"disk": int64(0), "partition": "disk0p3", "windowsPartition": "disk0p2", "windowsSize": int64(30*gib - 452*mib),
		"start": int64(101*mib + 30*gib - 452*mib), "size": int64(1012 * mib)}
}

// newPlace are the numbers of winre-new-partition for pc, as numbers come out of JSON.
func newPlace() model.Args {
	return model.Args{"disk": 0.0, "windowsPartition": "disk0p2", "windowsSize": float64(30*gib - 1060*mib),
		"start": float64(101*mib + 30*gib - 1060*mib), "size": float64(1060 * mib), "newGuid": "{1}"}
}

func ops(t *testing.T, id string, m *model.Machine, p model.Args) []host.Op {
	t.Helper()
	r, ok := Find(id)
	if !ok {
		t.Fatalf("no remedy %s", id)
	}
	out, err := r.Ops(m, p)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return out
}

func wantOps(t *testing.T, id string, m *model.Machine, p model.Args, want ...host.Op) {
	t.Helper()
	got := ops(t, id, m, p)
	if len(got) != len(want) {
		t.Fatalf("%s: %d operations, want %d:\n%+v", id, len(got), len(want), got)
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s, operation %d:\n got %+v\nwant %+v", id, i, got[i], want[i])
		}
	}
}

func wantRefused(t *testing.T, id string, m *model.Machine, p model.Args, code string) {
	t.Helper()
	r, _ := Find(id)
	got, err := r.Ops(m, p)
	var e *model.Error
	if !errors.As(err, &e) || e.Code != code || e.Exit != 6 || got != nil {
		t.Errorf("%s: %v, %v; want %s", id, got, err, code)
	}
}

func at(volume, path string) host.Place { return host.Place{Volume: volume, Path: path} }

func copied(from, to host.Place) host.Op { return host.Op{Kind: host.CopyFile, From: from, To: to} }

func perhaps(op host.Op) host.Op {
	op.Maybe = true
	return op
}
