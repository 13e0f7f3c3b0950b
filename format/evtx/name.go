package evtx

// internLimit bounds the bytes kept by an interner; beyond it starts anew.
const internLimit = 1 << 20

// interner keeps one copy of each repeated string (names, providers, computers,
// SIDs), keyed by its raw bytes, so that a known one costs no allocation.
type interner struct {
	known map[string]string
	size  int
}

func (t *interner) get(raw []byte, render func(dst, raw []byte) []byte) string {
	if s, ok := t.known[string(raw)]; ok {
		return s
	}
	var buf [128]byte
	return t.keep(string(raw), string(render(buf[:0], raw)))
}

func (t *interner) keep(key, s string) string {
	t.size += len(key) + len(s) + 64
	if t.known == nil || t.size > internLimit {
		t.known, t.size = make(map[string]string), len(key)+len(s)
	}
	t.known[key] = s
	return s
}

func (t *interner) utf16(raw []byte) string {
	raw = trimNUL(raw)
	if len(raw) == 0 {
		return ""
	}
	return t.get(raw, appendUTF16)
}

// sid needs a table of its own: its keys are not UTF-16.
func (t *interner) sid(raw []byte) string { return t.get(raw, appendSID) }

// nameAt returns the name stored at a chunk offset: next (4), hash (2), number
// of characters (2), UTF-16 text, terminator. size is its whole length.
func nameAt(b []byte, off int) (raw []byte, size int, ok bool) {
	if off < chunkHeaderSize || off+8 > len(b) {
		return nil, 0, false
	}
	n := 2 * int(le.Uint16(b[off+6:]))
	if off+8+n+2 > len(b) {
		return nil, 0, false
	}
	return b[off+8 : off+8+n], 8 + n + 2, true
}

// name reads a name reference; a name that is stored right behind its first
// reference is stepped over.
func (d *decoder) name(c *cursor) string {
	off := c.u32()
	raw, size, ok := nameAt(c.b, off)
	if c.bad || !ok || !d.spendBytes(len(raw)) {
		c.bad = true
		return ""
	}
	if off == c.pos {
		c.bytes(size)
	}
	return d.names.utf16(raw)
}
