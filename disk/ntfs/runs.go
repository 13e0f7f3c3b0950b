package ntfs

import "fmt"

// Run is a stretch of Count consecutive clusters: VCN is the first one's number in the attribute, LCN
// on the volume, or Sparse where nothing is allocated.
type Run struct{ VCN, LCN, Count int64 }

// Sparse is the LCN of a hole.
const Sparse = -1

// ParseRuns decodes a mapping pairs array of an attribute that begins at cluster vcn: a length byte,
// then that many bytes of count and of signed distance from the run before; no distance means a hole.
// What is no such array gives ErrDamaged. (Linux-NTFS documentation, "Data runs".)
func ParseRuns(b []byte, vcn int64) ([]Run, error) {
	var out []Run
	var lcn int64
	for len(b) > 0 && b[0] != 0 {
		n, m := int(b[0]&15), int(b[0]>>4)
		if n == 0 || n > 8 || m > 8 || 1+n+m > len(b) {
			return nil, fmt.Errorf("run list: %w", ErrDamaged)
		}
		count := signed(b[1 : 1+n])
		r := Run{vcn, Sparse, count}
		if m > 0 {
			lcn += signed(b[1+n : 1+n+m])
			r.LCN = lcn
		}
		if count <= 0 || vcn > 1<<52-count || m > 0 && (lcn < 0 || lcn > 1<<52) {
			return nil, fmt.Errorf("run of %d clusters at %d: %w", count, lcn, ErrDamaged)
		}
		out = append(out, r)
		vcn += count
		b = b[1+n+m:]
	}
	return out, nil
}

// signed reads a little-endian number of 1 to 8 bytes with its sign.
func signed(b []byte) int64 {
	v := int64(int8(b[len(b)-1]))
	for i := len(b) - 2; i >= 0; i-- {
		v = v<<8 | int64(b[i])
	}
	return v
}
