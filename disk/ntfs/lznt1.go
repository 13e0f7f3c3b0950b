package ntfs

import (
	"fmt"
	"math/bits"
)

// lznt1 decompresses one compression unit into dst and zeroes what it does not fill. Facts from
// Microsoft's [MS-XCA], section 2.5.
func lznt1(dst, src []byte) error {
	done := 0
	for len(src) >= 2 && done < len(dst) {
		head := le.Uint16(src)
		if head == 0 {
			break
		}
		n := int(head&0xfff) + 1
		if 2+n > len(src) {
			return fmt.Errorf("compressed chunk of %d bytes: %w", n, ErrDamaged)
		}
		out := dst[done:min(done+4096, len(dst))]
		if head&0x8000 == 0 {
			clear(out[copy(out, src[2:2+n]):])
		} else if err := lznt1Chunk(out, src[2:2+n]); err != nil {
			return err
		}
		done += len(out)
		src = src[2+n:]
	}
	clear(dst[done:])
	return nil
}

// lznt1Chunk decompresses one chunk of at most 4096 bytes.
func lznt1Chunk(out, src []byte) error {
	n := 0
	for len(src) > 0 && n < len(out) {
		flags := src[0]
		src = src[1:]
		for bit := 0; bit < 8 && len(src) > 0 && n < len(out); bit++ {
			if flags>>bit&1 == 0 {
				out[n] = src[0]
				n, src = n+1, src[1:]
				continue
			}
			if len(src) < 2 || n == 0 {
				return fmt.Errorf("compressed chunk breaks off: %w", ErrDamaged)
			}
			// The further into the chunk, the more bits the distance takes from the length.
			lengthBits := 12 - max(0, bits.Len(uint(n-1))-4)
			tuple := int(le.Uint16(src))
			src = src[2:]
			length, back := tuple&(1<<lengthBits-1)+3, tuple>>lengthBits+1
			if back > n {
				return fmt.Errorf("compressed chunk points before its beginning: %w", ErrDamaged)
			}
			for ; length > 0 && n < len(out); length-- {
				out[n] = out[n-back]
				n++
			}
		}
	}
	clear(out[n:])
	return nil
}
