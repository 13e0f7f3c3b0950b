package remedy

import (
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

const (
	wimPath = "Recovery/WindowsRE/Winre.wim"
	sdiPath = "Recovery/WindowsRE/boot.sdi"
	xmlPath = "Recovery/WindowsRE/ReAgent.xml"
)

// fromStaged are the copies of an image that waits below Windows.
func fromStaged(to string) []host.Op {
	const s = "Windows/System32/Recovery/"
	return []host.Op{
		copied(at("disk0p2", s+"Winre.wim"), at(to, wimPath)),
		perhaps(copied(at("disk0p2", "Windows/Boot/DVD/EFI/boot.sdi"), at(to, sdiPath))),
		perhaps(copied(at("disk0p2", s+"ReAgent.xml"), at(to, xmlPath))),
	}
}

func fromFolder(from, to string) []host.Op {
	return []host.Op{
		copied(at(from, wimPath), at(to, wimPath)),
		perhaps(copied(at(from, sdiPath), at(to, sdiPath))),
		perhaps(copied(at(from, xmlPath), at(to, xmlPath))),
	}
}

func registered(volume string) host.Op { return host.Op{Kind: host.SetWinRE, To: at(volume, wimPath)} }

func TestEnable(t *testing.T) {
	inPlace := pc()
	inPlace.WinRE.Enabled = known(false)
	wantOps(t, "winre-enable", inPlace, nil, registered("disk0p3"))

	wantOps(t, "winre-enable", off(pc()), nil, append(fromStaged("disk0p3"), registered("disk0p3"))...)

	small := off(pc())
	small.WinRE.Recovery.Items[0].Free = known(int64(480*mib + model.WinREEnableMargin - 1))
	wantOps(t, "winre-enable", small, nil, append(fromStaged("disk0p2"), registered("disk0p2"))...)

	bios := off(pc())
	bios.Boot.Firmware = known("bios")
	want := fromStaged("disk0p3")
	want[1].From.Path = "Windows/Boot/DVD/PCAT/boot.sdi"
	wantOps(t, "winre-enable", bios, nil, append(want, registered("disk0p3"))...)

	unused := off(pc())
	unused.WinRE.Staged.Exists, unused.WinRE.Recovery.Items[0].HasImage = known(false), known(true)
	wantOps(t, "winre-enable", unused, nil, registered("disk0p3"))

	wantOps(t, "winre-enable", pc(), nil)
}

func TestEnableNeverUsesAMakersPartition(t *testing.T) {
	m := off(pc())
	m.WinRE.Recovery.Items[0].Maker = known(true)
	wantOps(t, "winre-enable", m, nil, append(fromStaged("disk0p2"), registered("disk0p2"))...)
}

func TestEnableRefuses(t *testing.T) {
	for code, change := range map[string]func(*model.Machine){
		"refused-no-image":         func(m *model.Machine) { m.WinRE.Staged.Exists = known(false) },
		"refused-unseen":           func(m *model.Machine) { m.WinRE.Staged.Exists = notSeen[bool]() },
		"refused-image-damaged":    func(m *model.Machine) { m.WinRE.Staged.Readable = known(false) },
		"refused-encrypted":        func(m *model.Machine) { m.Windows.BitLocker.Encrypted = known(true) },
		"refused-no-room":          func(m *model.Machine) { m.WinRE.Recovery.Items, m.Windows.Free = nil, known(int64(keepFree)) },
		"refused-server-core":      func(m *model.Machine) { m.OS.ServerCore = known(true) },
		"refused-winre-other-disk": func(m *model.Machine) { m.WinRE.Image = pc().WinRE.Image; m.WinRE.Image.Volume = known("disk1p1") },
	} {
		m := off(pc())
		change(m)
		wantRefused(t, "winre-enable", m, nil, code)
	}
}

func TestRewriteConfig(t *testing.T) {
	m := pc()
	m.WinRE.Enabled, m.WinRE.Config.Damaged = notSeen[bool](), known(true)
	wantOps(t, "winre-rewrite-config", m, nil, registered("disk0p3"))
	wantOps(t, "winre-rewrite-config", pc(), nil)
	m.WinRE.Config.Damaged = notSeen[bool]()
	wantRefused(t, "winre-rewrite-config", m, nil, "refused-unseen")
}

func TestClearLeftovers(t *testing.T) {
	m := pc()
	m.WinRE.Active.Reclaimable = known(int64(200 * mib))
	m.WinRE.Active.Leftovers = []model.Leftover{{Path: `$WinREAgent\Scratch\update.wim`}, {Path: `Recovery\WindowsRE\winre_old.wim`}}
	wantOps(t, "winre-clear-leftovers", m, nil,
		host.Op{Kind: host.MoveAside, From: at("disk0p3", "$WinREAgent/Scratch/update.wim")},
		host.Op{Kind: host.MoveAside, From: at("disk0p3", "Recovery/WindowsRE/winre_old.wim")})

	m.WinRE.Active.Reclaimable = known(int64(189 * mib))
	wantRefused(t, "winre-clear-leftovers", m, nil, "refused-not-enough")
	m.WinRE.Active.Reclaimable = known(int64(200 * mib))
	for _, never := range []string{`Recovery\WindowsRE\Winre.wim`, `recovery\windowsre\WINRE.WIM`, `Recovery\WindowsRE\boot.sdi`, `\`} {
		m.WinRE.Active.Leftovers[1].Path = never
		wantRefused(t, "winre-clear-leftovers", m, nil, "refused-stale-plan")
	}
	m.WinRE.Recovery.Items[0].Maker = known(true)
	wantRefused(t, "winre-clear-leftovers", m, nil, "refused-maker-partition")
}

func TestRecompress(t *testing.T) {
	want := host.Op{Kind: host.Recompress, To: at("disk0p3", wimPath), Text: "lzx"}
	for kind, size := range map[string]uint64{"none": 570 * mib, "xpress": 1900 * mib} {
		m := pc()
		m.WinRE.Image.Compression, m.WinRE.Image.Size = known(kind), known(int64(size))
		wantOps(t, "winre-recompress", m, nil, want)
		m.WinRE.Image.Size = known(int64(size - 10*mib))
		wantRefused(t, "winre-recompress", m, nil, "refused-not-enough")
	}
	wantRefused(t, "winre-recompress", pc(), nil, "refused-not-enough") // LZX already
	m := pc()
	m.WinRE.Image.Compression = notSeen[string]()
	wantRefused(t, "winre-recompress", m, nil, "refused-unseen")
}

func TestMoveToPartition(t *testing.T) {
	m := onC(pc())
	part(m, 3).Size, m.WinRE.Recovery.Items[0].Free = gib, known(int64(900*mib))
	wantOps(t, "winre-move-to-partition", m, nil, append(fromFolder("disk0p2", "disk0p3"), registered("disk0p3"))...)
	m.WinRE.Recovery.Items[0].Free = known(int64(700 * mib))
	wantRefused(t, "winre-move-to-partition", m, nil, "refused-no-recovery-partition")
	wantOps(t, "winre-move-to-partition", pc(), nil)
}

func TestAddSafeOSUpdate(t *testing.T) {
	got := ops(t, "winre-add-safe-os-update", pc(), model.Args{"safe-os-update": "/media/usb/windows10-kb5043936.cab"})
	to := at("disk0p2", "ProgramData/updoc/safe-os/windows10-kb5043936.cab")
	if len(got) != 1 || got[0].Kind != host.PutFile || got[0].To != to || got[0].Local != "/media/usb/windows10-kb5043936.cab" {
		t.Fatalf("%+v", got)
	}
	rest := Rest(model.Step{ID: "s1", Remedy: "winre-add-safe-os-update", Params: model.Args{"safe-os-update": "/media/usb/windows10-kb5043936.cab"}})
	if len(rest) != 1 || rest[0].Params["package"] != `\ProgramData\updoc\safe-os\windows10-kb5043936.cab` {
		t.Errorf("%+v", rest)
	}
	wantRefused(t, "winre-add-safe-os-update", pc(), model.Args{}, "refused-needs-file")
	wantRefused(t, "winre-add-safe-os-update", pc(), model.Args{"safe-os-update": `C:\x.msu`}, "refused-not-a-cab")
}

// A recovery environment that works and has room is left alone, whatever the plan says.
func TestNothingToDo(t *testing.T) {
	m := pc()
	m.WinRE.Active.Free, m.WinRE.Active.ServicingShort = known(int64(512*mib)), known(int64(0))
	part(m, 3).Size, part(m, 2).Size = 1012*mib, 30*gib-452*mib
	for _, r := range all {
		if r.ID == "winre-add-safe-os-update" || r.ID == "winre-defer" || r.ID[:6] != "winre-" {
			continue // asked for by name
		}
		wantOps(t, r.ID, m, enlargement())
	}
}
