package collect

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"updoc/format/bcd"
	"updoc/format/pe"
	"updoc/format/reagent"
	"updoc/format/regf"
	"updoc/format/wim"
	"updoc/model"
	"updoc/source"
)

const (
	reagentPath = recoveryFolder + "/ReAgent.xml"
	winreOn4    = 117*mib + 60*gib // where plainDisk's recovery partition begins
)

// withWinRE is a PC whose recovery environment is enabled on partition 4, with free
// bytes there.
func withWinRE(t *testing.T, free int64) *fake {
	t.Helper()
	src := newFake(softwareKeys(), systemKeys())
	src.putConfig(winreOn4, src.disks.Items[0].GUID)
	src.putStore(t, 4)
	src.on("disk0p4", "Recovery/WindowsRE/Winre.wim", wimBytes(t, 3920))
	src.recovery().Volume.Free.Value = free
	return src
}

func (f *fake) recovery() *model.Partition { return &f.disks.Items[0].Partitions[3] }

func (f *fake) putConfig(offset uint64, guid string) {
	c := reagent.New()
	c.InstallState, c.BCD = "1", "{cccccccc-0000-0000-0000-000000000001}"
	c.Location = reagent.Location{Path: `\Recovery\WindowsRE`, ID: "0", Offset: offset, GUID: guid}
	f.put(reagentPath, c.Format())
}

