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
	case typeBool, typeU8:
		return 1
	case typeI16, typeU16:
		return 2
	case typeI32, typeU32, typeFloat:
		return 4
	case typeCurrency, typeDouble, typeDate, typeI64:
		return 8
	case typeGUID:
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
	case typeText, typeLongText:
		return c.text(b)
	case typeBinary, typeLongBin:
		return append([]byte{}, b...)
	}
	if len(b) != c.width() || len(b) == 0 {
		return append([]byte{}, b...)
	}
	switch c.Type {
	case typeBool:
		return b[0] != 0
	case typeU8:
		return int64(b[0])
	case typeI16:
		return int64(int16(u16(b, 0)))
	case typeU16:
		return int64(u16(b, 0))
	case typeI32:
		return int64(int32(u32(b, 0)))
	case typeU32:
		return int64(u32(b, 0))
	case typeFloat:
		return float64(math.Float32frombits(u32(b, 0)))
	case typeCurrency, typeI64:
		return int64(binary.LittleEndian.Uint64(b))
	case typeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case typeDate:
		return date(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case typeGUID:
		return strings.Trim(strings.ToLower(wintype.GUID([16]byte(b))), "{}")
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
