package ntfs

import (
	"fmt"
	"io"
	"math/bits"
)

// maxClusters is the limit of Windows' implementation.
const maxClusters = 1 << 32

// FreeBytes counts the clusters $Bitmap marks free, in bytes: what Windows shows as free space. The
// bitmap (one bit a cluster) is read once, at the first call.
func (v *Volume) FreeBytes() (uint64, error) {
	v.free.once.Do(func() { v.free.bytes, v.free.err = v.countFree() })
	return v.free.bytes, v.free.err
}

func (v *Volume) countFree() (uint64, error) {
	s, err := v.system(recordBitmap)
	if err != nil {
		return 0, fmt.Errorf("$Bitmap: %w", err)
	}
	clusters := v.boot.clusters()
	if s.size < (clusters+7)/8 {
		v.log.Add("bitmap-short", -1, "$Bitmap has %d bytes for %d clusters", s.size, clusters)
		return 0, fmt.Errorf("$Bitmap has %d bytes for %d clusters: %w", s.size, clusters, ErrDamaged)
	}
	if clusters > maxClusters {
		return 0, fmt.Errorf("%d clusters: %w", clusters, ErrDamaged)
	}
	used, err := countOnes(s, clusters)
	if err != nil {
		v.log.Add("bitmap-damaged", -1, "$Bitmap cannot be read: %v", err)
		return 0, fmt.Errorf("$Bitmap: %w", err)
	}
	return uint64(clusters-used) * uint64(v.boot.cluster), nil
}

// countOnes counts the set bits among the first n.
func countOnes(r io.ReaderAt, n int64) (int64, error) {
	buf := make([]byte, 256<<10)
	var ones int64
	for off := int64(0); off*8 < n; off += int64(len(buf)) {
		b := buf[:min(int64(len(buf)), (n-off*8+7)/8)]
		if got, err := r.ReadAt(b, off); got < len(b) {
			return 0, err
		}
		if left := n - off*8; left < int64(len(b))*8 {
			b[len(b)-1] &= 1<<(left%8) - 1
		}
		ones += onesIn(b)
	}
	return ones, nil
}

func onesIn(b []byte) int64 {
	n := 0
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(le.Uint64(b))
	}
	for _, c := range b {
		n += bits.OnesCount8(c)
	}
	return int64(n)
}
