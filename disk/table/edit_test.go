package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"updoc/testkit"
)

// failer is what both kinds of test can do.
type failer interface {
	Helper()
	Fatal(...any)
}

func edit(t failer, m memory, sector int) *Editor {
	t.Helper()
	e, err := Edit(m, int64(len(m)), sector)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// carryOut makes the writes and wants them to be in the order of their parts.
func carryOut(t failer, m memory, e *Editor) {
	t.Helper()
	writes := e.Writes()
	if !slices.IsSortedFunc(writes, func(a, b Write) int { return int(a.Part - b.Part) }) {
		t.Fatal("the parts are out of order")
	}
	for _, w := range writes {
		if !slices.ContainsFunc(e.Areas(), func(a Area) bool {
			return a.Part == w.Part && w.Offset >= a.Offset && w.Offset+int64(len(w.Data)) <= a.Offset+a.Size
		}) {
			t.Fatal("a write lies outside of the area of its part")
		}
		if _, err := m.WriteAt(w.Data, w.Offset); err != nil {
			t.Fatal(err)
		}
	}
}

// seen is what sfdisk and, for GPT, sgdisk see on the disk, a line each, checked for faults.
func seen(t *testing.T, m memory, sector int, gpt bool) []string {
	t.Helper()
	dev := onDisk(t, m)
	if sector != 512 {
		cmd := testkit.Command(t, "losetup", "-f", "--show", "-b", fmt.Sprint(sector), dev)
		out, err := cmd.Output()
		testkit.Need(t, err == nil, "loop devices")
		dev = strings.TrimSpace(string(out))
		t.Cleanup(func() { testkit.Run(t, "losetup", "-d", dev) })
	}
	if out := testkit.Run(t, "sfdisk", "-V", dev); !strings.Contains(out, "No errors detected") {
		t.Errorf("sfdisk -V: %s", out)
	}
	if out := ""; gpt {
		if out = testkit.Run(t, "sgdisk", "-v", dev); !strings.Contains(out, "No problems found") {
			t.Errorf("sgdisk -v: %s", out)
		}
	}
	names := strings.NewReplacer(dev+"p", "DISK", dev, "DISK")
	return strings.Split(names.Replace(testkit.Run(t, "sfdisk", "-d", dev)), "\n")
}

// difference are the lines only one side has, squeezed, with - and + in front.
func difference(before, after []string) (out []string) {
	for _, l := range before {
		if !slices.Contains(after, l) {
			out = append(out, "-"+strings.Join(strings.Fields(l), ""))
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			out = append(out, "+"+strings.Join(strings.Fields(l), ""))
		}
	}
	return out
}

func wantDifference(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the tools see\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func set(t failer, e *Editor, slot int, change func(p *Partition)) {
	t.Helper()
	for _, p := range e.Table().Partitions {
		if p.Slot == slot {
			change(&p)
			if err := e.Set(p); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no such slot")
}

// escaped is a name as sfdisk prints it.
func escaped(name string) string {
	var out strings.Builder
	for _, b := range []byte(name) {
		if b < 0x80 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "\\x%02x", b)
		}
	}
	return out.String()
}

func TestEditGPTAsToolsSeeIt(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		t.Run(fmt.Sprint(sector), func(t *testing.T) {
			m, s := newGPTDisk(t, sector), sector
			before := seen(t, m, sector, true)
			e := edit(t, m, sector)
			set(t, e, 2, func(p *Partition) { p.Size = 6 * mib })
			set(t, e, 3, func(p *Partition) {
				p.Start, p.Size, p.TypeGUID, p.Attributes = 13*mib, 6*mib, TypeBasicData, 1<<62
			})
			slot, err := e.Add(Partition{TypeGUID: TypeRecovery, GUID: mustGUID("11111111-2222-3333-4444-555555555505"),
				Name: "新しい", Attributes: 1 << 63, Start: 12 * mib, Size: mib})
			if slot != 4 || err != nil {
				t.Fatal(slot, err)
			}
			carryOut(t, m, e)
			line := func(sign string, n, start, size int, kind GUID, uuid int, name, attrs string) string {
				return strings.ReplaceAll(fmt.Sprintf("%sDISK%d:start=%d,size=%d,type=%s,uuid=11111111-2222-3333-4444-55555555550%d,name=\"%s\"%s",
					sign, n, start*mib/s, size*mib/s, strings.ToUpper(kind.String()), uuid, escaped(name), attrs), " ", "")
			}
			wantDifference(t, difference(before, seen(t, m, sector, true)),
				line("-", 3, 6, 8, TypeBasicData, 3, "Basic data partition", ""),
				line("-", 4, 16, 3, TypeRecovery, 4, "回復 😀", `,attrs="RequiredPartitionGUID:63"`),
				line("+", 3, 6, 6, TypeBasicData, 3, "Basic data partition", ""),
				line("+", 4, 13, 6, TypeBasicData, 4, "回復 😀", `,attrs="GUID:62"`),
				line("+", 5, 12, 1, TypeRecovery, 5, "新しい", `,attrs="GUID:63"`))
			if got := Read(m, int64(len(m)), sector); fmt.Sprint(got) != fmt.Sprint(e.Table()) {
				t.Errorf("the disk says %+v\nthe editor %+v", got, e.Table())
			}
		})
	}
}

func TestEditMBRAsToolsSeeIt(t *testing.T) {
	m := newMBRDisk(t, 512)
	copy(m, testkit.Noise(3, 440))
	before, bytesBefore := seen(t, m, 512, false), slices.Clone(m)
	e := edit(t, m, 512)
	set(t, e, 1, func(p *Partition) { p.Size = 3 * mib })
	set(t, e, 2, func(p *Partition) { p.Start, p.Size, p.MBRType = 16*mib, 4*mib, 0x07 })
	set(t, e, 4, func(p *Partition) { p.Size = 2 * mib })
	set(t, e, 5, func(p *Partition) { p.Start, p.Size = 12*mib, mib })
	carryOut(t, m, e)
	wantDifference(t, difference(before, seen(t, m, 512, false)),
		"-DISK2:start=6144,size=8192,type=7", "-DISK3:start=36864,size=4096,type=27",
		"-DISK5:start=16384,size=6144,type=7", "-DISK6:start=22536,size=2048,type=c",
		"+DISK2:start=6144,size=6144,type=7", "+DISK3:start=32768,size=8192,type=7",
		"+DISK5:start=16384,size=4096,type=7", "+DISK6:start=24576,size=2048,type=c")
	for i := range m {
		if m[i] != bytesBefore[i] && i < 446 {
			t.Fatalf("byte %d of the boot code or signature has changed", i)
		}
	}
	if got := Read(m, int64(len(m)), 512); fmt.Sprint(got) != fmt.Sprint(e.Table()) {
		t.Errorf("the disk says %+v\nthe editor %+v", got, e.Table())
	}
}

func TestAddToMBRAsToolsSeeIt(t *testing.T) {
	m := make(memory, 20*mib)
	parts := []Partition{{MBRType: 7, Active: true, Start: mib, Size: mib}, {MBRType: 7, Start: 2 * mib, Size: mib}, {MBRType: 7, Start: 3 * mib, Size: mib}}
	if err := WriteMBR(m, int64(len(m)), 512, 9, parts); err != nil {
		t.Fatal(err)
	}
	before := seen(t, m, 512, false)
	e := edit(t, m, 512)
	if slot, err := e.Add(Partition{MBRType: 0x27, Start: 10 * mib, Size: mib}); slot != 3 || err != nil {
		t.Fatal(slot, err)
	}
	if _, err := e.Add(Partition{MBRType: 0x27, Start: 12 * mib, Size: mib}); !errors.Is(err, ErrFull) {
		t.Errorf("a fifth partition: %v", err)
	}
	carryOut(t, m, e)
	wantDifference(t, difference(before, seen(t, m, 512, false)), "+DISK4:start=20480,size=2048,type=27")
	if want := testkit.Hex(t, "0046060127662501"); !bytes.Equal(m[446+48:446+48+8], want) {
		t.Errorf("cylinders: % x, want % x", m[446+48:446+48+8], want)
	}
}

// What sfdisk makes of a disk by itself must be the same to the byte, cylinders and all.
func TestEditsAreSfdisksToTheByte(t *testing.T) {
	script := func(size int) string {
		return fmt.Sprintf("label: dos\nlabel-id: 0x1\nsize=20480, type=7, bootable\nstart=40960, size=%d, type=7\n", size)
	}
	bySfdisk := func(script string) memory {
		path := testkit.EmptyDisk(t, 200*mib)
		runInput(t, script, "sfdisk", path)
		head := make(memory, mib)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.ReadAt(head, 0); err != nil {
			t.Fatal(err)
		}
		return head
	}
	m := bySfdisk(script(300000))
	e, err := Edit(m, 200*mib, 512)
	if err != nil {
		t.Fatal(err)
	}
	set(t, e, 1, func(p *Partition) { p.Size = 200000 * 512 })
	if _, err := e.Add(Partition{MBRType: 0x27, Start: 300000 * 512, Size: 20000 * 512}); err != nil {
		t.Fatal(err)
	}
	carryOut(t, m, e)
	if want := bySfdisk(script(200000) + "start=300000, size=20000, type=27\n"); !bytes.Equal(m, want) {
		t.Errorf("% x\nsfdisk\n% x", m[440:512], want[440:512])
	}
}

// Shrinking the last logical partition shortens the link to its record, as sfdisk has it.
func TestLinkFollowsTheLogicalPartition(t *testing.T) {
	m := newMBRDisk(t, 512)
	e := edit(t, m, 512)
	set(t, e, 6, func(p *Partition) { p.Size = mib })
	carryOut(t, m, e)
	link := m[11*mib+512*8-(512*8)+446+16:]
	record := binary.LittleEndian.Uint32(link[8:]) + 7*mib/512
	if end := record + binary.LittleEndian.Uint32(link[12:]); end != 15*mib/512 {
		t.Errorf("the link ends in sector %d", end)
	}
	if len(e.Writes()) != 2 {
		t.Errorf("%d writes", len(e.Writes()))
	}
}

func TestEditRefusesPlaces(t *testing.T) {
	gpt, mbr := edit(t, newGPTDisk(t, 512), 512), edit(t, newMBRDisk(t, 512), 512)
	for what, err := range map[string]error{
		"overlap":         gpt.Set(Partition{Slot: 2, TypeGUID: TypeESP, Start: 6 * mib, Size: 10*mib + 512}),
		"half a sector":   gpt.Set(Partition{Slot: 2, TypeGUID: TypeESP, Start: 6*mib + 1, Size: mib}),
		"empty":           gpt.Set(Partition{Slot: 2, TypeGUID: TypeESP, Start: 6 * mib}),
		"over the backup": gpt.Set(Partition{Slot: 3, TypeGUID: TypeESP, Start: 16 * mib, Size: 4 * mib}),
		"around":          gpt.Set(Partition{Slot: 3, TypeGUID: TypeESP, Start: 16 * mib, Size: ^uint64(0) - 511}),
		"over the header": gpt.Set(Partition{Slot: 0, TypeGUID: TypeESP, Start: 512, Size: mib}),
		"into extended":   mbr.Set(Partition{Slot: 1, MBRType: 7, Start: 3 * mib, Size: 4*mib + 512}),
		"over a record":   mbr.Set(Partition{Slot: 4, MBRType: 7, Start: 8 * mib, Size: 3*mib + 512}),
		"before its own":  mbr.Set(Partition{Slot: 4, MBRType: 7, Start: 7 * mib, Size: mib}),
		"out of extended": mbr.Set(Partition{Slot: 6, MBRType: 7, Start: 14 * mib, Size: 2*mib + 512}),
		"over the MBR":    mbr.Set(Partition{Slot: 0, MBRType: 7, Start: 0, Size: mib}),
	} {
		if !errors.Is(err, ErrPlace) {
			t.Errorf("%s: %v", what, err)
		}
	}
	free := Partition{Start: 14 * mib, Size: mib}
	_, untyped := gpt.Add(free)
	free.TypeGUID, free.GUID = TypeESP, testParts()[0].GUID
	_, taken := gpt.Add(free)
	for what, err := range map[string]error{
		"untyped": untyped, "a GUID twice": taken,
		"no type":       mbr.Set(Partition{Slot: 0, Start: mib, Size: mib}),
		"extended":      mbr.Set(Partition{Slot: 0, MBRType: 5, Start: mib, Size: mib}),
		"type of a GPT": gpt.Set(Partition{Slot: 0, MBRType: 7, Start: mib, Size: mib}),
	} {
		if !errors.Is(err, ErrType) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := gpt.Set(Partition{Slot: 9, TypeGUID: TypeESP, Start: mib, Size: mib}); !errors.Is(err, ErrNoPartition) {
		t.Error(err)
	}
	if len(gpt.Writes())+len(mbr.Writes()) > 0 {
		t.Error("a refused edit would be written")
	}
}

func TestEditRefusesUnsoundTables(t *testing.T) {
	for want, spoil := range map[string]func(m memory){
		CodePrimaryDamaged:  func(m memory) { m[512+56]++ },
		CodeBackupDamaged:   func(m memory) { m[len(m)-512+56]++ },
		CodeHybridMBR:       func(m memory) { putMBREntry(m, 1, false, 7, 2048, 2048) },
		CodeNoProtective:    func(m memory) { clear(m[:512]) },
		CodeCopiesDiffer:    func(m memory) { m[512+48]--; sumHeader(m[512:]) },
		CodeBackupMisplaced: func(m memory) { m[512+32]--; sumHeader(m[512:]) },
	} {
		m := newGPTDisk(t, 512)
		spoil(m)
		var unsound *UnsoundError
		_, err := Edit(m, int64(len(m)), 512)
		if !errors.As(err, &unsound) || !slices.ContainsFunc(unsound.Problems, func(p Problem) bool { return p.Code == want }) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Edit(make(memory, mib), mib, 512); !errors.Is(err, ErrNoTable) {
		t.Error(err)
	}
	longer := append(newGPTDisk(t, 512), make(memory, mib)...)
	if _, err := Edit(longer, int64(len(longer)), 512); err == nil {
		t.Error("a backup that is not at the end is accepted")
	}
}

func sumHeader(h []byte) { binary.LittleEndian.PutUint32(h[16:], headerSum(h[:gptHeaderSize])) }

// wideEntries makes a GPT of entries of 256 bytes, whose unknown half is full of noise.
func wideEntries(t *testing.T) memory {
	m := newGPTDisk(t, 512)
	end := len(m) - 512
	entries := testkit.Noise(5, 64*256)
	for i := range 64 {
		copy(entries[i*256:i*256+128], m[1024+i*128:1024+(i+1)*128])
	}
	for _, c := range []struct{ header, entries int }{{512, 1024}, {end, end - 32*512}} {
		copy(m[c.entries:], entries)
		h := m[c.header:]
		binary.LittleEndian.PutUint32(h[80:], 64)
		binary.LittleEndian.PutUint32(h[84:], 256)
		binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
		sumHeader(h)
	}
	return m
}

func TestEditKeepsWideEntries(t *testing.T) {
	m := wideEntries(t)
	before := slices.Clone(m)
	e := edit(t, m, 512)
	set(t, e, 3, func(p *Partition) { p.Size = 2 * mib })
	carryOut(t, m, e)
	wantCodes(t, read(m))
	for i := range m {
		inEntry := func(at int) bool { return i >= at+3*256+40 && i < at+3*256+48 }
		inHeader := func(at int) bool { return i >= at+16 && i < at+20 || i >= at+88 && i < at+92 }
		end := len(m) - 512
		if m[i] != before[i] && !inEntry(1024) && !inEntry(end-32*512) && !inHeader(512) && !inHeader(end) {
			t.Fatalf("byte %d has changed", i)
		}
	}
}

// An edit and its inverse leave the disk as it was, to the byte.
func TestEditAndBack(t *testing.T) {
	gpt512, gpt4k, mbr, wide := newGPTDisk(t, 512), newGPTDisk(t, 4096), newMBRDisk(t, 512), wideEntries(t)
	rapid.Check(t, func(t *rapid.T) {
		sector := 512
		before := []memory{gpt512, gpt4k, mbr, wide}[rapid.IntRange(0, 3).Draw(t, "disk")]
		if &before[0] == &gpt4k[0] {
			sector = 4096
		}
		m := slices.Clone(before)
		e := edit(t, m, sector)
		old := rapid.SampledFrom(slices.Clone(e.Table().Partitions)).Draw(t, "partition")
		p := old
		p.Start = uint64(rapid.IntRange(0, 20*mib/sector).Draw(t, "start") * sector)
		p.Size = uint64(rapid.IntRange(1, 4*mib/sector).Draw(t, "size") * sector)
		if rapid.Bool().Draw(t, "only shrink") {
			p.Start, p.Size = old.Start, min(p.Size, old.Size)
		}
		if e.Set(p) != nil {
			t.Skip("no place there")
		}
		carryOut(t, m, e)
		after := Read(m, int64(len(m)), sector)
		if len(after.Problems) > 0 || fmt.Sprint(after) != fmt.Sprint(e.Table()) {
			t.Fatalf("the disk says %+v\nthe editor %+v", after, e.Table())
		}
		back := edit(t, m, sector)
		if err := back.Set(old); err != nil {
			t.Fatal(err)
		}
		carryOut(t, m, back)
		if !bytes.Equal(m, before) {
			t.Fatal("the disk is not as it was")
		}
	})
}
