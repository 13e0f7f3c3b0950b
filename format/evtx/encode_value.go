package evtx

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// encodeUTF16 appends text as little-endian UTF-16.
func encodeUTF16(dst []byte, s string) []byte {
	for _, r := range s {
		if a, b := utf16.EncodeRune(r); r >= 0x10000 {
			dst = le.AppendUint16(dst, uint16(a))
			dst = le.AppendUint16(dst, uint16(b))
			continue
		}
		dst = le.AppendUint16(dst, uint16(r))
	}
	return dst
}

// encodeValue turns text into the bytes of a type; the text is what
// Value.String gives.
func encodeValue(t Type, s string) ([]byte, error) {
	b, err := encodeByType(t, s)
	if err != nil {
		return nil, fmt.Errorf("value %q: %w", s, err)
	}
	if len(b) > math.MaxUint16 {
		return nil, fmt.Errorf("value of %d bytes is too long", len(b))
	}
	return b, nil
}

func encodeByType(t Type, s string) ([]byte, error) {
	switch t {
	case TypeString:
		return encodeUTF16(nil, s), nil
	case TypeAnsiString:
		return []byte(s), nil
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		n, err := strconv.ParseInt(s, 0, 8*fixedSize(t))
		return le.AppendUint64(nil, uint64(n))[:fixedSize(t)], err
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64, TypeHex32, TypeHex64:
		n, err := strconv.ParseUint(s, 0, 8*fixedSize(t))
		return le.AppendUint64(nil, n)[:fixedSize(t)], err
	case TypeSize:
		n, err := strconv.ParseUint(s, 0, 64)
		return le.AppendUint64(nil, n), err
	case TypeFloat32:
		f, err := strconv.ParseFloat(s, 32)
		return le.AppendUint32(nil, math.Float32bits(float32(f))), err
	case TypeFloat64:
		f, err := strconv.ParseFloat(s, 64)
		return le.AppendUint64(nil, math.Float64bits(f)), err
	case TypeBool:
		return encodeBool(s)
	case TypeBinary:
		return hex.DecodeString(s)
	case TypeGUID:
		g, ok := ParseGUID(s)
		return g[:], failUnless(ok, "not a GUID")
	case TypeFiletime:
		ft, ok := parseTime([]byte(s))
		return le.AppendUint64(nil, ft), failUnless(ok, "not an RFC 3339 time")
	case TypeSystemtime:
		return encodeSystemtime(s)
	case TypeSID:
		return encodeSID(s)
	}
	return nil, fmt.Errorf("type %#x cannot be written", uint8(t))
}

func failUnless(ok bool, what string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s", what)
}

func encodeBool(s string) ([]byte, error) {
	v, err := strconv.ParseBool(s)
	if v {
		return []byte{1, 0, 0, 0}, err
	}
	return make([]byte, 4), err
}

func encodeSystemtime(s string) ([]byte, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, fmt.Errorf("not an RFC 3339 time")
	}
	t = t.UTC()
	var b []byte
	for _, n := range []int{t.Year(), int(t.Month()), int(t.Weekday()), t.Day(),
		t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1e6} {
		b = le.AppendUint16(b, uint16(n))
	}
	return b, nil
}

// encodeSID reads S-revision-authority-subauthority….
func encodeSID(s string) ([]byte, error) {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts) > 3+15 || parts[0] != "S" {
		return nil, fmt.Errorf("not a SID")
	}
	revision, err1 := strconv.ParseUint(parts[1], 10, 8)
	authority, err2 := strconv.ParseUint(parts[2], 10, 48)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("not a SID")
	}
	b := []byte{byte(revision), byte(len(parts) - 3)}
	for shift := 40; shift >= 0; shift -= 8 {
		b = append(b, byte(authority>>shift))
	}
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("not a SID")
		}
		b = le.AppendUint32(b, uint32(n))
	}
	return b, nil
}
