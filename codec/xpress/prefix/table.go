package prefix

import "errors"

// ErrCode means that code lengths or a code word do not belong to a prefix code.
var ErrCode = errors.New("not a prefix code")

const (
	// MaxSymbols is the most symbols that a Table can have.
	MaxSymbols = 656
	// maxLength is the longest code word, in bits.
	maxLength = 16
	// directBits is the longest code word that is found with one look, in bits.
	directBits = 11
)

// Table decodes one canonical prefix code: code words are given to symbols in the order of their lengths, then of their
// numbers. The zero value knows no code word; Build may be called again and again.
type Table struct {
	bits   int                     // direct is indexed by so many bits
	direct [1 << directBits]uint16 // symbol<<5 | length; 0: a longer word, or none
	count  [maxLength + 1]uint16   // words of each length
	sorted [MaxSymbols]uint16      // symbols in the order of their words
}

// Build makes the table from the length of each symbol's word, in bits; 0 means that the symbol has none. A code may be
// incomplete; too many words, or one of more than 16 bits, are ErrCode. There are at most MaxSymbols lengths.
func (t *Table) Build(lengths []byte) error {
	t.count = [maxLength + 1]uint16{}
	for _, n := range lengths {
		if n > maxLength {
			return ErrCode
		}
		t.count[n]++
	}
	t.count[0] = 0
	if err := t.sort(lengths); err != nil {
		return err
	}
	t.fill()
	return nil
}

func (t *Table) sort(lengths []byte) error {
	var next [maxLength + 1]uint16
	used := 0
	at := uint16(0)
	for n := 1; n <= maxLength; n++ {
		next[n] = at
		at += t.count[n]
		used += int(t.count[n]) << (maxLength - n)
		if t.count[n] > 0 {
			t.bits = min(n, directBits)
		}
	}
	if used > 1<<maxLength {
		return ErrCode
	}
	for symbol, n := range lengths {
		if n > 0 {
			t.sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}
	return nil
}

func (t *Table) fill() {
	at, index := 0, 0
	for n := 1; n <= t.bits; n++ {
		run := 1 << (t.bits - n)
		for range t.count[n] {
			entry := t.sorted[index]<<5 | uint16(n)
			index++
			for i := range run {
				t.direct[at+i] = entry
			}
			at += run
		}
	}
	clear(t.direct[at : 1<<t.bits])
}

// Decode takes one code word and returns its symbol. No such word is ErrCode.
func (t *Table) Decode(r *Reader) (int, error) {
	r.ensure(16)
	if e := t.direct[uint64(r.bits)>>(32-t.bits)]; e != 0 {
		r.drop(int(e & 31))
		return int(e >> 5), nil
	}
	return t.search(r)
}

// search finds a word that is longer than directBits: words of one length are consecutive numbers.
func (t *Table) search(r *Reader) (int, error) {
	first, index := 0, 0
	for n := 1; n <= maxLength; n++ {
		first <<= 1
		word := int(r.bits >> (32 - n))
		count := int(t.count[n])
		if word-first < count {
			r.drop(n)
			return int(t.sorted[index+word-first]), nil
		}
		first += count
		index += count
	}
	return 0, ErrCode
}
