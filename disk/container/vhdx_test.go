package container

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"updoc/codec/wintype"
	"updoc/testkit"
)

// smallVHDX is a dynamic disk of four blocks of 1 MiB, of which the second holds something. It keeps
// the places that the format fixes: headers, region tables, then metadata, block table and one block.
func smallVHDX() []byte {
	b := make([]byte, 3<<20+64)
	le := binary.LittleEndian
	copy(b, vhdxMagic)
	header := b[64<<10 : 68<<10]
	copy(header, "head")
	le.PutUint64(header[8:], 7)
	regions := b[192<<10 : 256<<10]
	copy(regions, "regi")
	le.PutUint32(regions[8:], 2)
	entry := func(e []byte, id string, at uint64, size uint32) {
		putGUID(e, id)
		le.PutUint64(e[16:], at)
		le.PutUint32(e[24:], size)
		le.PutUint32(e[28:], vhdxRequired)
	}
	entry(regions[16:], vhdxBlockTable, 1<<20, 1<<20)
	entry(regions[48:], vhdxMetadata, 512<<10, 128<<10)
	putMetadata(b[512<<10:])
	le.PutUint64(b[1<<20+8:], 2<<20|vhdxFull)
	copy(b[2<<20:], "second block")
	sealVHDX(b)
	return b
}

func putMetadata(b []byte) {
	le := binary.LittleEndian
	copy(b, "metadata")
	le.PutUint16(b[10:], 3)
	for i, item := range []struct {
		id    string
		value uint64
		size  uint32
	}{{vhdxParameters, 1 << 20, 8}, {vhdxDiskSize, 4 << 20, 8}, {vhdxLogicalSector, 512, 4}} {
		e := b[32+32*i:]
		putGUID(e, item.id)
		le.PutUint32(e[16:], uint32(64<<10+8*i))
		le.PutUint32(e[20:], item.size)
		le.PutUint32(e[24:], 4)
		le.PutUint64(b[64<<10+8*i:], item.value)
	}
}

func putGUID(b []byte, id string) {
	stored, err := wintype.ParseGUID(id)
	if err != nil {
		panic(err)
	}
	copy(b, stored[:])
}

// sealVHDX writes the checksums of the first header and region table anew.
func sealVHDX(b []byte) {
	for _, part := range [][]byte{b[64<<10 : 68<<10], b[192<<10 : 256<<10]} {
		clear(part[4:8])
		binary.LittleEndian.PutUint32(part[4:], crc32.Checksum(part, castagnoli))
	}
}

func TestSmallVHDX(t *testing.T) {
	img, err := openSource(memorySource(smallVHDX()), smallVHDX()[:headLen])
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 12)
	if _, err := img.ReadAt(got, 1<<20); err != nil || string(got) != "second block" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := img.ReadAt(got, 3<<20); err != nil || !allZero(got) {
		t.Errorf("a block that is not there: %q, %v", got, err)
	}
	if img.Size() != 4<<20 || img.SectorSize() != 512 || img.Format() != VHDX {
		t.Errorf("%d bytes, sectors of %d, %s", img.Size(), img.SectorSize(), img.Format())
	}
}

// What would have to be repaired or completed first is refused, with the way to convert it.
func TestVHDXThatNeedsMoreIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		format string
		change func(b []byte)
	}{
		"log":               {"log", func(b []byte) { b[64<<10+48] = 1 }},
		"parent flag":       {"parent", func(b []byte) { b[512<<10+64<<10+4] |= vhdxHasParent }},
		"parent locator":    {"parent", func(b []byte) { putGUID(b[512<<10+32+32*3:], vhdxParentLocator); b[512<<10+10] = 4 }},
		"unknown item":      {"metadata", func(b []byte) { b[512<<10+32] ^= 1 }},
		"unknown region":    {"damaged", func(b []byte) { b[192<<10+16] ^= 1 }},
		"no block size":     {"damaged", func(b []byte) { clear(b[512<<10+64<<10 : 512<<10+64<<10+4]) }},
		"endless":           {"damaged", func(b []byte) { b[512<<10+64<<10+15] = 0x7f }},
		"sectors of 7":      {"damaged", func(b []byte) { b[512<<10+64<<10+16] = 7 }},
		"no metadata":       {"damaged", func(b []byte) { b[512<<10] = 'M' }},
		"too few items":     {"damaged", func(b []byte) { b[512<<10+10] = 1 }},
		"table of nowhere":  {"damaged", func(b []byte) { clear(b[192<<10+16+24 : 192<<10+16+28]) }},
		"too large a table": {"damaged", func(b []byte) { b[512<<10+64<<10+8+5] = 0x20 }},
	} {
		b := smallVHDX()
		tt.change(b)
		sealVHDX(b)
		t.Run(name, func(t *testing.T) { wantUnsupported(t, testkit.WriteFile(t, "disk.vhdx", b), tt.format) })
	}
	wrongSum := smallVHDX()
	wrongSum[64<<10+9] = 1
	wantUnsupported(t, testkit.WriteFile(t, "disk.vhdx", wrongSum), "no header")
}

