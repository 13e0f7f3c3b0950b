package conform

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

// scenarios are the machines on which remedies are tried. A remedy without one fails
// Run.
var scenarios = slices.Concat(winREScenarios, tableScenarios, otherScenarios, liveScenarios)

const (
	mib = uint64(1) << 20
	gib = uint64(1) << 30

	windows  = "disk0p2"
	recovery = "disk0p3"
	wimPath  = "Recovery/WindowsRE/Winre.wim"
	sdiPath  = "Recovery/WindowsRE/boot.sdi"
	xmlPath  = "Recovery/WindowsRE/ReAgent.xml"
	staged   = "Windows/System32/Recovery/Winre.wim"

	systemHive     = "Windows/System32/config/SYSTEM"
	softwareHive   = "Windows/System32/config/SOFTWARE"
	componentsHive = "Windows/System32/config/COMPONENTS"
)

// known is a fact whose origin does not matter.
func known[T any](v T) model.Fact[T] { return model.Known(v, model.Origin{Artifact: "file"}) }

// gpt is a PC with a GPT disk of 64 GiB: ESP, Windows with a person's file, and the
// recovery partition in use right behind it with 60 MiB free. The rest is unallocated.
func gpt() *fake.PC {
	pc := fake.New(fake.PC{Disks: []*fake.Disk{{Size: 64 * gib, Table: "gpt", GUID: "{99999999-0000-0000-0000-000000000001}",
		Partitions: []*fake.Partition{esp(), onNTFS(model.RoleWindows, 101*mib, 30*gib, 15*gib), recoveryBehind()}}}, Facts: facts("uefi")})
	return pc.Enable(host.Place{Volume: recovery, Path: wimPath})
}

// mbr is the same with an MBR, the boot files on a system partition.
func mbr() *fake.PC {
	system := onNTFS(model.RoleESP, mib, 100*mib, 30*mib)
	system.Active, system.Files = true, map[string]*fake.File{}
	pc := fake.New(fake.PC{Disks: []*fake.Disk{{Size: 64 * gib, Table: "mbr", Signature: "0xcafe0001",
		Partitions: []*fake.Partition{system, onNTFS(model.RoleWindows, 101*mib, 30*gib, 15*gib), recoveryBehind()}}}, Facts: facts("bios")})
	return pc.Enable(host.Place{Volume: recovery, Path: wimPath})
}

func facts(firmware string) (m model.Machine) {
	m.OS.ServerCore, m.OS.Build, m.OS.Architecture = known(false), known(int64(19045)), known("amd64")
	m.Boot.Firmware, m.OS.Language = known(firmware), known("ja-JP")
	return m
}

func esp() *fake.Partition {
	return &fake.Partition{Role: model.RoleESP, Start: mib, Size: 100 * mib, FS: "fat32", Used: 30 * mib,
		Files: map[string]*fake.File{"EFI/Microsoft/Boot/BCD": {Size: 64 << 10}}}
}

func onNTFS(role string, start, size, used uint64) *fake.Partition {
	return &fake.Partition{Role: role, Start: start, Size: size, FS: "ntfs", Used: used, Name: "Basic data partition", Files: map[string]*fake.File{
		"Users/taro/Pictures/hana.jpg":     {Content: []byte("a picture"), Person: true, ACL: []byte{1, 2}},
		"Windows/Boot/DVD/EFI/boot.sdi":    {Size: 3 * mib},
		"Windows/Boot/DVD/PCAT/boot.sdi":   {Size: 3 * mib},
		"Windows/System32/drivers/etc/abc": {Content: []byte("x")},
	}}
}

func recoveryBehind() *fake.Partition {
	return &fake.Partition{Role: model.RoleRecovery, Start: 101*mib + 30*gib, Size: 560 * mib, FS: "ntfs", Used: 17 * mib, Files: map[string]*fake.File{
		wimPath: image("lzx", 480*mib), sdiPath: {Size: 3 * mib, Attributes: 6}, xmlPath: {Content: []byte("old"), Attributes: 6},
	}}
}

// image is a winre.wim, hidden and system, with permissions.
func image(compression string, size uint64) *fake.File {
	return &fake.File{Size: size, Attributes: 6, ACL: []byte{9, 9}, Wim: &fake.Wim{Compression: compression, Holds: "a recovery environment", Boot: 1, Version: "10.0.19041.3920"}}
}

// part returns a partition of the first disk, counted from 1.
func part(pc *fake.PC, n int) *fake.Partition { return pc.Disks[0].Partitions[n-1] }

// works: recovery is on, both name the same place, and there is room for updates.
func works(m *model.Machine) bool {
	w := m.WinRE
	return on(m) && w.Active.ServicingShort.Value == 0
}

// on: recovery is on, with an image that is whole, and both name the same place.
func on(m *model.Machine) bool {
	w := m.WinRE
	return w.Enabled.Value && w.Agree.Value && w.Image.Readable.Value && !w.Encrypted.Value && !w.Config.Damaged.Value
}
