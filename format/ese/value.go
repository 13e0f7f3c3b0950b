package ese

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"updoc/codec/wintype"
)

// width is the number of bytes of a fixed column; -1 if that cannot be.
func (c *Column) width() int {
	switch c.Type {
	case TypeBool, TypeByte:
		return 1
	case TypeShort, TypeUshort:
		return 2
	case TypeInt, TypeUint, TypeFloat:
		return 4
	case TypeCurrency, TypeDouble, TypeDate, TypeLong:
		return 8
	case TypeGUID:
		return 16
	}
	if c.Size < 0 || c.Size > maxPage {
		return -1
	}
	return c.Size
}

// value decodes the bytes of one value; those of another length than its type has are
// handed over as they are.
func (c *Column) value(b []byte) any {
	switch c.Type {
	case TypeText, TypeLongText:
		return c.text(b)
	case TypeBinary, TypeLongBinary:
		return append([]byte{}, b...)
	}
	if len(b) != c.width() || len(b) == 0 {
		return append([]byte{}, b...)
	}
	switch c.Type {
	case TypeBool:
		return b[0] != 0
	case TypeByte:
		return int64(b[0])
	case TypeShort:
		return int64(int16(u16(b, 0)))
	case TypeUshort:
		return int64(u16(b, 0))
	case TypeInt:
		return int64(int32(u32(b, 0)))
	case TypeUint:
		return int64(u32(b, 0))
	case TypeFloat:
		return float64(math.Float32frombits(u32(b, 0)))
	case TypeCurrency, TypeLong:
		return int64(binary.LittleEndian.Uint64(b))
	case TypeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case TypeDate:
		return date(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case TypeGUID:
		return GUID(b)
	}
	return append([]byte{}, b...)
}

// text decodes a text up to its first NUL.
func (c *Column) text(b []byte) string {
	if c.Code == codeUnicode {
		return wintype.UTF16Z(b)
	}
	s, _, _ := strings.Cut(string(b), "\x00")
	return strings.ToValidUTF8(s, "�")
}

// The day from which OLE automation counts, and its last one.
var (
	dayZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	lastDay = 2958466.0 // 9999-12-31
)

// date turns days since 1899-12-30 into a time; nil for what is none.
func date(days float64) any {
	if math.IsNaN(days) || days <= 0 || days >= lastDay {
		return nil
	}
	whole, part := math.Modf(days)
	return dayZero.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400e3)) * time.Millisecond)
}

// GUID returns the identifier that begins a binary value, lower case without braces;
// "" for what is too short.
func GUID(b []byte) string {
	if len(b) < 16 {
		return ""
	}
	return strings.Trim(strings.ToLower(wintype.GUID([16]byte(b[:16]))), "{}")
}
