package casekit

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"updoc/disk/bitlocker"
	"updoc/disk/table"
	"updoc/format/bcd"
	"updoc/format/reagent"
	"updoc/format/regf"
)

func TestDiskOfTheFirstCase(t *testing.T) {
	im := build(t, load(t, "winre-too-small-after-os"))
	if im.table.Kind != table.GPT || len(im.table.Problems) != 0 || len(im.table.Partitions) != 4 {
		t.Fatalf("table %s, problems %v, %d partitions", im.table.Kind, im.table.Problems, len(im.table.Partitions))
	}
	if out := say(t, "sgdisk", "-v", im.path); !strings.Contains(out, "No problems found") {
		t.Errorf("sgdisk: %s", out)
	}
	esp := im.part(1)
	if out := say(t, "fsck.fat", "-n", esp); strings.Contains(out, "ifference") || strings.Contains(out, "rror") {
		t.Errorf("fsck.fat: %s", out)
	}
	say(t, "ntfsresize", "-i", im.part(3))
	recovery := im.part(4)
	say(t, "ntfsresize", "-i", recovery)
	if free := freeBytes(t, recovery); free != 83<<20 {
		t.Errorf("recovery partition: %d bytes free, want %d", free, 83<<20)
	}
	wim := filepath.Join(t.TempDir(), "Winre.wim")
	if err := os.WriteFile(wim, []byte(cat(t, recovery, "/Recovery/WindowsRE/Winre.wim")), 0o666); err != nil {
		t.Fatal(err)
	}
	say(t, "wimlib-imagex", "verify", wim)
	if out := say(t, "wimlib-imagex", "info", wim, "1"); !regexp.MustCompile(`Service Pack Build: +1\n`).MatchString(out) {
		t.Errorf("wimlib-imagex info: %s", out)
	}
}

