package regf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"updoc/codec/wintype"
)

// Types of a value, as Windows numbers them. Others occur and are passed on as they are.
const (
	None     = 0
	SZ       = 1
	ExpandSZ = 2
	Binary   = 3
	Dword    = 4
	DwordBE  = 5
	Link     = 6
	MultiSZ  = 7
	Qword    = 11
)

// ErrType is wrapped when a value is asked for in a form its type does not have.
var ErrType = errors.New("wrong value type")

const (
	resident      = 1 << 31 // of the data size: the data stand in the offset field
	valueCompName = 0x0001  // the name is Latin-1
)

// A Value is one registry value. It is a small value, valid as long as its hive; the data are read when asked for.
type Value struct {
	h   *Hive // nil: a loose value
	off uint32
	vk  []byte
}

// LooseValue is a value that lies in no hive file, such as one that a running registry told: a cell of its own, with the data
// behind the name. A name longer than Windows allows is cut.
func LooseValue(name string, kind uint32, data []byte) Value {
	vk := wintype.AppendUTF16(make([]byte, valueHeader, valueHeader+2*len(name)+len(data)), name)
	vk = vk[:min(len(vk), valueHeader+maxValName)]
	binary.LittleEndian.PutUint16(vk[2:], uint16(len(vk)-valueHeader))
	binary.LittleEndian.PutUint32(vk[4:], uint32(min(len(data), resident-1)))
	binary.LittleEndian.PutUint32(vk[12:], kind)
	return Value{vk: append(vk, data...)}
}

// Values returns the values in stored order. If some are damaged the rest is returned together with an error that wraps
// ErrDamaged.
func (k Key) Values() ([]Value, error) { return k.AppendValues(nil) }

// AppendValues is Values with the values appended to dst, for callers that look at many keys and keep none.
func (k Key) AppendValues(dst []Value) ([]Value, error) {
	list, err := k.valueList()
	if len(list) == 0 {
		return dst, err
	}
	var bad damage
	dst = slices.Grow(dst, len(list)/4)
	for ; len(list) > 0; list = list[4:] {
		v, err := k.h.valueAt(binary.LittleEndian.Uint32(list))
		if !bad.add(err) {
			dst = append(dst, v)
		}
	}
	bad.add(err)
	return dst, bad.err()
}

// valueList returns the offsets of the value cells, four bytes each. A list longer than its cell is cut, with an error.
func (k Key) valueList() ([]byte, error) {
	n := int64(u32(k.nk, 36))
	if n == 0 || k.flags()&flagPredef != 0 {
		return nil, nil
	}
	off := u32(k.nk, 40)
	list, err := k.h.cell(off, int(min(4*n, k.h.pages.limit)))
	if err != nil {
		return nil, err
	}
	if int64(len(list)) < 4*n {
		return list[:len(list)/4*4], fmt.Errorf("%w: the value list at 0x%x is longer than its cell", ErrDamaged, baseSize+int64(off))
	}
	return list, nil
}

// Value returns the value of that name in any case; "" is the key's default value. The error wraps fs.ErrNotExist if there is
// none, and ErrDamaged instead if it may have stood in a part that cannot be read.
func (k Key) Value(name string) (Value, error) {
	want := foldName(name)
	list, err := k.valueList()
	var bad damage
	for ; len(list) > 0; list = list[4:] {
		v, err := k.h.valueAt(binary.LittleEndian.Uint32(list))
		if bad.add(err) {
			continue
		}
		if b, wide := v.rawName(); equalName(b, wide, want) {
			return v, nil
		}
	}
	bad.add(err)
	if bad.first != nil {
		return Value{}, bad.err()
	}
	return Value{}, fmt.Errorf("registry value %q: %w", name, fs.ErrNotExist)
}

func (h *Hive) valueAt(off uint32) (Value, error) {
	vk, err := h.cell(off, valueHeader+maxValName)
	if err != nil {
		return Value{}, err
	}
	v := Value{h, off, vk}
	if len(vk) < valueHeader || vk[0] != 'v' || vk[1] != 'k' {
		return Value{}, fmt.Errorf("%w: no value at 0x%x", ErrDamaged, v.Offset())
	}
	if n := int(u16(vk, 2)); n > maxValName || valueHeader+n > len(vk) {
		return Value{}, fmt.Errorf("%w: the value at 0x%x has a name of %d bytes", ErrDamaged, v.Offset(), n)
	}
	return v, nil
}

