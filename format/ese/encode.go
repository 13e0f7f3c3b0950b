package ese

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"updoc/codec/wintype"
)

// encodeRow is the opposite of DB.row. Columns must stand in the order of their ids,
// fixed ones without a gap.
func encodeRow(columns []Column, values []any) ([]byte, error) {
	if len(values) != len(columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(values), len(columns))
	}
	e := rowEncoder{variable: maxFixed}
	for i := range columns {
		if err := e.add(&columns[i], values[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", columns[i].Name, err)
		}
	}
	return e.row(), nil
}

type rowEncoder struct {
	fixed, missing     []byte // values, and one byte a column: 1 for none
	variable           int    // highest id
	ends, data         []byte
	places, tagged     []byte
	taggedIDs, offsets []int
}

func (e *rowEncoder) add(c *Column, v any) error {
	b, err := c.encode(v)
	switch {
	case err != nil:
		return err
	case c.ID <= maxFixed:
		return e.addFixed(c, v, b)
	case c.ID <= maxVariable:
		e.variable = c.ID
		e.data = append(e.data, b...)
		end := uint16(len(e.data))
		if v == nil {
			end |= 0x8000
		}
		e.ends = binary.LittleEndian.AppendUint16(e.ends, end)
	case v != nil:
		e.taggedIDs, e.offsets = append(e.taggedIDs, c.ID), append(e.offsets, len(e.tagged))
		if c.long() {
			e.tagged = append(e.tagged, tagLong)
		}
		e.tagged = append(e.tagged, b...)
		flag := uint16(0)
		if c.long() {
			flag = placeExtended
		}
		e.places = binary.LittleEndian.AppendUint16(e.places, flag)
	}
	return nil
}

func (c *Column) long() bool { return c.Type == TypeLongText || c.Type == TypeLongBinary }

func (e *rowEncoder) addFixed(c *Column, v any, b []byte) error {
	size := c.width()
	if size < len(b) || size < 0 {
		return fmt.Errorf("%d bytes in a column of %d", len(b), size)
	}
	none := byte(0)
	if v == nil {
		none = 1
	}
	e.missing = append(e.missing, none)
	e.fixed = append(e.fixed, append(b, make([]byte, size-len(b))...)...)
	return nil
}

func (e *rowEncoder) row() []byte {
	last := len(e.missing)
	bitmap := make([]byte, (last+7)/8)
	for i := range len(bitmap) * 8 {
		if i >= last || e.missing[i] == 1 {
			bitmap[i/8] |= 1 << (i % 8)
		}
	}
	out := []byte{byte(last), byte(e.variable)}
	out = binary.LittleEndian.AppendUint16(out, uint16(4+len(e.fixed)+len(bitmap)))
	out = append(append(append(append(out, e.fixed...), bitmap...), e.ends...), e.data...)
	for i, id := range e.taggedIDs {
		out = binary.LittleEndian.AppendUint16(out, uint16(id))
		out = binary.LittleEndian.AppendUint16(out, uint16(4*len(e.taggedIDs)+e.offsets[i])|u16(e.places, 2*i))
	}
	return append(out, e.tagged...)
}

func (c *Column) encode(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return []byte{0xff}, nil
		}
		return []byte{0}, nil
	case int64:
		return binary.LittleEndian.AppendUint64(nil, uint64(v))[:max(min(c.width(), 8), 1)], nil
	case float64:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)), nil
	case time.Time:
		days := float64(v.Sub(dayZero)/time.Millisecond) / 86400e3
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(days)), nil
	case string:
		if c.Code == 1252 {
			return []byte(v), nil
		}
		return wintype.AppendUTF16(nil, v), nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("a value of type %T", v)
}
