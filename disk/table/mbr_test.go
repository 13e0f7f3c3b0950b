package table

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"updoc/testkit"
)

func mbrParts() []Partition {
	return []Partition{
		{MBRType: 0x07, Active: true, Start: 1 * mib, Size: 2 * mib},
		{MBRType: 0x07, Start: 3 * mib, Size: 4 * mib},
		{MBRType: 0x27, Start: 18 * mib, Size: 2 * mib},
		{MBRType: 0x07, Logical: true, Start: 8 * mib, Size: 3 * mib},
		{MBRType: 0x0c, Logical: true, Start: 11*mib + 512*8, Size: mib},
		{MBRType: 0x07, Logical: true, Start: 14 * mib, Size: 2 * mib},
	}
}

func newMBRDisk(t *testing.T, sector int) memory {
	t.Helper()
	m := make(memory, 20*mib)
	if err := WriteMBR(m, int64(len(m)), sector, 0x12345678, mbrParts()); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReadBackMBR(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		t.Run(fmt.Sprint(sector), func(t *testing.T) {
			m := newMBRDisk(t, sector)
			tab := Read(m, int64(len(m)), sector)
			wantCodes(t, tab)
			want := mbrParts()
			for i := range want {
				want[i].Index, want[i].Slot = i+1, i
				if want[i].Logical {
					want[i].Slot = i + 1
				}
			}
			if !reflect.DeepEqual(tab.Partitions, want) {
				t.Errorf("partitions = %+v\nwant %+v", tab.Partitions, want)
			}
			if tab.Kind != MBR || tab.SectorSize != sector || tab.DiskSignature != 0x12345678 {
				t.Errorf("table = %+v", tab)
			}
			if want := []Gap{{7 * mib, 9 * mib}}; !reflect.DeepEqual(tab.Extended, want) {
				t.Errorf("extended = %v, want %v", tab.Extended, want)
			}
		})
	}
}

func TestWrittenMBRPassesSfdisk(t *testing.T) {
	path := onDisk(t, newMBRDisk(t, 512))
	out := regexp.MustCompile(` +`).ReplaceAllString(testkit.Run(t, "sfdisk", "-d", path), " ")
	for _, want := range []string{
		"label: dos", "label-id: 0x12345678",
		"img1 : start= 2048, size= 4096, type=7, bootable",
		"img3 : start= 36864, size= 4096, type=27",
		"img4 : start= 14336, size= 18432, type=f",
		"img5 : start= 16384, size= 6144, type=7",
		"img6 : start= 22536, size= 2048, type=c",
		"img7 : start= 28672, size= 4096, type=7",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("sfdisk -d lacks %q:\n%s", want, out)
		}
	}
	if bad := testkit.Run(t, "sfdisk", "-V", path); !strings.Contains(bad, "No errors detected") {
		t.Errorf("sfdisk -V: %s", bad)
	}
}

// What sfdisk writes must be read as sfdisk meant it.
func TestReadSfdisksExtended(t *testing.T) {
	path := onDisk(t, make(memory, 20*mib))
	script := "label: dos\nlabel-id: 0xdeadbeef\nstart=2048,size=4096,type=7,bootable\nstart=8192,size=30000,type=5\nstart=10240,size=2048,type=7\nstart=14336,size=4096,type=27\n"
	runInput(t, script, "sfdisk", path)
	tab := read(testkit.ReadFile(t, path))
	wantCodes(t, tab)
	want := []Partition{
		{Index: 1, Slot: 0, MBRType: 7, Active: true, Start: 2048 * 512, Size: 4096 * 512},
		{Index: 2, Slot: 4, MBRType: 7, Logical: true, Start: 10240 * 512, Size: 2048 * 512},
		{Index: 3, Slot: 5, MBRType: 0x27, Logical: true, Start: 14336 * 512, Size: 4096 * 512},
	}
	if !reflect.DeepEqual(tab.Partitions, want) || tab.DiskSignature != 0xdeadbeef {
		t.Errorf("table = %+v", tab)
	}
}

