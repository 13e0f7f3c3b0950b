package ese

import "bytes"

// Flags in front of a tagged value.
const (
	tagLong       = 0x01
	tagCompressed = 0x02
	tagSeparated  = 0x04
	tagMulti      = 0x08
	tagNull       = 0x20
)

// Flags in the place of a tagged value, on small pages.
const (
	placeExtended = 0x4000 // a byte of flags stands in front of the value
	placeNull     = 0x2000
)

const longLimit = 1 << 20 // bytes kept of one long value

// tag is where one tagged value stands.
type tag struct {
	id, at int
	extra  bool
	null   bool
}

// taggedRow decodes the tagged values: a list of columns and places, then the values.
func (db *DB) taggedRow(t *Table, b []byte) Row {
	var row Row
	tags := db.tags(b)
	for i, g := range tags {
		end := len(b)
		if i+1 < len(tags) {
			end = tags[i+1].at
		}
		c := t.column(g.id)
		if c == nil || g.null || g.at > end || end > len(b) {
			continue
		}
		if v, ok := db.tagged(t, b[g.at:end], g.extra); ok {
			row = append(row, Cell{c.Name, c.value(v)})
		}
	}
	return row
}

func (db *DB) tags(b []byte) []tag {
	var tags []tag
	for at := 0; at+4 <= len(b); at += 4 {
		raw := u16(b, at+2)
		g := tag{id: int(u16(b, at)), at: int(raw & 0x1fff), extra: raw&placeExtended != 0, null: raw&placeNull != 0}
		if db.large() {
			g = tag{id: g.id, at: int(raw & 0x7fff), extra: true}
		}
		if len(tags) > 0 && at >= tags[0].at || g.at > len(b) || g.at < 4 {
			break
		}
		tags = append(tags, g)
	}
	return tags
}

// tagged returns the bytes of a value, wherever they are; of several values the first
// is not looked for, and what is packed in a way not known here is left out.
func (db *DB) tagged(t *Table, b []byte, extra bool) ([]byte, bool) {
	if !extra {
		return b, true
	}
	if len(b) == 0 {
		return nil, false
	}
	flags := b[0]
	b = b[1:]
	if flags&(tagNull|tagMulti) != 0 {
		return nil, false
	}
	if flags&tagSeparated != 0 {
		return db.longValue(t, b)
	}
	if flags&tagCompressed != 0 {
		return unpack(b)
	}
	return b, true
}

// longValue collects the pieces of a value that is stored apart. Their keys are its
// number and the offset of the piece, highest byte first.
func (db *DB) longValue(t *Table, id []byte) ([]byte, bool) {
	if t.long == 0 || len(id) != 4 && len(id) != 8 {
		return nil, false
	}
	key := make([]byte, len(id))
	for i := range id {
		key[i] = id[len(id)-1-i]
	}
	size, out, found := 0, []byte{}, false
	err := db.walk(t.long, key, func(e entry) error {
		switch {
		case !bytes.HasPrefix(e.key, key):
			return errStop
		case len(e.key) == len(key) && len(e.data) >= 8:
			size, found = int(u32(e.data, 4)), true
		case len(e.key) == len(key)+4:
			out = append(out, db.piece(e.data, size-len(out))...)
		}
		if len(out) >= longLimit {
			return errStop
		}
		return nil
	})
	return out, err == nil && found && len(out) <= longLimit+maxPage
}

// piece unpacks a piece if it must be packed: unpacked it has exactly what is missing.
func (db *DB) piece(b []byte, missing int) []byte {
	if len(b) < missing {
		if full, ok := unpack(b); ok && len(full) == missing {
			return full
		}
	}
	return b
}

// Ways of packing, in the upper bits of the first byte.
const (
	packASCII   = 1
	packUnicode = 2
)

// unpack undoes the packing of texts into seven bits a character; other ways are not
// known here.
func unpack(b []byte) ([]byte, bool) {
	if len(b) == 0 {
		return nil, false
	}
	kind, bits := b[0]>>3, b[0]&7+1
	if kind != packASCII && kind != packUnicode {
		return nil, false
	}
	total := (len(b)-1)*8 - int(8-bits)
	var out []byte
	for at := 0; at+7 <= total; at += 7 {
		i := 1 + at/8
		v := int(b[i])
		if i+1 < len(b) {
			v |= int(b[i+1]) << 8
		}
		out = append(out, byte(v>>(at%8))&0x7f)
		if kind == packUnicode {
			out = append(out, 0)
		}
	}
	return out, true
}