func parse(t *testing.T, guid string) bcd.GUID {
	t.Helper()
	g, err := bcd.ParseGUID(guid)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// putStore writes a boot store whose recovery sequence names a partition; 0: none.
func (f *fake) putStore(t *testing.T, n int) {
	t.Helper()
	disk := f.disks.Items[0]
	on := func(i int) bcd.Partition {
		return bcd.Partition{Style: bcd.GPT, ID: parse(t, disk.Partitions[i-1].GUID), Disk: parse(t, disk.GUID)}
	}
	typical := bcd.Typical{UEFI: true, System: on(1), Windows: on(3), Loader: parse(t, "{dddddddd-0000-0000-0000-000000000001}"),
		Options: parse(t, "{eeeeeeee-0000-0000-0000-000000000001}")}
	if n > 0 {
		typical.Recovery, typical.RecoveryEnabled = on(n), true
		typical.WinRE = parse(t, "{cccccccc-0000-0000-0000-000000000001}")
	}
	root, err := typical.Writer().Root()
	if err != nil {
		t.Fatal(err)
	}
	f.on("disk0p1", efiStore, regf.Build(root, regf.BuildOptions{}))
}

// wimBytes is a winre.wim of some version, with a bootmenuux.dll one revision newer.
func wimBytes(t *testing.T, revision uint16) []byte {
	t.Helper()
	dll, err := pe.Build{FileVersion: pe.Numbers{10, 0, 19041, revision + 1}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := func(name string, children ...*wim.Node) *wim.Node {
		return &wim.Node{Name: name, Attributes: wim.AttributeDirectory, Children: children}
	}
	root := dir("", dir("Windows", dir("System32", &wim.Node{Name: "bootmenuux.dll", Content: wim.Bytes(dll)})))
	info := wim.Image{Name: "WinRE", HasVersion: true, Major: 10, Build: 19041, SPBuild: int(revision)}
	var b bytes.Buffer
	if err := wim.Write(&b, wim.Options{Images: []wim.Tree{{Info: info, Root: root}}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWinRETooSmall(t *testing.T) {
	w := look(t, withWinRE(t, 83*mib)).WinRE
	want(t, "enabled", w.Enabled, true)
	want(t, "agree", w.Agree, true)
	want(t, "active id", w.Active.ID, "disk0p4")
	want(t, "place", w.Active.Place, model.PlaceAfter)
	want(t, "free", w.Active.Free, 83*mib)
	want(t, "gap after", w.Active.GapAfter, 3*gib)
	want(t, "gap before", w.Active.GapBefore, 0)
	want(t, "short for servicing", w.Active.ServicingShort, 262144000-83*mib)
	want(t, "short for enabling", w.Active.EnableShort, 0)
	want(t, "image version", w.Image.Version, "10.0.19041.3920")
	want(t, "file version", w.Image.FileVersion, "10.0.19041.3921")
	want(t, "version", w.Version, "10.0.19041.3920")
	want(t, "registry", w.Registry, "10.0.19041.1")
	want(t, "readable", w.Image.Readable, true)
	want(t, "staged", w.Staged.Exists, false)
	want(t, "patched", w.Patched, false)
	want(t, "any", w.Any, true)
	want(t, "loader", look(t, withWinRE(t, 0)).Boot.Firmware, "uefi")
	if c := w.Recovery.Items; len(c) != 1 || !c[0].Active || !c[0].HasImage.Value || !c[0].Maker.Known || c[0].Maker.Value {
		t.Errorf("candidates: %+v", c)
	}
}

// The GUID of ReAgent.xml may be that of the partition; with that of another disk it
// names nothing.
func TestReAgentGUID(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.putConfig(winreOn4, src.recovery().GUID)
	want(t, "by partition", look(t, src).WinRE.Agree, true)

	src.putConfig(winreOn4, "{99999999-0000-0000-0000-000000000009}")
	w := look(t, src).WinRE
	want(t, "another disk", w.Agree, false)
	want(t, "active by the boot store", w.Active.ID, "disk0p4")

	src.putStore(t, 0)
	w = look(t, src).WinRE
	want(t, "named by none that exists", w.Active.Exists, false)
	wantUnseen(t, "room of what does not exist", w.Active.ServicingShort, model.ReasonAbsent)
	want(t, "enabled", w.Enabled, false)
}

func TestPlaces(t *testing.T) {
	src := withWinRE(t, 300*mib)
	disk := &src.disks.Items[0]
	between := part(5, model.RoleOEM, "oem", winreOn4, 10*gib, "ntfs")
	disk.Partitions = append(disk.Partitions, between)
	src.recovery().Start += 10 * gib
	src.putConfig(winreOn4+10*gib, disk.GUID)
	want(t, "away", look(t, src).WinRE.Active.Place, model.PlaceAway)

	src = withWinRE(t, 300*mib)
	disk = &src.disks.Items[0]
	src.recovery().Start, disk.Partitions[2].Start = 117*mib, 647*mib
	disk.Gaps = []model.Gap{{Start: 60*gib + 647*mib, Size: gib}}
	src.putConfig(117*mib, disk.GUID)
	a := look(t, src).WinRE.Active
	want(t, "before", a.Place, model.PlaceBefore)
	want(t, "gap after", a.GapAfter, 0)
	want(t, "enough room", a.ServicingShort, 0)

	src = withWinRE(t, 300*mib)
	src.putConfig(117*mib, src.disks.Items[0].GUID)
	src.putStore(t, 3)
	src.put("Recovery/WindowsRE/Winre.wim", wimBytes(t, 1))
	w := look(t, src).WinRE
	want(t, "on Windows", w.Active.Place, model.PlaceOnWindows)
	want(t, "image on Windows", w.Image.Volume, "disk0p3")
}

func TestWinREDisabled(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.put(reagentPath, reagent.New().Format())
	src.putStore(t, 0)
	src.put(recoveryFolder+"/Winre.wim", wimBytes(t, 1))
	w := look(t, src).WinRE
	want(t, "state", w.Config.State, reagent.StateDisabled)
	want(t, "enabled", w.Enabled, false)
	want(t, "agree", w.Agree, true)
	want(t, "exists", w.Active.Exists, false)
	want(t, "staged", w.Staged.Version, "10.0.19041.1")
	want(t, "any", w.Any, true)
	wantUnseen(t, "image in use", w.Image.Version, model.ReasonAbsent)
}

// On a sound disk it is not the partition table that was not found.
func TestAbsentPartitions(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.put(reagentPath, reagent.New().Format())
	src.putStore(t, 0)
	esp := &src.disks.Items[0].Partitions[0]
	esp.TypeGUID, esp.Role = "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}", model.RoleData
	m := look(t, src)
	for artifact, facts := range map[string][]model.Fact[int64]{
		"reagent-xml": {m.WinRE.Active.Size, m.WinRE.Active.Free, m.WinRE.Active.ServicingShort},
		"bcd":         {m.Boot.ESPFree, m.Boot.ESPSize},
	} {
		for i, f := range facts {
			wantUnseen(t, artifact, f, model.ReasonAbsent)
			if got := f.Reason().Artifact; got != artifact {
				t.Errorf("fact %d is absent from %s, want %s", i, got, artifact)
			}
		}
	}
}

// An encrypted recovery partition is noticed while the recovery environment is off.
func TestEncryptedWhileDisabled(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.put(reagentPath, reagent.New().Format())
	src.putStore(t, 0)
	header := &src.recovery().Volume.BitLocker.Encrypted
	*header = model.Known(false, src.recovery().Origin)
	want(t, "in clear", look(t, src).WinRE.Encrypted, false)

	*header = model.Known(true, src.recovery().Origin)
	w := look(t, src).WinRE
	want(t, "exists", w.Active.Exists, false)
	want(t, "encrypted", w.Encrypted, true)
	if w.Encrypted.Origin.Volume != "disk0p4" {
		t.Errorf("origin: %+v", w.Encrypted.Origin)
	}

	*header = model.NotSeen[bool](model.Unseen{Artifact: "bitlocker", Reason: model.ReasonDamaged})
	wantUnseen(t, "header damaged", look(t, src).WinRE.Encrypted, model.ReasonDamaged)
	disk := &src.disks.Items[0]
	disk.Partitions = disk.Partitions[:3]
	want(t, "no recovery partition", look(t, src).WinRE.Encrypted, false)
}

func TestReAgentDamaged(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.put(reagentPath, []byte("\x00\x01\x02 nothing"))
	w := look(t, src).WinRE
	want(t, "damaged", w.Config.Damaged, true)
	wantUnseen(t, "state", w.Config.State, model.ReasonDamaged)
	want(t, "active by the boot store", w.Active.ID, "disk0p4")
	wantUnseen(t, "agree", w.Agree, model.ReasonDamaged)
	src.put(reagentPath, []byte(`<WindowsRE version="2.0"><WinreLocation path="\Recovery\WindowsRE" id="0" offset="12" gu`))
	w = look(t, src).WinRE
	want(t, "cut off", w.Config.Damaged, true)
	want(t, "cut off", w.Config.State, reagent.StateUnknown)
	wantUnseen(t, "enabled by a cut off file", w.Enabled, model.ReasonDamaged)
	delete(src.volumes["disk0p3"], reagentPath)
	src.put(recoveryFolder+"/x", []byte("x"))
	want(t, "not damaged, but gone", look(t, src).WinRE.Config.Damaged, false)
}

// On an encrypted recovery partition nothing is known to lack.
func TestEncryptedRecovery(t *testing.T) {
	src := withWinRE(t, 0)
	locked := model.Unseen{Artifact: "volume", Reason: model.ReasonEncrypted, How: model.HowUnlock}
	src.broken = map[string]error{"disk0p4": &source.UnseenError{Unseen: locked}}
	src.recovery().Volume.Free = model.NotSeen[int64](locked)
	src.recovery().Volume.BitLocker.Encrypted = model.Known(true, src.recovery().Origin)
	w := look(t, src).WinRE
	want(t, "encrypted", w.Encrypted, true)
	want(t, "exists", w.Active.Exists, true)
	wantUnseen(t, "free", w.Active.Free, model.ReasonEncrypted)
	wantUnseen(t, "short", w.Active.ServicingShort, model.ReasonEncrypted)
	wantUnseen(t, "image", w.Image.Exists, model.ReasonEncrypted)
	wantUnseen(t, "any", w.Any, model.ReasonEncrypted)
	wantUnseen(t, "reclaimable", w.Active.Reclaimable, model.ReasonEncrypted)
}

// That there is no image is only known once every volume that may hold it was read.
func TestNoImageAnywhere(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.put(reagentPath, reagent.New().Format())
	src.putStore(t, 0)
	src.volumes["disk0p4"] = fstest.MapFS{}
	disk := &src.disks.Items[0]
	disk.Partitions = append(disk.Partitions, part(5, model.RoleData, "basic-data", winreOn4+600*mib, gib, "ntfs"))
	src.on("disk0p5", "x", []byte("x"))
	want(t, "nowhere", look(t, src).WinRE.Any, false)

	src.on("disk0p5", "Recovery/WindowsRE/winre.wim", []byte("x"))
	any := look(t, src).WinRE.Any
	want(t, "on a partition typed basic data", any, true)
	if any.Origin.Volume != "disk0p5" {
		t.Errorf("origin: %+v", any.Origin)
	}

	locked := &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonEncrypted, How: model.HowUnlock}}
	src.broken = map[string]error{"disk0p5": locked}
	for role, unseen := range map[string]bool{model.RoleData: true, model.RoleOEM: true, model.RoleUnknown: true, model.RoleMSR: false} {
		disk.Partitions[4].Role, disk.Partitions[4].Volume.FS.Value = role, "bitlocker"
		if any := look(t, src).WinRE.Any; unseen {
			wantUnseen(t, "locked "+role, any, model.ReasonEncrypted)
		} else {
			want(t, "locked "+role, any, false)
		}
	}
	disk.Partitions[4].Role, disk.Partitions[4].Volume.FS.Value = model.RoleData, "ext4"
	want(t, "a file system Windows does not use", look(t, src).WinRE.Any, false)
}

func TestDamagedImage(t *testing.T) {
	src := withWinRE(t, 83*mib)
	b := wimBytes(t, 3920)
	src.on("disk0p4", "Recovery/WindowsRE/Winre.wim", b[:100])
	w := look(t, src).WinRE
	want(t, "exists", w.Image.Exists, true)
	want(t, "readable", w.Image.Readable, false)
	wantUnseen(t, "version", w.Image.Version, model.ReasonDamaged)
	want(t, "version by registry", w.Version, "10.0.19041.1")
}

func TestMakerAndLeftovers(t *testing.T) {
	src := withWinRE(t, 83*mib)
	src.on("disk0p4", "Recovery/WindowsRE/winre.wim.bak", make([]byte, 5000))
	src.on("disk0p4", "$WinREAgent/Scratch/update.wim", make([]byte, 7000))
	w := look(t, src).WinRE
	want(t, "reclaimable", w.Active.Reclaimable, 12000)
	if len(w.Active.Leftovers) != 2 {
		t.Errorf("leftovers: %+v", w.Active.Leftovers)
	}
	oem := part(5, model.RoleRecovery, "recovery", winreOn4+600*mib, 15*gib, "ntfs")
	src.disks.Items[0].Partitions = append(src.disks.Items[0].Partitions, oem)
	src.on("disk0p5", "RecoveryImage/install.swm", []byte("x"))
	c := look(t, src).WinRE.Recovery.Items
	if len(c) != 2 || c[1].Active || !c[1].Maker.Value || c[1].HasImage.Value {
		t.Errorf("candidates: %+v", c)
	}
}

func TestESPWrongType(t *testing.T) {
	src := withWinRE(t, 300*mib)
	esp := &src.disks.Items[0].Partitions[0]
	b := look(t, src).Boot
	want(t, "esp", b.ESP, true)
	want(t, "wrong type", b.ESPWrongType, false)
	want(t, "free", b.ESPFree, 20*mib)
	esp.TypeGUID, esp.Type, esp.Role = "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}", "basic-data", model.RoleData
	b = look(t, src).Boot
	want(t, "esp", b.ESP, false)
	want(t, "wrong type", b.ESPWrongType, true)
	want(t, "loader", b.LoaderEFI, true)
	wantUnseen(t, "free", b.ESPFree, model.ReasonAbsent)
}

const reagentLines = `2024-01-09 09:00:00, Info                         [ReAgentc.exe] -----Executing command line: "C:\WINDOWS\system32\ReAgentc.exe" /info-----
2024-01-09 09:00:00, Info                         [ReAgentc.exe] VolumeName: \\?\Volume{4a0e924c-2d23-4e96-98df-ced58930a50f}, PartitionName: \\?\GLOBALROOT\device\harddisk0\partition4
2024-01-09 09:00:00, Info                         [ReAgentc.exe] Partition number: 4, offset: 64547192832, free space: 87031808, total space: 555745280
2024-01-09 09:00:00, Info                         [ReAgentc.exe] DiskNumber:0, DiskSignature:0, NTFS:1, Mbr:0, Active:0, Boot:0, BitlockerEnabled:0
2024-01-09 09:00:00, Error                        [ReAgentc.exe] WinRE image was not found
`

// Without a disk the room is known from ReAgent.log, unless WinRE was serviced since.
func TestFolder(t *testing.T) {
	src := withWinRE(t, 83*mib).folder()
	w := look(t, src).WinRE
	wantUnseen(t, "exists", w.Active.Exists, model.ReasonNoDisk)
	wantUnseen(t, "free", w.Active.Free, model.ReasonNoDisk)
	wantUnseen(t, "enabled", w.Enabled, model.ReasonNoDisk)
	wantUnseen(t, "any", w.Any, model.ReasonNoDisk)

	src.put(reagentLogPath, []byte(strings.ReplaceAll(reagentLines, "\n", "\r\n")))
	w = look(t, src).WinRE
	want(t, "exists", w.Active.Exists, true)
	want(t, "free", w.Active.Free, 87031808)
	want(t, "short", w.Active.ServicingShort, 262144000-87031808)
	if o := w.Active.Free.Origin; o.Artifact != "reagent-log" || o.Line != 2 {
		t.Errorf("origin: %+v", o)
	}
	if l := w.AgentLog.Items; len(l) != 1 || l[0].Kind != "no-image" || !l[0].Time.Equal(time.Date(2024, 1, 9, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("agent log: %+v", l)
	}
	src.putLog(t, systemLog, ev(winreAgent, 4501, at("10:00:00"), text("Version", "10.0.19041.3920")))
	wantUnseen(t, "free after servicing", look(t, src).WinRE.Active.Free, model.ReasonNoDisk)
}

// mbrDisk makes the disk of a PC one with an MBR and BIOS, its recovery partition
// named by signature and offset.
func mbrDisk(t *testing.T, src *fake) {
	t.Helper()
	disk := &src.disks.Items[0]
	disk.Table, disk.GUID, disk.Signature = "mbr", "", "0xcafe0001"
	for i := range disk.Partitions {
		disk.Partitions[i].GUID, disk.Partitions[i].TypeGUID = "", ""
	}
	disk.Partitions[0].Active, disk.Partitions[0].Volume.FS.Value = true, "ntfs"
	c := reagent.New()
	c.InstallState = "1"
	c.Location = reagent.Location{Path: `\Recovery\WindowsRE`, ID: "3405643777", Offset: winreOn4}
	src.put(reagentPath, c.Format())
	on := func(i int) bcd.Partition {
		return bcd.Partition{Style: bcd.MBR, Offset: disk.Partitions[i-1].Start, Signature: 0xcafe0001}
	}
	typical := bcd.Typical{System: on(1), Windows: on(3), Recovery: on(4), RecoveryEnabled: true,
		Loader: parse(t, "{dddddddd-0000-0000-0000-000000000001}"), WinRE: parse(t, "{cccccccc-0000-0000-0000-000000000001}")}
	root, err := typical.Writer().Root()
	if err != nil {
		t.Fatal(err)
	}
	delete(src.volumes, "disk0p1")
	src.on("disk0p1", biosStore, regf.Build(root, regf.BuildOptions{}))
}

func TestMBR(t *testing.T) {
	src := withWinRE(t, 83*mib)
	mbrDisk(t, src)
	m := look(t, src)
	want(t, "firmware", m.Boot.Firmware, "bios")
	want(t, "esp", m.Boot.ESP, false)
	want(t, "store", m.Boot.Store, `Boot\BCD`)
	want(t, "signature", m.WinRE.BCD.Disk, "0xcafe0001")
	want(t, "agree", m.WinRE.Agree, true)
	want(t, "active", m.WinRE.Active.ID, "disk0p4")
	src.disks.Items[0].Signature = "0x00000042"
	m = look(t, src)
	want(t, "active after the signature changed", m.WinRE.Active.Exists, false)
}
