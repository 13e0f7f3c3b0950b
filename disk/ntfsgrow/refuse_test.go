package ntfsgrow

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"updoc/disk/ntfs"
	"updoc/testkit"
)

// front and tail are the room around the small volume of these tests.
const front, tail = 3 << 20, 1 << 20

// smallDisk is a disk with a formatted volume of 20 MB, a file with a stream in it, and the ranges.
func smallDisk(t testing.TB, files ...string) (d testkit.Memory, old, grown Range) {
	t.Helper()
	path := testkit.EmptyDisk(t, 20<<20)
	testkit.Run(t, "mkntfs", "-F", "-q", "-c", "4096", "-p", "0", "-H", "255", "-S", "63", path)
	src := testkit.WriteFile(t, "src", append([]byte("hibr"), testkit.Noise(3, 300000)...))
	testkit.Run(t, "ntfscp", "-f", path, src, "file")
	testkit.Run(t, "ntfscp", "-f", "-N", "extra", path, src, "file")
	for _, name := range files {
		testkit.Run(t, "ntfscp", "-f", path, src, name)
	}
	volume := testkit.ReadFile(t, path)
	d = make(testkit.Memory, front+len(volume)+tail)
	copy(d[front:], volume)
	return d, Range{front, int64(len(volume))}, Range{0, int64(len(d))}
}

// recordAt is where a file record begins on the small disk; mkntfs leaves $MFT's first records together.
func recordAt(d testkit.Memory, num int) int {
	return front + int(le.Uint64(d[front+48:]))*4096 + num*1024
}

// attrAt is where the first attribute of a kind begins in a record.
func attrAt(t testing.TB, d testkit.Memory, num int, kind uint32, remote byte) int {
	t.Helper()
	rec := recordAt(d, num)
	for at := rec + int(le.Uint16(d[rec+20:])); le.Uint32(d[at:]) != attrEnd; at += int(le.Uint32(d[at+4:])) {
		if le.Uint32(d[at:]) == kind && d[at+8] == remote {
			return at
		}
	}
	t.Fatalf("record %d has no attribute %#x", num, kind)
	return 0
}

func TestGrowRefuses(t *testing.T) {
	base, old, grown := smallDisk(t)
	for _, tt := range []struct {
		name string
		harm func(d testkit.Memory, old, grown *Range)
		want error
	}{
		{"nothing in common", func(_ testkit.Memory, old, _ *Range) { old.Start += tail + 512 }, ErrRange},
		{"begins later", func(_ testkit.Memory, _, grown *Range) { grown.Start, grown.Size = front+4096, 20<<20-4096 }, ErrRange},
		{"half a sector", func(_ testkit.Memory, _, grown *Range) { grown.Size -= 100 }, ErrRange},
		{"negative", func(_ testkit.Memory, _, grown *Range) { grown.Start -= 4096 }, ErrRange},
		{"overflow", func(_ testkit.Memory, _, grown *Range) { grown.Size = 1<<63 - 512 }, ErrRange},
		{"half a cluster", func(_ testkit.Memory, _, grown *Range) { grown.Start, grown.Size = 512, grown.Size-512 }, ErrAlignment},
		{"too many clusters", func(_ testkit.Memory, _, grown *Range) { grown.Size = 1 << 50 }, ErrTooLarge},
		{"partition too short", func(_ testkit.Memory, old, _ *Range) { old.Size -= 512 }, ErrBoot},
		{"mirror elsewhere", func(d testkit.Memory, _, _ *Range) { d[front+56]++ }, ErrBoot},
		{"no boot sector", func(d testkit.Memory, old, _ *Range) {
			clear(d[front : front+512])
			clear(d[old.End()-512 : old.End()])
		}, ntfs.ErrNotNTFS},
		{"only the spare boot sector", func(d testkit.Memory, _, _ *Range) { clear(d[front : front+512]) }, ntfs.ErrDamaged},
		{"dirty", func(d testkit.Memory, _, _ *Range) { d[attrAt(t, d, 3, 0x70, 0)+24+10] = 1 }, ErrDirty},
		{"version 1.2", func(d testkit.Memory, _, _ *Range) { d[attrAt(t, d, 3, 0x70, 0)+24+8] = 1 }, ErrVersion},
		{"journal", func(d testkit.Memory, _, _ *Range) { clear(d[logAt(t, d) : logAt(t, d)+8192]) }, ErrJournal},
		{"mirror differs", func(d testkit.Memory, _, _ *Range) { d[front+int(le.Uint64(d[front+56:]))*4096+1024+100]++ }, ErrMirror},
		{"bad cluster", badCluster(t), ErrBadClusters},
		{"bit set for nothing", func(d testkit.Memory, _, _ *Range) { d[bitmapAt(t, d)+500] |= 1 }, ErrBitmap},
		{"bit missing", func(d testkit.Memory, _, _ *Range) { d[bitmapAt(t, d)] &^= 1 }, ErrBitmap},
		{"torn record", func(d testkit.Memory, _, _ *Range) { d[recordAt(d, 9)+511]++ }, ntfs.ErrDamaged},
		{"rubbish for a record", func(d testkit.Memory, _, _ *Range) { copy(d[recordAt(d, 20):], "BAAD") }, ntfs.ErrDamaged},
		{"two files in one place", func(d testkit.Memory, _, _ *Range) {
			a, b := attrAt(t, d, 4, attrData, 1), attrAt(t, d, 10, attrData, 1)
			copy(d[b+64:b+68], d[a+64:a+68])
		}, ntfs.ErrDamaged},
		{"shadow copies", func(d testkit.Memory, _, _ *Range) { copy(d[front+vssHeader:], vssGUID); d[front+vssHeader+49] = 0x40 }, ErrSnapshots},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, o, n := bytes.Clone(base), old, grown
			tt.harm(d, &o, &n)
			wantRefused(t, d, o, n, 512, tt.want)
		})
	}
	wantRefused(t, bytes.Clone(base), old, grown, 4096, ErrBoot)
	wantRefused(t, bytes.Clone(base), old, grown, 0, ErrRange)
}