// The newer of two whole headers counts: here it says that the log is not empty.
func TestVHDXNewerHeaderCounts(t *testing.T) {
	b := smallVHDX()
	second := b[128<<10 : 132<<10]
	copy(second, b[64<<10:68<<10])
	second[8], second[48] = 8, 1
	clear(second[4:8])
	binary.LittleEndian.PutUint32(second[4:], crc32.Checksum(second, castagnoli))
	wantUnsupported(t, testkit.WriteFile(t, "disk.vhdx", b), "log")
}

func TestVHDXBlockTableDamage(t *testing.T) {
	half := smallVHDX()
	half[1<<20+8] |= vhdxPartial
	img := open(t, testkit.WriteFile(t, "half.vhdx", half))
	if _, err := img.ReadAt(make([]byte, 8), 1<<20); err == nil || !hasProblem(img, "vhdx-block-damaged") {
		t.Errorf("half filled: %v, %v", err, img.Problems())
	}
	short := smallVHDX()
	binary.LittleEndian.PutUint32(short[192<<10+16+24:], 16)
	sealVHDX(short)
	img = open(t, testkit.WriteFile(t, "short.vhdx", short))
	if _, err := img.ReadAt(make([]byte, 8), 3<<20); err == nil || !hasProblem(img, "vhdx-table-short") {
		t.Errorf("short table: %v, %v", err, img.Problems())
	}
}

// A real disk, made by Windows, must read as qemu-img reads it.
func TestVHDXOfWindows(t *testing.T) {
	dir := t.TempDir()
	disk, raw := filepath.Join(dir, "test.vhdx"), filepath.Join(dir, "disk.raw")
	unzip(t, testkit.Sample(t, "disk/velociraptor__test.vhdx.zip"), dir)
	testkit.Run(t, "qemu-img", "convert", "-f", "vhdx", "-O", "raw", disk, raw)
	want, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	img := open(t, disk)
	a, b := make([]byte, 1<<20), make([]byte, 1<<20)
	for off := int64(0); off < img.Size(); off += int64(len(a)) {
		n := int(min(int64(len(a)), img.Size()-off))
		_, errA := img.ReadAt(a[:n], off)
		_, errB := want.ReadAt(b[:n], off)
		if errA != nil || errB != nil || !bytes.Equal(a[:n], b[:n]) {
			t.Fatalf("at %d: %v, %v, or content differs", off, errA, errB)
		}
	}
}

func unzip(t *testing.T, path, dir string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
}

func FuzzVHDX(f *testing.F) {
	// The corpus is the part that can be changed, laid over a whole small disk: regions and metadata
	// are read, not only refused for their checksums.
	f.Add(smallVHDX()[192<<10:192<<10+80], smallVHDX()[512<<10:512<<10+128], smallVHDX()[512<<10+64<<10:512<<10+64<<10+24], smallVHDX()[1<<20:1<<20+32])
	f.Fuzz(func(t *testing.T, regions, items, values, table []byte) {
		b := smallVHDX()
		copy(b[192<<10:256<<10], regions)
		copy(b[512<<10:576<<10], items)
		copy(b[576<<10:640<<10], values)
		copy(b[1<<20:2<<20], table)
		sealVHDX(b)
		fuzzImage(t, b)
	})
}
