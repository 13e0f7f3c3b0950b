package table

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"updoc/testkit"
)

func TestReadBackGPT(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		t.Run(fmt.Sprint(sector), func(t *testing.T) {
			tab := read(newGPTDisk(t, sector))
			wantCodes(t, tab)
			want := testParts()
			for i := range want {
				want[i].Index, want[i].Slot = i+1, i
			}
			if !reflect.DeepEqual(tab.Partitions, want) {
				t.Errorf("partitions = %+v\nwant %+v", tab.Partitions, want)
			}
			if tab.Kind != GPT || tab.SectorSize != sector || tab.DiskGUID != testDisk || tab.FromBackup {
				t.Errorf("table = %+v", tab)
			}
			ss := uint64(sector)
			first := 2*ss + 16384
			last := 20*mib - ss - 16384 - 1
			if tab.FirstUsable != first || tab.LastUsable != last {
				t.Errorf("usable %d-%d, want %d-%d", tab.FirstUsable, tab.LastUsable, first, last)
			}
			gaps := []Gap{{first, mib - first}, {14 * mib, 2 * mib}, {19 * mib, last + 1 - 19*mib}}
			if !reflect.DeepEqual(tab.Gaps, gaps) {
				t.Errorf("gaps = %v, want %v", tab.Gaps, gaps)
			}
		})
	}
}

func TestWrittenGPTPassesSgdisk(t *testing.T) {
	path := onDisk(t, newGPTDisk(t, 512))
	if out := testkit.Run(t, "sgdisk", "-v", path); !strings.Contains(out, "No problems found") {
		t.Errorf("sgdisk -v: %s", out)
	}
	out := testkit.Run(t, "sgdisk", "-i", "4", path)
	for _, want := range []string{"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "11111111-2222-3333-4444-555555555504", "8000000000000001", "First sector: 32768", "Last sector: 38911"} {
		if !strings.Contains(out, want) {
			t.Errorf("sgdisk -i 4 lacks %s: %s", want, out)
		}
	}
}

func TestWrittenGPTPassesSfdisk(t *testing.T) {
	path := onDisk(t, newGPTDisk(t, 512))
	out := testkit.Run(t, "sfdisk", "-d", path)
	for _, want := range []string{"label: gpt", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE", `name="\xe5\x9b\x9e\xe5\xbe\xa9 \xf0\x9f\x98\x80"`, `attrs="RequiredPartition GUID:63"`} {
		if !strings.Contains(out, want) {
			t.Errorf("sfdisk -d lacks %s: %s", want, out)
		}
	}
	if bad := testkit.Run(t, "sfdisk", "-V", path); !strings.Contains(bad, "No errors detected") {
		t.Errorf("sfdisk -V: %s", bad)
	}
}

func TestWritten4KnGPTPassesFdisk(t *testing.T) {
	out := testkit.Run(t, "fdisk", "-b", "4096", "-l", onDisk(t, newGPTDisk(t, 4096)))
	for _, want := range []string{"label type: gpt", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE", "Windows recovery environment", "4096  4863"} {
		if !strings.Contains(out, want) {
			t.Errorf("fdisk -l lacks %q: %s", want, out)
		}
	}
	if strings.Contains(out, "corrupt") {
		t.Errorf("fdisk -l: %s", out)
	}
}

func TestGPTDamageIsNamed(t *testing.T) {
	end := 20 * mib
	tests := []struct {
		name   string
		harm   func(m memory)
		backup bool
		parts  int
		codes  []string
	}{
		{"primary header", func(m memory) { m[512+60] ^= 1 }, true, 4, []string{CodePrimaryDamaged}},
		{"primary entries", func(m memory) { m[1024+3] ^= 1 }, true, 4, []string{CodePrimaryDamaged}},
		{"primary wiped", func(m memory) { clear(m[512:17408]) }, true, 4, []string{CodePrimaryDamaged}},
		{"backup header", func(m memory) { m[end-512+60] ^= 1 }, false, 4, []string{CodeBackupDamaged}},
		{"backup entries", func(m memory) { m[end-512-16384] ^= 1 }, false, 4, []string{CodeBackupDamaged}},
		{"backup wiped", func(m memory) { clear(m[end-17000:]) }, false, 4, []string{CodeBackupDamaged}},
		{"both", func(m memory) { m[512+60] ^= 1; m[end-512+60] ^= 1 }, false, 0, []string{CodeBackupDamaged, CodePrimaryDamaged}},
		{"all wiped but the MBR", func(m memory) { clear(m[512:]) }, false, 0, []string{CodeBackupDamaged, CodePrimaryDamaged}},
		{"no protective MBR", func(m memory) { clear(m[:512]) }, false, 4, []string{CodeNoProtective}},
		{"hybrid", func(m memory) { putMBREntry(m, 1, true, 7, 12288, 16384) }, false, 4, []string{CodeHybridMBR}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newGPTDisk(t, 512)
			tt.harm(m)
			before := bytes.Clone(m)
			tab := read(m)
			wantCodes(t, tab, tt.codes...)
			if tab.Kind != GPT || len(tab.Partitions) != tt.parts || tab.FromBackup != tt.backup {
				t.Errorf("kind %s, %d partitions, from backup %v", tab.Kind, len(tab.Partitions), tab.FromBackup)
			}
			if !bytes.Equal(before, m) {
				t.Error("reading changed the disk")
			}
		})
	}
}