func wantRefused(t *testing.T, d testkit.Memory, old, grown Range, sector int, want error) {
	t.Helper()
	before := bytes.Clone(d)
	if err := Grow(d, old, grown, sector); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
	if !bytes.Equal(d, before) {
		t.Error("something was written")
	}
}

func TestGrowRefusesHibernated(t *testing.T) {
	d, old, grown := smallDisk(t, "hiberfil.sys")
	wantRefused(t, d, old, grown, 512, ErrHibernated)
}

// contentAt is where the first run of a file's content begins, by its two-byte cluster number.
func contentAt(t testing.TB, d testkit.Memory, num int) int {
	t.Helper()
	at := attrAt(t, d, num, attrData, 1)
	runs, err := ntfs.ParseRuns(d[at+64:at+72], 0)
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	return front + int(runs[0].LCN)*4096
}

func logAt(t testing.TB, d testkit.Memory) int    { return contentAt(t, d, recordLog) }
func bitmapAt(t testing.TB, d testkit.Memory) int { return contentAt(t, d, recordBitmap) }

func badCluster(t testing.TB) func(testkit.Memory, *Range, *Range) {
	return func(d testkit.Memory, _, _ *Range) {
		at := attrAt(t, d, recordBad, attrData, 1)
		last := int64(le.Uint64(d[at+24:]))
		copy(d[at+72:at+80], encode([]ntfs.Run{{VCN: 0, LCN: last, Count: 1}, {VCN: 1, LCN: ntfs.Sparse, Count: last}}))
		d[bitmapAt(t, d)+int(last/8)] |= 1 << (last % 8)
	}
}

// Snapshots and a boot sector's place matter to the beginning only: the end may grow.
func TestGrowWithSnapshotsAtTheEnd(t *testing.T) {
	d, old, grown := smallDisk(t)
	copy(d[front+vssHeader:], vssGUID)
	d[front+vssHeader+49] = 0x40
	grown.Start, grown.Size = front, grown.Size-front
	if err := Grow(d, old, grown, 512); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(d[:front], make([]byte, front)) {
		t.Error("something was written in front of the volume")
	}
}

// An encrypted file's clusters move like all others; nobody needs its key.
func TestGrowEncrypted(t *testing.T) {
	d, old, grown := smallDisk(t)
	at := attrAt(t, d, 64, attrData, 1)
	d[at+13] |= 0x40
	if err := Grow(d, old, grown, 512); err != nil {
		t.Error(err)
	}
	runs, err := ntfs.ParseRuns(d[at+64:at+72], 0)
	if err != nil || runs[0].LCN*4096 < front || d[at+13] != 0x40 {
		t.Error(runs, err)
	}
}

// Hidden sectors are the partition's place, up to what the field can hold.
func TestGrowHiddenSectors(t *testing.T) {
	d, old, grown := smallDisk(t)
	grown.Start, grown.Size = 1<<20, grown.Size-1<<20
	if err := Grow(d, old, grown, 512); err != nil || le.Uint32(d[1<<20+28:]) != 2048 {
		t.Error(err, le.Uint32(d[1<<20+28:]))
	}
	if hidden(1<<32-1) != 1<<32-1 || hidden(1<<32) != 0 {
		t.Error("hidden sectors at the limit of 32 bits")
	}
}

