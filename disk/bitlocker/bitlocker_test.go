package bitlocker

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"updoc/disk/table"
	"updoc/testkit"
)

// memory is a volume in memory.
type memory = testkit.Memory

const created = 133500000000000000 // 2024-01-17 21:20:00 UTC

var volumeGUID = table.GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

func item(kind, value uint16, data []byte) []byte {
	b := make([]byte, 8)
	le.PutUint16(b, uint16(8+len(data)))
	le.PutUint16(b[2:], kind)
	le.PutUint16(b[4:], value)
	le.PutUint16(b[6:], 1)
	return append(b, data...)
}

func vmk(id byte, protection uint16) []byte {
	data := make([]byte, 28)
	data[0] = id
	le.PutUint64(data[16:], created)
	le.PutUint16(data[26:], protection)
	return item(entryVMK, valueVMK, append(data, item(0, 5, make([]byte, 20))...))
}

// block makes a metadata block of version 2.
func block(current, next State, protections ...uint16) []byte {
	var entries []byte
	for i, p := range protections {
		entries = append(entries, vmk(byte(i+1), p)...)
	}
	entries = append(entries, item(entryDescription, valueText, []byte("P\x00C\x00 \x00C\x00:\x00\x00\x00"))...)
	b := make([]byte, blockHeader+metadataHeader)
	copy(b, signature)
	le.PutUint16(b[10:], 2)
	le.PutUint16(b[12:], uint16(current))
	le.PutUint16(b[14:], uint16(next))
	le.PutUint64(b[16:], 48<<10)
	m := b[blockHeader:]
	le.PutUint32(m, uint32(metadataHeader+len(entries)))
	le.PutUint32(m[4:], 1)
	le.PutUint32(m[8:], metadataHeader)
	copy(m[16:], volumeGUID[:])
	le.PutUint32(m[36:], 0x8004)
	le.PutUint64(m[40:], created)
	return append(b, entries...)
}

// volume places a block three times behind a first sector.
func volume(b []byte) memory {
	m := make(memory, 64<<10)
	copy(m[3:], signature)
	copy(m[160:], identifier)
	for i, at := range []int{8 << 10, 24 << 10, 40 << 10} {
		le.PutUint64(m[176+8*i:], uint64(at))
		copy(m[at:], b)
	}
	return m
}