func (v Value) rawName() (name []byte, wide bool) {
	if len(v.vk) < valueHeader {
		return nil, false
	}
	n := int(u16(v.vk, 2))
	return v.vk[valueHeader : valueHeader+n], u16(v.vk, 16)&valueCompName == 0
}

// Name returns the value's name; "" for the default value.
func (v Value) Name() string {
	return storedText(v.rawName())
}

// AppendName is Name appended to dst, for callers that look at many values and keep no name.
func (v Value) AppendName(dst []byte) []byte {
	b, wide := v.rawName()
	if !wide && isASCII(b) {
		return append(dst, b...)
	}
	return append(dst, v.Name()...)
}

// Type returns the number of the value's type; the named ones are constants of this package.
func (v Value) Type() uint32 { return u32(v.vk, 12) }

// Offset returns where the value's cell lies in the hive file, in bytes; 0 of a loose value.
func (v Value) Offset() int64 {
	if v.h == nil {
		return 0
	}
	return baseSize + int64(v.off)
}

// Size returns the length of the data in bytes, as the value claims it.
func (v Value) Size() int64 { return int64(u32(v.vk, 4) &^ resident) }

// Bytes returns the raw data; the caller owns them. If some are damaged what could be read is returned together with an error
// that wraps ErrDamaged.
func (v Value) Bytes() ([]byte, error) { return v.AppendBytes(nil) }

// AppendBytes is Bytes with the data appended to dst, for callers that look at many values and keep none.
func (v Value) AppendBytes(dst []byte) ([]byte, error) {
	size := v.Size()
	switch {
	case size == 0:
		return dst, nil
	case v.h == nil:
		name, _ := v.rawName()
		return append(dst, v.vk[valueHeader+len(name):]...), nil
	case u32(v.vk, 4)&resident != 0 && size <= 4:
		return append(dst, v.vk[8:8+size]...), nil
	case u32(v.vk, 4)&resident != 0:
		return append(dst, v.vk[8:12]...), fmt.Errorf("%w: the value at 0x%x keeps %d bytes in 4", ErrDamaged, v.Offset(), size)
	case size > v.h.pages.limit:
		return dst, fmt.Errorf("%w: the value at 0x%x claims %d bytes", ErrDamaged, v.Offset(), size)
	}
	return v.h.appendData(dst, u32(v.vk, 8), int(size))
}

// String returns the text of a REG_SZ, REG_EXPAND_SZ or REG_LINK value up to its first NUL. Environment references are left
// as they are. Other types give an error that wraps ErrType.
func (v Value) String() (string, error) {
	switch v.Type() {
	case SZ, ExpandSZ:
		b, err := v.Bytes()
		return wintype.UTF16Z(b), err
	case Link:
		b, err := v.Bytes()
		return wintype.UTF16(b), err
	}
	return "", v.typeError("text")
}

// Strings returns the texts of a REG_MULTI_SZ value. Empty texts between others are kept, because
// PendingFileRenameOperations gives them a meaning. Other types give an error that wraps ErrType.
func (v Value) Strings() ([]string, error) {
	if v.Type() != MultiSZ {
		return nil, v.typeError("a list of texts")
	}
	b, err := v.Bytes()
	s := wintype.UTF16(b)
	s = strings.TrimSuffix(s, "\x00") // ends the list
	s = strings.TrimSuffix(s, "\x00") // ends the last text
	if s == "" {
		return nil, err
	}
	return strings.Split(s, "\x00"), err
}

// Uint returns the number of a REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD value. Other types give an error that wraps
// ErrType, too few bytes one that wraps ErrDamaged.
func (v Value) Uint() (uint64, error) {
	width := map[uint32]int{Dword: 4, DwordBE: 4, Qword: 8}[v.Type()]
	if width == 0 {
		return 0, v.typeError("a number")
	}
	b, err := v.Bytes()
	if err != nil {
		return 0, err
	}
	if len(b) < width {
		return 0, fmt.Errorf("%w: the number at 0x%x has %d bytes instead of %d", ErrDamaged, v.Offset(), len(b), width)
	}
	switch v.Type() {
	case Dword:
		return uint64(binary.LittleEndian.Uint32(b)), nil
	case DwordBE:
		return uint64(binary.BigEndian.Uint32(b)), nil
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (v Value) typeError(want string) error {
	return fmt.Errorf("%w: registry value %q of type %d is not %s", ErrType, v.Name(), v.Type(), want)
}