// fullRecord has one attribute with one run, and nothing left but spare bytes.
func fullRecord(t testing.TB, spare int) *record {
	t.Helper()
	b := make([]byte, 1024)
	copy(b, "FILE")
	le.PutUint16(b[20:], 56)
	le.PutUint32(b[24:], uint32(1024-spare))
	le.PutUint32(b[56:], attrData)
	le.PutUint32(b[60:], 72)
	b[64] = 1
	le.PutUint64(b[80:], 4)
	le.PutUint16(b[88:], 64)
	copy(b[120:], []byte{0x21, 5, 0x34, 0x12, 0, 0, 0, 0})
	rest := 1024 - spare - 8 - 128
	le.PutUint32(b[128:], 0x100)
	le.PutUint32(b[132:], uint32(rest))
	copy(b[152:128+rest], testkit.Noise(1, rest-24))
	b[136], b[137] = 0, 0
	le.PutUint32(b[128+rest:], attrEnd)
	return &record{7, b}
}

func TestSetRunsMakesRoom(t *testing.T) {
	runs := []ntfs.Run{{VCN: 0, LCN: 1 << 40, Count: 5}}
	r := fullRecord(t, 16)
	tail := bytes.Clone(r.b[128:r.used()])
	if err := r.setRuns(56, runs); err != nil {
		t.Fatal(err)
	}
	got, err := r.attr(56).runs()
	if err != nil || fmt.Sprint(got) != fmt.Sprint(runs) || r.used() != 1016 || !bytes.Equal(r.b[136:1016], tail) {
		t.Errorf("%v, %v, %d bytes used", got, err, r.used())
	}
	n := 0
	if err := r.each(func(int) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d attributes, %v", n, err)
	}
}

func TestSetRunsWithoutRoom(t *testing.T) {
	r := fullRecord(t, 0)
	before := bytes.Clone(r.b)
	if err := r.setRuns(56, []ntfs.Run{{VCN: 0, LCN: 1 << 40, Count: 5}}); !errors.Is(err, ErrNoRoom) || !bytes.Equal(r.b, before) {
		t.Error(err)
	}
	if err := r.setRuns(56, []ntfs.Run{{VCN: 0, LCN: 1 << 14, Count: 5}}); err != nil {
		t.Errorf("as long as before: %v", err)
	}
}

func TestSealIsUndoneByFixup(t *testing.T) {
	for _, stamp := range []uint16{1, 0xfffe, 0xffff, 0} {
		b := testkit.Noise(5, 4096)
		copy(b, "FILE0\x00\x09\x00")
		le.PutUint16(b[48:], stamp)
		r := &record{0, bytes.Clone(b)}
		seal(r.b)
		if next := le.Uint16(r.b[48:]); next == stamp || next == 0 || next == 0xffff {
			t.Errorf("%#x follows %#x", next, stamp)
		}
		if err := ntfs.Fixup(r.b, "FILE"); err != nil || !bytes.Equal(r.b[66:], b[66:]) {
			t.Errorf("after %#x: %v", stamp, err)
		}
	}
}

// image writes the disk's grown volume to a file for the tools.
func image(t testing.TB, d testkit.Memory) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "volume.img")
	if err := os.WriteFile(path, d, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A clean journal that is not empty becomes so: its pages speak of the old cluster numbers.
func TestGrowEmptiesTheJournal(t *testing.T) {
	d, old, grown := smallDisk(t)
	at, size := logAt(t, d), int(le.Uint64(d[attrAt(t, d, recordLog, attrData, 1)+48:]))
	copy(d[at:], testkit.Noise(7, size))
	copy(d[at:at+4096], cleanRestartPage())
	if err := Grow(d, old, grown, 512); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d[at:at+size], bytes.Repeat([]byte{0xff}, size)) {
		t.Error("the journal is not empty")
	}
	if !clean(t, d) {
		t.Error("ntfsresize finds errors")
	}
}

// cleanRestartPage says that no client uses the journal.
func cleanRestartPage() []byte {
	b := make([]byte, 4096)
	copy(b, "RSTR")
	le.PutUint16(b[4:], 30)
	le.PutUint16(b[6:], 9)
	le.PutUint32(b[16:], 4096)
	le.PutUint32(b[20:], 4096)
	le.PutUint16(b[24:], 48)
	le.PutUint16(b[28:], 1)
	le.PutUint16(b[48+12:], 0xffff)
	seal(b)
	return b
}

func TestWriteBackupBootRefuses(t *testing.T) {
	base, old, _ := smallDisk(t)
	for _, tt := range []struct {
		partition Range
		sector    int
		want      error
	}{
		{Range{old.Start, old.Size - 512}, 512, ErrBoot},
		{old, 4096, ErrBoot},
		{Range{0, old.Size}, 512, ntfs.ErrNotNTFS},
		{Range{old.Start, old.Size + 1}, 512, ErrRange},
		{old, 0, ErrRange},
	} {
		d := slices.Clone(base)
		if err := WriteBackupBoot(d, tt.partition, tt.sector); !errors.Is(err, tt.want) || !bytes.Equal(d, base) {
			t.Errorf("%+v: %v, want %v", tt, err, tt.want)
		}
	}
}