func TestExtendedLoopEnds(t *testing.T) {
	m := newMBRDisk(t, 512)
	// The last record's link leads back to the first.
	last := 13 * mib
	putMBREntry(m[last:], 1, false, 0x05, 0, 100)
	tab := read(m)
	wantCodes(t, tab, CodeExtendedLoop)
	if len(tab.Partitions) != 6 {
		t.Errorf("%d partitions", len(tab.Partitions))
	}
}

func TestBrokenChainKeepsWhatIsReadable(t *testing.T) {
	m := newMBRDisk(t, 512)
	clear(m[11*mib : 11*mib+512])
	tab := read(m)
	wantCodes(t, tab, CodeExtendedDamaged)
	if len(tab.Partitions) != 4 {
		t.Errorf("%d partitions, want the primary ones and the first logical", len(tab.Partitions))
	}
}

func TestMBRNamesDynamicDisksAndNonsense(t *testing.T) {
	m := newMBRDisk(t, 512)
	m[446+16+4] = 0x42
	wantCodes(t, read(m), CodeDynamicDisk)
	m = newMBRDisk(t, 512)
	binary.LittleEndian.PutUint32(m[446+16*2+12:], 1<<31)
	wantCodes(t, read(m), CodeOutOfRange)
	m = newMBRDisk(t, 512)
	binary.LittleEndian.PutUint32(m[446+12:], 5000)
	wantCodes(t, read(m), CodeOverlap)
}

func TestGPTRemnantOnMBRDisk(t *testing.T) {
	m := newGPTDisk(t, 512)
	mbr := make(memory, len(m))
	if err := WriteMBR(mbr, int64(len(mbr)), 512, 1, mbrParts()[:3]); err != nil {
		t.Fatal(err)
	}
	copy(m, mbr[:512])
	tab := read(m)
	wantCodes(t, tab, CodeGPTRemnant)
	if tab.Kind != MBR || len(tab.Partitions) != 3 {
		t.Errorf("table = %+v", tab)
	}
}

func TestNoTable(t *testing.T) {
	ntfs := make(memory, mib)
	copy(ntfs[3:], "NTFS    ")
	ntfs[510], ntfs[511] = 0x55, 0xaa
	for i := 100; i < 510; i++ {
		ntfs[i] = byte(i)
	}
	for name, m := range map[string]memory{"zeros": make(memory, mib), "volume": ntfs, "one sector": make(memory, 512), "nothing": nil} {
		if tab := read(m); tab.Kind != None || len(tab.Partitions) != 0 {
			t.Errorf("%s: %+v", name, tab)
		}
	}
	wantCodes(t, read(nil), CodeUnreadable)
}

func TestSectorSizeOfMBRIsFoundByBootSectors(t *testing.T) {
	m := newMBRDisk(t, 4096)
	copy(m[mib+3:], "NTFS    ")
	if tab := read(m); tab.SectorSize != 4096 || tab.Partitions[0].Start != mib {
		t.Errorf("table = %+v", tab)
	}
}

func TestWriteMBRRefuses(t *testing.T) {
	for name, change := range map[string]func(p []Partition) []Partition{
		"five primaries":     func(p []Partition) []Partition { p[3].Logical = false; p[5].Logical = false; return p },
		"overlap":            func(p []Partition) []Partition { p[1].Start -= mib; return p },
		"no room for record": func(p []Partition) []Partition { p[4].Start = 11 * mib; return p },
		"primary in between": func(p []Partition) []Partition { p[4].Logical = false; return p[1:] },
		"extended type":      func(p []Partition) []Partition { p[1].MBRType = 5; return p },
	} {
		m := make(memory, 20*mib)
		if err := WriteMBR(m, int64(len(m)), 512, 1, change(mbrParts())); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGUIDText(t *testing.T) {
	want := "de94bba4-06d1-4d40-a16a-bfd50179d6ac"
	onDisk := [16]byte{0xa4, 0xbb, 0x94, 0xde, 0xd1, 0x06, 0x40, 0x4d, 0xa1, 0x6a, 0xbf, 0xd5, 0x01, 0x79, 0xd6, 0xac}
	if TypeRecovery != GUID(onDisk) || TypeRecovery.String() != want {
		t.Errorf("recovery = %s", TypeRecovery)
	}
}
