package fake

import (
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

// Device encryption grabs a new partition that gets its type later; one made with its
// type in the same call it leaves alone.
func TestEncryptsUntyped(t *testing.T) {
	for kind, want := range map[string]bool{"": true, recoveryGUID: false} {
		pc := New(PC{Disks: []*Disk{{Size: 1 << 40, Table: "gpt"}}, Troubles: []Trouble{{Kind: EncryptsUntyped}}})
		p, err := pc.newPartition(pc.Disks[0], host.Op{Start: 1 << 20, Size: 1 << 30}, kind)
		if err != nil || p.Encrypted != want || (p.Role == model.RoleRecovery) == want {
			t.Errorf("type %q: %+v, %v", kind, p, err)
		}
	}
}

// The facts of a machine made from facts are those facts.
func TestFromMachine(t *testing.T) {
	m := asked(t, New(PC{Disks: []*Disk{{Size: 64 << 30, Table: "gpt", GUID: "{99999999-0000-0000-0000-000000000001}", Partitions: []*Partition{
		{Role: model.RoleESP, Start: 1 << 20, Size: 100 << 20, FS: "fat32", Used: 30 << 20},
		{Role: model.RoleWindows, Start: 101 << 20, Size: 30 << 30, FS: "ntfs", Used: 10 << 30, Files: map[string]*File{
			systemPath:   {Hive: Hive{services + `\wuauserv`: {"Start": Number(4)}}},
			softwarePath: {Hive: Hive{`Policies\Microsoft\Windows\WindowsUpdate`: {"DisableWindowsUpdateAccess": Number(1)}}},
			hostsPath:    {Content: []byte("0.0.0.0 fe2.update.microsoft.com\n")},
		}},
		{Role: model.RoleRecovery, Start: 101<<20 + 30<<30, Size: 560 << 20, FS: "ntfs", Used: 16 << 20, Files: map[string]*File{
			recoveryPath + "/" + imageName: {Size: 480 << 20, Wim: &Wim{Compression: "lzx", Holds: "re", Version: "10.0.19041.1"}},
			recoveryPath + "/winre.old":    {Size: 2 << 20},
		}},
	}}}}).Enable(host.Place{Volume: "disk0p3", Path: recoveryPath + "/" + imageName}))
	got := asked(t, FromMachine(m))
	for name, same := range map[string]bool{
		"windows free": got.Windows.Free.Value == m.Windows.Free.Value,
		"active":       got.WinRE.Active.ID.Value == "disk0p3" && got.WinRE.Active.Free.Value == m.WinRE.Active.Free.Value,
		"enabled":      got.WinRE.Enabled.Value && got.WinRE.Agree.Value,
		"image":        got.WinRE.Image.Size.Value == 480<<20 && got.WinRE.Image.Compression.Value == "lzx",
		"leftovers":    got.WinRE.Active.Reclaimable.Value == 2<<20,
		"services":     len(got.Services.Items) == 1 && got.Services.Items[0].Start.Value == 4,
		"policies":     len(got.Policies.Items) == 1 && got.Policies.Items[0] == m.Policies.Items[0],
		"hosts":        len(got.Agent.Hosts.Items) == 1 && got.Agent.Hosts.Items[0].Update,
		"gaps":         len(got.Disks.Items[0].Gaps) == len(m.Disks.Items[0].Gaps),
	} {
		if !same {
			t.Errorf("%s differs", name)
		}
	}
	if empty := asked(t, FromMachine(&model.Machine{})); empty.WinRE.Enabled.Known || empty.Services.Coverage.Complete || empty.Agent.Hosts.Coverage.Complete || empty.Pending.Any.Known {
		t.Errorf("what was unseen is known: %+v", empty.WinRE)
	}
}

func asked(t *testing.T, pc *PC) *model.Machine {
	t.Helper()
	m, err := pc.Host().Machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}