func read(t *testing.T, m memory) *Volume {
	t.Helper()
	v, err := Read(m, int64(len(m)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRead(t *testing.T) {
	m := volume(block(StateEncrypted, StateEncrypted, 0x0100, 0x0800))
	if !IsHeader(m) {
		t.Error("not recognised")
	}
	v := read(t, m)
	when := time.Date(2024, 1, 17, 21, 20, 0, 0, time.UTC)
	want := &Volume{
		Version: 2, GUID: volumeGUID, Current: StateEncrypted, Next: StateEncrypted, Method: "xts-aes-128", MethodCode: 0x8004,
		EncryptedSize: 48 << 10, Created: when, Description: "PC C:",
		Protectors: []Protector{
			{GUID: table.GUID{1}, Kind: "tpm", Code: 0x0100, Modified: when},
			{GUID: table.GUID{2}, Kind: "recovery-password", Code: 0x0800, Modified: when},
		},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got  %+v\nwant %+v", v, want)
	}
	if v.Suspended() || !v.Settled() {
		t.Errorf("suspended %v, settled %v", v.Suspended(), v.Settled())
	}
}

func TestSuspendedAndConverting(t *testing.T) {
	for _, tt := range []struct {
		current, next      State
		protections        []uint16
		suspended, settled bool
	}{
		{StateEncrypted, StateEncrypted, []uint16{0x0100, 0x0000}, true, true},
		{StateEncrypted, StateEncrypted, []uint16{0x2000}, false, true},
		{StateSwitching, StateEncrypted, []uint16{0x0500}, false, false},
		{StateSwitching, StateDecrypted, []uint16{0x0000}, true, false},
		{StateDecrypted, StateDecrypted, []uint16{0x0000}, false, false},
		{StatePaused, StateEncrypted, nil, false, false},
	} {
		v := read(t, volume(block(tt.current, tt.next, tt.protections...)))
		if v.Suspended() != tt.suspended || v.Settled() != tt.settled {
			t.Errorf("%v→%v %x: suspended %v, settled %v", tt.current, tt.next, tt.protections, v.Suspended(), v.Settled())
		}
	}
}

func TestToGo(t *testing.T) {
	b := block(StateEncrypted, StateEncrypted, 0x2000)
	m := volume(b)
	clear(m[:512])
	copy(m[3:], "MSWIN4.1")
	copy(m[424:], identifier)
	le.PutUint64(m[440:], 8<<10)
	le.PutUint64(m[448:], 24<<10)
	le.PutUint64(m[456:], 40<<10)
	if v := read(t, m); !v.ToGo || v.Protectors[0].Kind != "password" || !IsHeader(m) {
		t.Errorf("%+v", v)
	}
	clear(m[424:440])
	if _, err := Read(m, int64(len(m))); !errors.Is(err, ErrNotBitLocker) || IsHeader(m) {
		t.Errorf("a plain FAT volume of an old Windows: %v", err)
	}
}

func TestVistaNamesItsBlockByCluster(t *testing.T) {
	b := block(StateEncrypted, StateEncrypted, 0x0100)
	b[10] = 1
	m := make(memory, 64<<10)
	copy(m[3:], signature)
	le.PutUint16(m[11:], 512)
	m[13] = 8
	le.PutUint64(m[56:], 3)
	copy(m[3*4096:], b)
	if v := read(t, m); v.Version != 1 || v.EncryptedSize != 0 || len(v.Problems) != 0 {
		t.Errorf("%+v", v)
	}
}

func TestDamagedCopies(t *testing.T) {
	m := volume(block(StateEncrypted, StateEncrypted, 0x0100))
	m[8<<10] ^= 1
	le.PutUint16(m[40<<10+blockHeader+metadataHeader:], 3)
	v := read(t, m)
	if len(v.Problems) != 2 || v.Problems[0].Offset != 8<<10 || v.Problems[1].Offset != 40<<10 {
		t.Errorf("problems = %v", v.Problems)
	}
	m[24<<10] ^= 1
	if _, err := Read(m, int64(len(m))); !errors.Is(err, ErrNoMetadata) {
		t.Errorf("all damaged: %v", err)
	}
	if _, err := Read(m[:4096], 4096); !errors.Is(err, ErrNoMetadata) {
		t.Errorf("cut short: %v", err)
	}
}

func TestNotBitLocker(t *testing.T) {
	m := make(memory, 4096)
	copy(m[3:], "NTFS    ")
	if _, err := Read(m, 4096); !errors.Is(err, ErrNotBitLocker) || IsHeader(m) {
		t.Errorf("ntfs: %v", err)
	}
	if _, err := Read(m[:100], 100); err == nil || IsHeader(m[:100]) {
		t.Error("a tiny volume is accepted")
	}
}

func TestUnknownNumbersKeepTheirNumber(t *testing.T) {
	if got := State(9).String(); got != "unknown-9" {
		t.Error(got)
	}
	if got := method(0x9001); got != "unknown-0x9001" {
		t.Error(got)
	}
}

// Any bytes as a metadata block, and as a first sector before one.
func FuzzRead(f *testing.F) {
	f.Add([]byte(volume(nil)[:512]), block(StateEncrypted, StateEncrypted, 0, 0x0100))
	f.Fuzz(func(t *testing.T, first, b []byte) {
		m := volume(b[:min(len(b), 8<<10)])
		copy(m[:512], first)
		v, err := Read(m, int64(len(m)))
		if (v == nil) == (err == nil) {
			t.Errorf("%v, %v", v, err)
		}
		if v != nil {
			v.Suspended()
		}
	})
}
