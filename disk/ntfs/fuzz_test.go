package ntfs

import (
	"io"
	"io/fs"
	"testing"
)

// Any bytes as a boot sector: what is accepted has a geometry that can be.
func FuzzBoot(f *testing.F) {
	f.Add([]byte(newMini()[:512]))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parseBoot(b)
		if err != nil {
			return
		}
		if g.cluster < g.sector || g.record < 512 || g.record > 64<<10 || g.index < 512 || g.bytes() <= 0 || g.clusters() <= 0 {
			t.Errorf("geometry %+v", g)
		}
	})
}

// Any bytes as a folder's node.
func FuzzNode(f *testing.F) {
	f.Add(indexNode(indexEntry(miniInner, "inner.txt", 1, 0x20, 0, 3), indexEntry(0, "", 0, 0, 0, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		node, err := nodeEntries(b)
		for err == nil && len(node) > 0 {
			before := len(node)
			var e entry
			e, node, err = nextEntry(node)
			if len(node) >= before && err == nil {
				t.Fatalf("no progress at %+v", e)
			}
		}
	})
}

// Any bytes as a run list: the runs follow each other and stay in bounds.
func FuzzRuns(f *testing.F) {
	f.Add([]byte{0x21, 5, 0x34, 0x12, 0x01, 3, 0x11, 2, 0xf0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		runs, _ := ParseRuns(b, 7)
		next := int64(7)
		for _, r := range runs {
			if r.VCN != next || r.Count <= 0 || r.LCN < Sparse {
				t.Fatalf("runs %+v", runs)
			}
			next += r.Count
		}
	})
}

// Any bytes as compressed data.
func FuzzLZNT1(f *testing.F) {
	f.Add(packedUnit())
	f.Fuzz(func(_ *testing.T, b []byte) {
		lznt1(make([]byte, 8192), b)
	})
}

// The mini volume with bytes changed at will: four bytes of edits are a place (three) and a value. All that
// can be asked is asked; nothing may panic, hang or read without end.
func FuzzVolume(f *testing.F) {
	base := newMini()
	f.Add([]byte{})
	for _, at := range []int{13, recordAt(0) + 300, recordAt(recordRoot) + 100, recordAt(miniFolder) + 150, recordAt(miniPacked) + 180, recordAt(miniListed) + 120, recordAt(miniJunction) + 200} {
		f.Add([]byte{byte(at), byte(at >> 8), byte(at >> 16), 0xff})
	}
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := append(memory(nil), base...)
		for ; len(edits) >= 4; edits = edits[4:] {
			b[(int(edits[0])|int(edits[1])<<8|int(edits[2])<<16)%len(b)] = edits[3]
		}
		v, err := Open(b, int64(len(b)))
		if err != nil {
			return
		}
		v.LogFile()
		v.FreeBytes()
		fs.WalkDir(v, ".", func(path string, d fs.DirEntry, err error) error {
			if d != nil && err == nil {
				askFile(v, path)
			}
			return nil
		})
		v.Open("junction/inner.txt")
		v.Problems()
	})
}

// askFile asks all of one file, but not for more than a small volume can hold.
func askFile(v *Volume, path string) {
	v.Stat(path)
	v.Lstat(path)
	v.ReadLink(path)
	v.Streams(path)
	v.Security(path)
	f, err := v.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if r, ok := f.(io.ReaderAt); ok {
		b := make([]byte, 4096)
		for _, off := range []int64{0, 4090, 1 << 20, 1 << 60} {
			r.ReadAt(b, off)
		}
	}
}
