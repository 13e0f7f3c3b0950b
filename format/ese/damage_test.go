package ese

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
)

// seal gives a page of a written database its checksums again after a change.
func seal(b []byte, number int) {
	p := b[(number+1)*writtenPage : (number+2)*writtenPage]
	binary.LittleEndian.PutUint32(p, xor(p, uint32(number), 8))
	binary.LittleEndian.PutUint32(p[4:], ecc(p))
}

// The header is checked; its copy stands in for it, and without both there is nothing.
func TestHeader(t *testing.T) {
	b := write(t, WriteOptions{Time: made, Dirty: true}, history(3))
	h, err := ReadHeader(bytes.NewReader(b), int64(len(b)))
	if err != nil || h.State != Dirty || h.Copy || h.PageSize != writtenPage {
		t.Fatalf("%+v, %v", h, err)
	}
	b[600] ^= 1
	if h, err := ReadHeader(bytes.NewReader(b), int64(len(b))); err != nil || !h.Copy || h.State != Dirty {
		t.Errorf("%+v, %v", h, err)
	}
	b[writtenPage+52] ^= 1
	if h, err := ReadHeader(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrDamaged) {
		t.Errorf("both copies are damaged: %+v, %v", h, err)
	}
	for name, bad := range map[string][]byte{"empty": {}, "short": b[:100]} {
		if _, err := ReadHeader(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadHeader(bytes.NewReader(make([]byte, 9000)), 9000); !errors.Is(err, ErrNotESE) {
		t.Errorf("zeros: %v", err)
	}
}

// A damaged page costs its rows, and the damage is told.
func TestDamagedPage(t *testing.T) {
	b := write(t, WriteOptions{Time: made}, history(300))
	b[len(b)-writtenPage*8+900] ^= 0xff
	db := open(t, b)
	n, err := db.Count(db.Table("tbHistory"))
	if err != nil || n == 0 || n >= 300 || !errors.Is(db.Damage(), ErrDamaged) || db.Harmed != 1 {
		t.Errorf("%d rows, %v, %v, %d", n, err, db.Damage(), db.Harmed)
	}
}

// Pages that lead to themselves end.
func TestCircle(t *testing.T) {
	b := write(t, WriteOptions{Time: made}, history(300))
	db := open(t, b)
	root := int(db.Table("tbHistory").root)
	p := b[(root+1)*writtenPage:]
	binary.LittleEndian.PutUint32(p[writtenHead+16+2+5:], uint32(root))
	seal(b, root)
	db = open(t, b)
	if n, err := db.Count(db.Table("tbHistory")); err != nil || n == 0 || db.Damage() == nil {
		t.Errorf("%d, %v, %v", n, err, db.Damage())
	}
}

// Whoever no longer wants to know ends the reading.
func TestCancel(t *testing.T) {
	b := write(t, WriteOptions{Time: made}, history(30))
	ctx, cancel := context.WithCancel(context.Background())
	db, err := Open(ctx, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := db.Count(db.Table("tbHistory")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzRead: whatever the bytes, reading ends and tells only damage.
func FuzzRead(f *testing.F) {
	f.Add(write(f, WriteOptions{Time: made}, history(3)), 0, byte(0))
	f.Add(write(f, WriteOptions{Time: made}, history(120)), 26*writtenPage+60, byte(7))
	f.Fuzz(func(t *testing.T, b []byte, at int, v byte) {
		if at > 0 && at < len(b) {
			b[at] ^= v
		}
		for n := 1; (n+2)*writtenPage <= len(b); n++ {
			p := b[(n+1)*writtenPage : (n+2)*writtenPage]
			binary.LittleEndian.PutUint32(p, xor(p, uint32(n), 8)) // what is to be tried stands behind the checksum
		}
		readAll(t, b)
	})
}

// unpack undoes what the engine packs: seven bits a character.
func TestUnpack(t *testing.T) {
	for text, packed := range map[string][]byte{
		"":   nil,
		"aA": {packASCII<<3 | 5, 0xe1, 0x20},
	} {
		if got, ok := unpack(packed); string(got) != text || ok != (packed != nil) {
			t.Errorf("%x is %q, want %q", packed, got, text)
		}
	}
	if got, ok := unpack([]byte{packUnicode<<3 | 6, 0x61}); !ok || !bytes.Equal(got, []byte{'a', 0}) {
		t.Errorf("%x %v", got, ok)
	}
	if _, ok := unpack([]byte{3 << 3, 1, 2}); ok {
		t.Error("a way of packing that is not known")
	}
}
