package evtx

import (
	"math"
	"strconv"
	"time"
)

// Type is a binary XML value type ([MS-EVEN6] 2.2.12.4).
type Type uint8

// The value types. TypeText is this package's own: UTF-8 joined from several
// pieces of an element's content.
const (
	TypeNull       Type = 0x00
	TypeString     Type = 0x01 // UTF-16
	TypeAnsiString Type = 0x02
	TypeInt8       Type = 0x03
	TypeUint8      Type = 0x04
	TypeInt16      Type = 0x05
	TypeUint16     Type = 0x06
	TypeInt32      Type = 0x07
	TypeUint32     Type = 0x08
	TypeInt64      Type = 0x09
	TypeUint64     Type = 0x0a
	TypeFloat32    Type = 0x0b
	TypeFloat64    Type = 0x0c
	TypeBool       Type = 0x0d
	TypeBinary     Type = 0x0e
	TypeGUID       Type = 0x0f
	TypeSize       Type = 0x10 // size_t, shown as hex
	TypeFiletime   Type = 0x11
	TypeSystemtime Type = 0x12
	TypeSID        Type = 0x13
	TypeHex32      Type = 0x14
	TypeHex64      Type = 0x15
	TypeEvtHandle  Type = 0x20
	TypeBinXML     Type = 0x21
	TypeEvtXML     Type = 0x23
	TypeText       Type = 0x7f

	typeArray Type = 0x80
)

// Value is one value of an event, kept as the bytes that stand in the log.
// The zero Value is null and shows as "".
type Value struct {
	Type Type // what raw holds; an array has it with the bit 0x80
	raw  []byte
}

// Raw returns the value's bytes as they stand in the log (little-endian; text
// is UTF-16 except for TypeText). They are only valid during the callback that
// got the record.
func (v Value) Raw() []byte { return v.raw }

// String renders the value as Windows does in event XML: decimal numbers, hex
// types as 0x… without padding, GUIDs as {UPPER-CASE}, binary as upper-case
// hex, booleans true/false, times in UTC with seven digits. The string is a
// copy and may be kept.
func (v Value) String() string {
	var buf [128]byte
	return string(v.AppendText(buf[:0]))
}

// AppendText appends what String returns.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Type {
	case TypeString, TypeEvtXML:
		return appendUTF16(dst, trimNUL(v.raw))
	case TypeAnsiString:
		return appendLatin1(dst, v.raw)
	case TypeText:
		return append(dst, v.raw...)
	}
	return v.appendPlain(dst)
}

// appendJSON appends the value as the inside of a JSON string.
func (v Value) appendJSON(dst []byte) []byte {
	switch v.Type {
	case TypeString, TypeEvtXML:
		return appendJSON16(dst, trimNUL(v.raw))
	case TypeAnsiString:
		var buf [128]byte
		return appendJSON8(dst, appendLatin1(buf[:0], v.raw))
	case TypeText:
		return appendJSON8(dst, v.raw)
	}
	return v.appendPlain(dst)
}

// fixedSize is the length in bytes of one value of a type, 0 if it varies.
func fixedSize(t Type) int {
	switch t {
	case TypeInt8, TypeUint8:
		return 1
	case TypeInt16, TypeUint16:
		return 2
	case TypeInt32, TypeUint32, TypeFloat32, TypeBool, TypeHex32:
		return 4
	case TypeInt64, TypeUint64, TypeFloat64, TypeFiletime, TypeHex64:
		return 8
	case TypeGUID, TypeSystemtime:
		return 16
	}
	return 0
}

// appendPlain renders the types whose text is plain ASCII. A value shorter
// than its type is shown as hex rather than guessed.
func (v Value) appendPlain(dst []byte) []byte {
	b := v.raw
	if len(b) == 0 {
		return dst
	}
	if len(b) < fixedSize(v.Type) {
		return appendHexUpper(dst, b)
	}
	switch v.Type {
	case TypeNull:
		return dst
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		return strconv.AppendInt(dst, signed(b, fixedSize(v.Type)), 10)
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64:
		return strconv.AppendUint(dst, unsigned(b, fixedSize(v.Type)), 10)
	case TypeHex32, TypeHex64:
		return appendHexNumber(dst, unsigned(b, fixedSize(v.Type)))
	case TypeFloat32:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(le.Uint32(b))), 'g', -1, 32)
	case TypeFloat64:
		return strconv.AppendFloat(dst, math.Float64frombits(le.Uint64(b)), 'g', -1, 64)
	case TypeBool:
		return strconv.AppendBool(dst, le.Uint32(b) != 0)
	case TypeGUID:
		return GUID(b[:16]).append(dst)
	case TypeFiletime:
		return appendFiletime(dst, le.Uint64(b))
	case TypeSystemtime:
		return appendSystemtime(dst, b)
	case TypeSID:
		return appendSID(dst, b)
	case TypeSize, TypeEvtHandle:
		if len(b) == 4 || len(b) == 8 {
			return appendHexNumber(dst, unsigned(b, len(b)))
		}
	}
	return appendHexUpper(dst, b)
}

// Uint returns the value as a number: integers, hex types, booleans (0, 1) and
// text that is a decimal or 0x… number. A negative number comes as its 64-bit
// two's complement, so uint32(n) is an HRESULT in either notation.
func (v Value) Uint() (n uint64, ok bool) {
	switch v.Type {
	case TypeString, TypeAnsiString, TypeText:
		var buf [64]byte
		return parseNumber(v.AppendText(buf[:0]))
	case TypeSize, TypeEvtHandle:
		if len(v.raw) != 4 && len(v.raw) != 8 {
			return 0, false
		}
		return unsigned(v.raw, len(v.raw)), true
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64, TypeUint8, TypeUint16, TypeUint32, TypeUint64,
		TypeHex32, TypeHex64, TypeBool, TypeFiletime:
		size := fixedSize(v.Type)
		if len(v.raw) < size {
			return 0, false
		}
		if v.Type.isSigned() {
			return uint64(signed(v.raw, size)), true
		}
		return unsigned(v.raw, size), true
	}
	return 0, false
}

func (t Type) isSigned() bool {
	return t == TypeInt8 || t == TypeInt16 || t == TypeInt32 || t == TypeInt64
}

// Time returns the value as a time in UTC: FILETIME, SYSTEMTIME, or text in the
// form event XML uses.
func (v Value) Time() (t time.Time, ok bool) {
	switch v.Type {
	case TypeFiletime:
		if len(v.raw) >= 8 {
			return fromFiletime(le.Uint64(v.raw)), true
		}
	case TypeSystemtime, TypeString, TypeAnsiString, TypeText:
		var buf [64]byte
		ft, ok := parseTime(v.AppendText(buf[:0]))
		return fromFiletime(ft), ok
	}
	return time.Time{}, false
}

func unsigned(b []byte, size int) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(le.Uint16(b))
	case 4:
		return uint64(le.Uint32(b))
	}
	return le.Uint64(b)
}

func signed(b []byte, size int) int64 {
	shift := 64 - 8*size
	return int64(unsigned(b, size)<<shift) >> shift
}

// parseNumber reads a decimal, negative decimal or 0x… number.
func parseNumber(s []byte) (uint64, bool) {
	base := 10
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s, base = s[2:], 16
	}
	if len(s) > 1 && s[0] == '-' && base == 10 {
		n, err := strconv.ParseInt(string(s), 10, 64)
		return uint64(n), err == nil
	}
	n, err := strconv.ParseUint(string(s), base, 64)
	return n, err == nil
}
