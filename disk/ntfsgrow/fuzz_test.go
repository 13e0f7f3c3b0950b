package ntfsgrow

import (
	"bytes"
	"slices"
	"testing"

	"updoc/disk/ntfs"
	"updoc/testkit"
)

// FuzzGrow changes bytes of a volume's boot sector, file records and bitmap at will: an edit is four bytes, which
// structure, the place in it (two), and the value. Whatever is refused is left alone; what is grown must be free of
// errors for ntfsresize if it was so before.
func FuzzGrow(f *testing.F) {
	base, old, grown := smallDisk(f)
	f.Add([]byte{})
	f.Add([]byte{0, 40, 0, 0xff})                                  // sectors
	f.Add([]byte{1, 24, 0, 0xff, 1, 56, 1, 3})                     // $MFT's record
	f.Add([]byte{2, 64 + 56, 1, 0x41})                             // $MFTMirr's
	f.Add([]byte{7, 0x78, 1, 0x11, 9, 0x50, 1, 0xff, 65, 4, 0, 2}) // $Bitmap's, $BadClus', the file's
	f.Fuzz(func(t *testing.T, edits []byte) {
		d := slices.Clone(base)
		for ; len(edits) >= 4; edits = edits[4:] {
			d[editAt(t, base, edits)] = edits[3]
		}
		before := bytes.Clone(d)
		if err := Grow(d, old, grown, 512); err != nil {
			if !bytes.Equal(d, before) {
				t.Fatalf("refused (%v), yet something was written", err)
			}
			return
		}
		if clean(t, before[old.Start:old.End()]) && !clean(t, d) {
			t.Error("ntfsresize finds errors in the grown volume only")
		}
		if v, err := ntfs.Open(d, int64(len(d))); err != nil || len(v.Problems()) > 0 {
			t.Errorf("our reader: %v", err)
		}
	})
}

// editAt is the place of an edit: 0 is the boot sector, 255 $Bitmap, all else a file record (so far as there are some).
func editAt(t testing.TB, base testkit.Memory, edit []byte) int {
	place := int(edit[1]) | int(edit[2])<<8
	switch edit[0] {
	case 0:
		return front + place%512
	case 255:
		return bitmapAt(t, base) + place%4096
	}
	return recordAt(base, (int(edit[0])-1)%66) + place%1024
}

// clean asks ntfsresize.
func clean(t testing.TB, volume testkit.Memory) bool {
	t.Helper()
	return testkit.Command(t, "ntfsresize", "-i", "-f", image(t, volume)).Run() == nil
}
