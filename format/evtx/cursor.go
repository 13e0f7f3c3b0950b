package evtx

// Binary XML tokens ([MS-EVEN6] 2.2.12); 0x40 marks "more follows".
const (
	tokEOF        = 0x00
	tokOpenStart  = 0x01
	tokCloseStart = 0x02
	tokCloseEmpty = 0x03
	tokEnd        = 0x04
	tokValue      = 0x05
	tokAttribute  = 0x06
	tokCDATA      = 0x07
	tokCharRef    = 0x08
	tokEntityRef  = 0x09
	tokPITarget   = 0x0a
	tokPIData     = 0x0b
	tokTemplate   = 0x0c
	tokNormalSub  = 0x0d
	tokOptSub     = 0x0e
	tokFragment   = 0x0f

	tokMore = 0x40
)

// cursor reads from a chunk. After the first read past the end bad is set and
// every further read gives zero, so callers check once.
type cursor struct {
	b   []byte
	pos int
	end int
	bad bool
}

func (c *cursor) need(n int) bool {
	if c.bad || n < 0 || n > c.end-c.pos {
		c.bad = true
		return false
	}
	return true
}

func (c *cursor) u8() byte {
	if !c.need(1) {
		return 0
	}
	c.pos++
	return c.b[c.pos-1]
}

func (c *cursor) u16() int {
	if !c.need(2) {
		return 0
	}
	c.pos += 2
	return int(le.Uint16(c.b[c.pos-2:]))
}

func (c *cursor) u32() int {
	if !c.need(4) {
		return 0
	}
	c.pos += 4
	return int(le.Uint32(c.b[c.pos-4:]))
}

func (c *cursor) bytes(n int) []byte {
	if !c.need(n) {
		return nil
	}
	c.pos += n
	return c.b[c.pos-n : c.pos]
}

// peek returns the next token without its "more" flag, EOF at the end.
func (c *cursor) peek() byte {
	if c.bad || c.pos >= c.end {
		return tokEOF
	}
	return c.b[c.pos] &^ tokMore
}
