package ntfs

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
)

func recordAt(num int) int { return (miniMFT + num) * miniCluster }

func hasProblem(v *Volume, code string) bool {
	return slices.ContainsFunc(v.Problems(), func(p Problem) bool { return p.Code == code })
}

func TestBackupBootSector(t *testing.T) {
	b := newMini()
	clear(b[:512])
	v := openMini(t, b)
	if !hasProblem(v, "boot-sector-damaged") {
		t.Errorf("problems = %v", v.Problems())
	}
	if got, err := fs.ReadFile(v, "resident"); err != nil || string(got) != "resident" {
		t.Errorf("%q, %v", got, err)
	}
	clear(b[len(b)-512:])
	if _, err := Open(b, int64(len(b))); !errors.Is(err, ErrNotNTFS) {
		t.Errorf("without any boot sector: %v", err)
	}
}

func TestMirrorOfTheFileTable(t *testing.T) {
	b := newMini()
	b[recordAt(0)+510] ^= 1
	v := openMini(t, b)
	if !hasProblem(v, "mft-record-damaged") {
		t.Errorf("problems = %v", v.Problems())
	}
	if got, err := fs.ReadFile(v, "resident"); err != nil || string(got) != "resident" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTornRecordHurtsItsFileAlone(t *testing.T) {
	b := newMini()
	b[recordAt(miniResident)+510] ^= 1
	v := openMini(t, b)
	if _, err := v.Open("resident"); !errors.Is(err, ErrDamaged) {
		t.Errorf("torn file: %v", err)
	}
	if !hasProblem(v, "mft-record-damaged") {
		t.Errorf("problems = %v", v.Problems())
	}
	if _, err := fs.ReadFile(v, "Packed"); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
}

func TestTornFolderBlockKeepsTheRest(t *testing.T) {
	b := newMini()
	v := openMini(t, b)
	rec, err := v.record(miniFolder)
	if err != nil {
		t.Fatal(err)
	}
	at := rec.matching(attrIndexAlloc, indexName)[0].runs[0].LCN * miniCluster
	b[at+510] ^= 1
	v = openMini(t, b)
	entries, err := v.ReadDir("Folder")
	if want := []string{"middle", "Übergröße"}; !errors.Is(err, ErrDamaged) || !slices.Equal(names(entries), want) {
		t.Errorf("%v, %v", names(entries), err)
	}
	if !hasProblem(v, "index-damaged") {
		t.Errorf("problems = %v", v.Problems())
	}
	if _, err := v.Open("Folder/inner.txt"); !errors.Is(err, ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name behind a torn block may exist, so it is damage, not absence: %v", err)
	}
	if _, err := fs.ReadFile(v, "Folder/middle"); err != nil {
		t.Error(err)
	}
}

func TestReusedRecordIsNotTheFileMeant(t *testing.T) {
	b := newMini()
	b[recordAt(miniResident)+16]++
	v := openMini(t, b)
	if _, err := v.Open("resident"); !errors.Is(err, ErrDamaged) || !hasProblem(v, "stale-reference") {
		t.Errorf("%v, %v", err, v.Problems())
	}
}

func TestDirtyFlags(t *testing.T) {
	for flags, want := range map[byte]bool{0: false, 1: true, 2: false} {
		b := newMini()
		m := &mini{b: b}
		m.put(recordVolume, 1, 0, stdInfo(6), local(attrVolumeInfo, "", []byte{0, 0, 0, 0, 0, 0, 0, 0, 3, 1, flags, 0}))
		if v := openMini(t, b); v.Dirty() != want || v.Flags() != uint16(flags) {
			t.Errorf("flags %d: dirty %v", flags, v.Dirty())
		}
	}
	b := newMini()
	clear(b[recordAt(recordVolume):][:1024])
	if v := openMini(t, b); !v.Dirty() || len(v.Problems()) == 0 {
		t.Error("an unreadable $Volume must count as dirty and be told")
	}
}

// logMini gives the mini volume with its journal's two pages changed.
func logMini(t *testing.T, change func(page []byte, second bool)) *Volume {
	t.Helper()
	b := newMini()
	v := openMini(t, b)
	rec, err := v.record(recordLogFile)
	if err != nil {
		t.Fatal(err)
	}
	at := rec.matching(attrData, "")[0].runs[0].LCN * miniCluster
	change(b[at:at+4096], false)
	change(b[at+4096:at+8192], true)
	return openMini(t, b)
}

func TestLogFileStates(t *testing.T) {
	open := func(p []byte, _ bool) { le.PutUint16(p[64+12:], 0) }
	for name, tt := range map[string]struct {
		change func(p []byte, second bool)
		want   LogState
	}{
		"no client":        {func([]byte, bool) {}, LogClean},
		"client":           {open, LogUnclean},
		"client but clean": {func(p []byte, s bool) { open(p, s); le.PutUint16(p[64+14:], restartClean) }, LogClean},
		"empty":            {func(p []byte, _ bool) { fill(p, 0xff) }, LogClean},
		"first empty only": {func(p []byte, s bool) {
			if !s {
				fill(p, 0xff)
			}
		}, LogUnknown},
		"zeros":  {func(p []byte, _ bool) { clear(p) }, LogUnknown},
		"record": {func(p []byte, _ bool) { copy(p, "RCRD") }, LogUnknown},
		"newer second": {func(p []byte, s bool) {
			if s {
				open(p, s)
				p[64] = 101
			}
		}, LogUnclean},
		"older second": {func(p []byte, s bool) {
			if s {
				open(p, s)
				p[64] = 99
			}
		}, LogClean},
		"first torn": {func(p []byte, s bool) {
			if !s {
				p[510] ^= 1
			} else {
				open(p, s)
			}
		}, LogUnclean},
		"both torn": {func(p []byte, _ bool) { p[1022] ^= 1 }, LogUnknown},
		"checked":   {func(p []byte, _ bool) { copy(p, "CHKD") }, LogClean},
	} {
		v := logMini(t, tt.change)
		if got := v.LogFile(); got.State != tt.want || got.Reason == "" {
			t.Errorf("%s: %+v, want %s", name, got, tt.want)
		}
	}
}

func TestLogFileThatChkdskWrote(t *testing.T) {
	if l := logMini(t, func(p []byte, _ bool) { copy(p, "CHKD") }).LogFile(); !l.Checked || l.Major != 1 || l.Minor != 1 {
		t.Errorf("log = %+v", l)
	}
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}

func TestVolumeCutShort(t *testing.T) {
	b := newMini()
	cut := b[:200*miniCluster]
	v := openMini(t, cut)
	if !hasProblem(v, "volume-truncated") {
		t.Errorf("problems = %v", v.Problems())
	}
	if got, err := fs.ReadFile(v, "resident"); err != nil || string(got) != "resident" {
		t.Errorf("%q, %v", got, err)
	}
	whole, err := openMini(t, b).FreeBytes()
	if err != nil {
		t.Fatal(err)
	}
	if free, err := v.FreeBytes(); err != nil || free != whole {
		t.Errorf("free = %d, %v; the bitmap is there and says %d", free, err, whole)
	}
}

// A missing piece of a run list must not read as zeros.
func TestMissingPieceIsDamage(t *testing.T) {
	b := newMini()
	m := &mini{b: b}
	m.put(miniExtension, 1, miniListed|1<<48, remote(attrData, "", 0, 7, 0, 0, 100, 1))
	v := openMini(t, b)
	if _, err := fs.ReadFile(v, "Folder/Übergröße"); !errors.Is(err, ErrDamaged) {
		t.Errorf("err = %v", err)
	}
}

func TestFolderThatLeadsIntoItself(t *testing.T) {
	b := newMini()
	m := &mini{b: b, next: 400}
	at := m.store(indexBlock(0, indexEntry(0, "", 0, 0, 0, 0)))
	m.put(miniFolder, 3, 0, stdInfo(0x10), indexRoot(indexEntry(0, "", 0, 0, 0, 0)), remote(attrIndexAlloc, indexName, 0, 0, 1024, 1024, at, 1))
	v := openMini(t, b)
	if _, err := v.ReadDir("Folder"); !errors.Is(err, ErrDamaged) {
		t.Errorf("list: %v", err)
	}
	if _, err := v.Open("Folder/x"); !errors.Is(err, ErrDamaged) {
		t.Errorf("lookup: %v", err)
	}
}
