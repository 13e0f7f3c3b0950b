package ntfs

import (
	"errors"
	"testing"
)

// siiEntry is one entry of the index of descriptors.
func siiEntry(id uint32, at uint64, size uint32) []byte {
	b := make([]byte, siiEntryLength)
	le.PutUint16(b[8:], siiEntryLength)
	le.PutUint32(b[16:], id)
	le.PutUint32(b[24:], id)
	le.PutUint64(b[28:], at)
	le.PutUint32(b[36:], size)
	return b
}

func TestSearchSecurity(t *testing.T) {
	end := make([]byte, 24)
	le.PutUint16(end[8:], 24)
	le.PutUint16(end[12:], entryLast|entryHasChild)
	le.PutUint64(end[16:], 7)
	node := append(append(siiEntry(256, 0, 100), siiEntry(300, 112, 200)...), end...)
	found, _, err := searchSecurity(node, 300)
	if err != nil || le.Uint64(found[8:]) != 112 || le.Uint32(found[16:]) != 200 {
		t.Errorf("%x, %v", found, err)
	}
	for id, want := range map[uint32]int64{257: -1, 301: 7} {
		if found, child, err := searchSecurity(node, id); found != nil || child != want || err != nil {
			t.Errorf("%d: %x, child %d, %v", id, found, child, err)
		}
	}
	for n := range node {
		if found, child, err := searchSecurity(node[:n], 301); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d: %x, child %d, %v", n, found, child, err)
		}
	}
}