// freeBytes is what ntfsinfo counts.
func freeBytes(t *testing.T, part string) int64 {
	t.Helper()
	out := say(t, "ntfsinfo", "-m", "-f", part)
	m := regexp.MustCompile(`Free Clusters: (\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("ntfsinfo: %s", out)
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return n * cluster
}

// cat reads a file of an NTFS volume with foreign tools.
func cat(t *testing.T, part, path string) string {
	t.Helper()
	return say(t, "ntfscat", "-f", part, path)
}

func TestNTFSHoldsWhatTheFolderHolds(t *testing.T) {
	pc := load(t, "pending-reboot")
	dir, im := folder(t, pc), build(t, pc)
	windows := im.part(3)
	for _, path := range []string{
		"Windows/System32/config/SOFTWARE", "Windows/System32/config/SYSTEM", "Windows/System32/winevt/Logs/System.evtx",
		"Windows/Logs/CBS/CBS.log", "Windows/WinSxS/pending.xml", "Users/user/Documents/shopping list.txt",
	} {
		if want := read(t, dir, path); cat(t, windows, "/"+path) != string(want) {
			t.Errorf("%s differs between folder and disk", path)
		}
	}
	if out := say(t, "ntfsinfo", "-f", "-F", "/pagefile.sys", windows); !strings.Contains(out, "HIDDEN SYSTEM") {
		t.Errorf("pagefile.sys is not hidden: %s", out)
	}
}

// bootNames reads which partition the boot store's recovery entry names.
func (im *image) bootNames(store string) bcd.Partition {
	im.t.Helper()
	b := []byte(store)
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		im.t.Fatal(err)
	}
	k, err := h.Key("Objects")
	if err != nil {
		im.t.Fatal(err)
	}
	objects, err := k.Subkeys()
	if err != nil {
		im.t.Fatal(err)
	}
	for _, o := range objects {
		if v, err := h.Key(`Objects\` + o.Name() + `\Elements\31000003`); err == nil {
			if e, err := v.Value("Element"); err == nil {
				raw, _ := e.Bytes()
				return *bcd.ParseDevice(raw).Partition
			}
		}
	}
	return bcd.Partition{}
}

func TestReAgentAndBootStoreNameThePartition(t *testing.T) {
	im := build(t, load(t, "winre-too-small-after-os"))
	want := im.table.Partitions[3]
	store := say(t, "mtype", "-i", im.part(1), "::EFI/Microsoft/Boot/BCD")
	if got := im.bootNames(store); got.Style != bcd.GPT || got.ID.String() != "{"+want.GUID.String()+"}" {
		t.Errorf("boot store names %v, the table has %v", got.ID, want.GUID)
	}
	c, err := reagent.Parse([]byte(cat(t, im.part(3), "/Windows/System32/Recovery/ReAgent.xml")))
	if err != nil || c.State() != reagent.StateEnabled || c.Location.Offset != want.Start || c.Location.GUID != "{"+im.table.DiskGUID.String()+"}" {
		t.Errorf("ReAgent.xml: %+v, error %v, the partition starts at %d", c, err, want.Start)
	}
}

const oldDisk = `
about: an MBR disk of 40 GB with a logical partition, a gap, and WinRE on the Windows volume
now: 2024-03-01 10:00
disks:
- size: 40 GB
  table: mbr
  partitions:
  - {esp: 500 MB}
  - {windows: 20 GB, after: 300 MB, free: 5 GB}
  - {recovery: 450 MB}
  - {data: 2 GB, logical: yes}
  - {data: 1 GB, logical: yes}
winre: {at: windows, wim: {size: 20 MB, compression: lzx}}
`

func TestMBRDisk(t *testing.T) {
	im := build(t, parse(t, oldDisk))
	p := im.table.Partitions
	if im.table.Kind != table.MBR || len(im.table.Problems) != 0 || len(p) != 5 {
		t.Fatalf("%s, problems %v, %d partitions", im.table.Kind, im.table.Problems, len(p))
	}
	if !p[0].Active || p[2].MBRType != 0x27 || !p[3].Logical || p[2].Start-p[1].End() != 300<<20 {
		t.Errorf("partitions %+v", p)
	}
	if out := say(t, "sfdisk", "-d", im.path); strings.Count(out, "type=") != 6 {
		t.Errorf("sfdisk: %s", out)
	}
	windows := im.part(2)
	if free := freeBytes(t, windows) - 5<<30; free < 0 || free >= cluster {
		t.Errorf("drive C: has %d bytes more free than asked for", free)
	}
	if got := im.bootNames(cat(t, im.part(1), "/Boot/BCD")); got.Style != bcd.MBR || got.Offset != p[1].Start || got.Signature != im.table.DiskSignature {
		t.Errorf("boot store names %+v", got)
	}
	wim := filepath.Join(t.TempDir(), "w.wim")
	if err := os.WriteFile(wim, []byte(cat(t, im.part(2), "/Recovery/WindowsRE/Winre.wim")), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := say(t, "wimlib-imagex", "info", wim); !strings.Contains(out, "LZX") {
		t.Errorf("wimlib-imagex: %s", out)
	}
}

const largeSectors = `
about: a disk with sectors of 4096 bytes, an encrypted recovery partition, a second disk
now: 2024-03-01 10:00
disks:
- size: 32 GB
  sector: 4096
  partitions:
  - {esp: 300 MB}
  - {msr: 16 MB}
  - {windows: rest, label: Windows}
  - {recovery: 1 GB, encrypted: bitlocker suspended}
- {size: 2 GB, partitions: [{data: rest}]}
`

func TestLargeSectorsAndBitLocker(t *testing.T) {
	im := build(t, parse(t, largeSectors))
	if im.table.SectorSize != 4096 || len(im.table.Problems) != 0 || len(im.table.Partitions) != 4 {
		t.Fatalf("sector %d, problems %v", im.table.SectorSize, im.table.Problems)
	}
	if out := say(t, "ntfsinfo", "-m", "-f", im.part(3)); !regexp.MustCompile(`Sector Size: 4096`).MatchString(out) {
		t.Errorf("ntfsinfo: %s", out)
	}
	f, err := os.Open(im.part(4))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := bitlocker.Read(f, 1<<30)
	if err != nil || !v.Suspended() || !v.Settled() || len(v.Problems) != 0 {
		t.Errorf("BitLocker: %+v, error %v", v, err)
	}
	if out := say(t, "mdir", "-i", im.part(1), "::EFI/Microsoft/Boot"); !strings.Contains(out, "BCD") {
		t.Errorf("mdir: %s", out)
	}
	if out := say(t, "sgdisk", "-v", im.path+".1"); !strings.Contains(out, "No problems found") {
		t.Errorf("second disk: %s", out)
	}
}

const wornDisk = `
about: a GPT without its backup, a full and dirty drive C, an ESP without boot store
now: 2024-03-01 10:00
disks:
- damaged: backup
  size: 16 GB
  partitions:
  - {esp: 100 MB}
  - {windows: rest, free: 200 MB, dirty: yes}
files:
- {path: \EFI\Microsoft\Boot\BCD, on: esp, delete: yes}
- {path: \EFI\Vendor\a name of more than thirteen letters.bin, on: esp, size: 90 MB}
events:
- {log: System, at: 2024-02-20 10:00, provider: Microsoft-Windows-WinREAgent, id: 4502, level: 1, data: ['ErrorPhase: 3 (int32)', 'Errorcode: -2147024784 (int32)']}
`

func TestWornDisk(t *testing.T) {
	im := build(t, parse(t, wornDisk))
	if len(im.table.Problems) == 0 || len(im.table.Partitions) != 2 {
		t.Errorf("table problems %v, %d partitions", im.table.Problems, len(im.table.Partitions))
	}
	esp := im.part(1)
	say(t, "fsck.fat", "-n", esp)
	if out := say(t, "mdir", "-/", "-i", esp, "::"); !strings.Contains(out, "a name of more than thirteen letters.bin") || regexp.MustCompile(`BCD +\d`).MatchString(out) {
		t.Errorf("mdir: %s", out)
	}
	windows := im.part(2)
	if out := say(t, "ntfsinfo", "-m", "-f", windows); !strings.Contains(out, "Volume Flags: 0x0001 DIRTY") {
		t.Errorf("ntfsinfo: %s", out)
	}
	if free := freeBytes(t, windows) - 200<<20; free < 0 || free >= cluster {
		t.Errorf("drive C: has %d bytes more free than asked for", free)
	}
	log := filepath.Join(t.TempDir(), "System.evtx")
	if err := os.WriteFile(log, []byte(cat(t, windows, "/Windows/System32/winevt/Logs/System.evtx")), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := say(t, "evtxexport", "-f", "xml", log); !strings.Contains(out, `<Data Name="ErrorPhase">3</Data>`) {
		t.Errorf("evtxexport shows no ErrorPhase: %.300s", out)
	}
}

func TestDisksAreTheSameEachTimeAndCached(t *testing.T) {
	const text = "about: x\nnow: 2024-03-01 10:00\ndisks:\n- size: 1 GB\n  partitions: [{esp: 100 MB}, {windows: rest}, {recovery: 300 MB, free: 3 MB}]\n"
	a := build(t, parse(t, text))
	t.Setenv("UPDOC_CASE_CACHE", t.TempDir())
	b := build(t, parse(t, text))
	for n := 1; n <= 3; n++ {
		say(t, "cmp", a.part(n), b.part(n))
	}
	t.Setenv("PATH", t.TempDir()) // no tools: only the cache can answer
	again := filepath.Join(t.TempDir(), "again.img")
	if err := parse(t, text).Disk(context.Background(), again); err != nil {
		t.Errorf("from the cache: %v", err)
	}
}

func TestMissingToolsAreNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("UPDOC_CASE_CACHE", t.TempDir())
	err := parse(t, "about: x\nnow: 2024-03-01 10:00\n").Disk(context.Background(), filepath.Join(t.TempDir(), "x.img"))
	if err == nil || err.Error() != "not installed: mkntfs, ntfsfallocate, wimlib-imagex" {
		t.Errorf("error %v", err)
	}
}

func TestQCow2(t *testing.T) {
	tool(t, "qemu-img", "mkntfs", "wimlib-imagex", "ntfsfallocate")
	path := filepath.Join(t.TempDir(), "x.qcow2")
	if err := load(t, "winre-too-small-after-os").QCow2(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	say(t, "qemu-img", "check", path)
	if info, err := os.Stat(path); err != nil || info.Size() > 2400<<10 {
		t.Errorf("%v, error %v", info.Size(), err)
	}
}

// TestDemoIsWhatItsTextGives compares the files of the demo disk, not its bytes:
// other versions of the tools lay them out differently.
func TestDemoIsWhatItsTextGives(t *testing.T) {
	tool(t, "qemu-img", "ntfscat")
	im := &image{t: t, path: filepath.Join(t.TempDir(), "demo.img")}
	say(t, "qemu-img", "convert", "-O", "raw", "../testdata/sick-pc.qcow2", im.path)
	im.open()
	dir, windows := folder(t, load(t, "winre-too-small-after-os")), im.part(3)
	for _, path := range []string{
		"Windows/System32/config/SOFTWARE", "Windows/System32/config/SYSTEM", "Windows/System32/winevt/Logs/System.evtx",
		"Windows/System32/winevt/Logs/Setup.evtx", "Windows/Logs/CBS/CBS.log", "Windows/SoftwareDistribution/ReportingEvents.log",
		"Windows/System32/Recovery/ReAgent.xml", "Windows/System32/ntoskrnl.exe",
	} {
		if cat(t, windows, "/"+path) != string(read(t, dir, path)) {
			t.Errorf("%s: rebuild the demo with go run ./casekit/cmd/casekit build -o testdata/sick-pc.qcow2 cases/winre-too-small-after-os/pc.yaml", path)
		}
	}
}