func TestEnlargedDiskHasMisplacedBackup(t *testing.T) {
	m := append(newGPTDisk(t, 512), make(memory, 4*mib)...)
	tab := read(m)
	wantCodes(t, tab, CodeBackupMisplaced)
	if len(tab.Partitions) != 4 {
		t.Errorf("%d partitions", len(tab.Partitions))
	}
}

func TestTruncatedDiskLosesItsBackup(t *testing.T) {
	tab := read(newGPTDisk(t, 512)[:17*mib])
	wantCodes(t, tab, CodeBackupDamaged, CodeOutOfRange)
}

func TestSectorSizeMismatch(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		m := newGPTDisk(t, sector)
		tab := Read(m, int64(len(m)), 512+4096-sector)
		wantCodes(t, tab, CodeSectorSize)
		if len(tab.Partitions) != 4 || tab.SectorSize != sector || tab.Partitions[3].Start != 16*mib {
			t.Errorf("table = %+v", tab)
		}
	}
}

// unreadable is a disk whose first sector gives an error.
type unreadable struct{ memory }

func (u unreadable) ReadAt(p []byte, off int64) (int, error) {
	if off < 512 {
		return 0, errors.New("input/output error")
	}
	return u.memory.ReadAt(p, off)
}

func TestUnreadableFirstSector(t *testing.T) {
	m := newGPTDisk(t, 512)
	tab := Read(unreadable{m}, int64(len(m)), 0)
	wantCodes(t, tab, CodeUnreadable)
	if len(tab.Partitions) != 4 {
		t.Errorf("table = %+v", tab)
	}
}

func TestCopiesThatDiffer(t *testing.T) {
	m, other := newGPTDisk(t, 512), make(memory, 20*mib)
	if err := WriteGPT(other, int64(len(other)), 512, testDisk, testParts()[:3]); err != nil {
		t.Fatal(err)
	}
	copy(m[20*mib-17000:], other[20*mib-17000:])
	tab := read(m)
	wantCodes(t, tab, CodeCopiesDiffer)
	if len(tab.Partitions) != 4 {
		t.Errorf("the primary copy must be the one taken, got %d partitions", len(tab.Partitions))
	}
}

func TestSpecialTypesAreNamed(t *testing.T) {
	parts := testParts()
	parts[1].TypeGUID, parts[2].TypeGUID, parts[3].TypeGUID = TypeLDMMetadata, TypeLDMData, TypeStorageSpaces
	m := make(memory, 20*mib)
	if err := WriteGPT(m, int64(len(m)), 512, testDisk, parts); err != nil {
		t.Fatal(err)
	}
	wantCodes(t, read(m), CodeDynamicDisk, CodeDynamicDisk, CodeStorageSpaces)
}

// crossing writes a GPT whose entries were changed behind WriteGPT's checks.
func crossing(t *testing.T, change func(parts []Partition)) memory {
	t.Helper()
	parts := testParts()
	change(parts)
	m := make(memory, 20*mib)
	g, err := layOut(int64(len(m)), 512, testDisk)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := packEntries(parts, 512)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.write(m, entries); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPlacesThatCannotBe(t *testing.T) {
	wantCodes(t, read(crossing(t, func(p []Partition) { p[2].Start -= mib / 2 })), CodeOverlap)
	wantCodes(t, read(crossing(t, func(p []Partition) { p[3].Size = 40 * mib })), CodeOutOfRange)
	wantCodes(t, read(crossing(t, func(p []Partition) { p[0].Start = 512 * 3; p[0].Size = 1024 })), CodeOutOfRange)
	wantCodes(t, read(crossing(t, func(p []Partition) { p[3].Size = 4*mib - 512 })), CodeOutOfRange)
	wantCodes(t, read(crossing(t, func(p []Partition) { p[3].Size = 0 })), CodeGPTEntries)
}

func TestNumbersSkipEmptyEntries(t *testing.T) {
	m := newGPTDisk(t, 512)
	path := onDisk(t, m)
	testkit.Run(t, "sgdisk", "-d", "2", path)
	tab := read(testkit.ReadFile(t, path))
	wantCodes(t, tab)
	var got [][2]int
	for _, p := range tab.Partitions {
		got = append(got, [2]int{p.Index, p.Slot})
	}
	if want := [][2]int{{1, 0}, {2, 2}, {3, 3}}; !reflect.DeepEqual(got, want) {
		t.Errorf("index and slot = %v, want %v", got, want)
	}
}

func TestWriteGPTRefuses(t *testing.T) {
	for name, change := range map[string]func(p []Partition){
		"overlap":   func(p []Partition) { p[2].Start -= mib },
		"past end":  func(p []Partition) { p[3].Size = 4 * mib },
		"header":    func(p []Partition) { p[0].Start = 1024 },
		"unaligned": func(p []Partition) { p[0].Start++ },
		"empty":     func(p []Partition) { p[0].Size = 0 },
		"no GUID":   func(p []Partition) { p[0].GUID = GUID{} },
		"long name": func(p []Partition) { p[0].Name = strings.Repeat("x", 37) },
	} {
		parts := testParts()
		change(parts)
		m := make(memory, 20*mib)
		if err := WriteGPT(m, int64(len(m)), 512, testDisk, parts); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if len(bytes.Trim(m, "\x00")) != 0 {
			t.Errorf("%s: something was written", name)
		}
	}
}
