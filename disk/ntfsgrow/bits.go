package ntfsgrow

import "bytes"

// bits says of each of n clusters whether it is in use, as $Bitmap does: the lowest bit first.
type bits struct {
	b []byte
	n int64
}

// newBits are n clear bits in as many bytes as $Bitmap has for them: a multiple of 8 (mkntfs; Windows
// writes the same).
func newBits(n int64) bits { return bits{make([]byte, (n+63)/64*8), n} }

func (s bits) get(i int64) bool { return s.b[i/8]>>(i%8)&1 != 0 }

// fill sets or clears bits from the first on; they lie inside.
func (s bits) fill(first, count int64, on bool) {
	var whole byte
	if on {
		whole = 0xff
	}
	for end := first + count; first < end; {
		if first%8 == 0 && end-first >= 8 {
			s.b[first/8] = whole
			first += 8
			continue
		}
		mask := byte(1) << (first % 8)
		s.b[first/8] = s.b[first/8]&^mask | whole&mask
		first++
	}
}

// claim sets bits that are all clear and inside, or does nothing and says no.
func (s bits) claim(first, count int64) bool {
	if first < 0 || count < 0 || first > s.n-count || s.next(first, first+count, true) < first+count {
		return false
	}
	s.fill(first, count, true)
	return true
}

// next is the first place in [i, end) that is set (or clear), end if there is none.
func (s bits) next(i, end int64, set bool) int64 {
	skip := byte(0xff)
	if set {
		skip = 0
	}
	for i < end && s.get(i) != set {
		if i%8 == 0 && s.b[i/8] == skip {
			i += 8
			continue
		}
		i++
	}
	return min(i, end)
}

// room finds the first count clear bits in a row.
func (s bits) room(count int64) (int64, bool) {
	for i := s.next(0, s.n, false); i <= s.n-count; {
		end := s.next(i, i+count, true)
		if end == i+count {
			return i, true
		}
		i = s.next(end, s.n, false)
	}
	return 0, false
}

// equal compares the first n bits of both.
func (s bits) equal(o bits) bool {
	whole := s.n / 8
	if s.n != o.n || !bytes.Equal(s.b[:whole], o.b[:whole]) {
		return false
	}
	for i := whole * 8; i < s.n; i++ {
		if s.get(i) != o.get(i) {
			return false
		}
	}
	return true
}

// shift copies the bits into n ones, k places further behind.
func (s bits) shift(k, n int64) bits {
	out := newBits(n)
	for i := s.next(0, s.n, true); i < s.n; {
		end := s.next(i, s.n, false)
		out.fill(i+k, end-i, true)
		i = s.next(end, s.n, true)
	}
	return out
}
