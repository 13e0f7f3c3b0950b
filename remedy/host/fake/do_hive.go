package fake

import (
	"encoding/binary"
	"maps"
	"reflect"
	"strings"
	"unicode/utf16"

	"updoc/remedy/host"
)

// Registry types. Source: winnt.h.
const (
	regText, regExpand, regDword, regTexts, regQword = 1, 2, 4, 7, 11
)

// Text is a registry value of type REG_SZ; Number one of type REG_DWORD.
func Text(s string) Value { return Value{regText, valueOf(host.Op{Type: regText, Text: s})} }

// Number is a registry value of type REG_DWORD.
func Number(n uint32) Value {
	return Value{regDword, valueOf(host.Op{Type: regDword, Number: uint64(n)})}
}

func valueOf(op host.Op) []byte {
	switch op.Type {
	case regText, regExpand, regTexts:
		var b []byte
		for _, u := range utf16.Encode([]rune(op.Text + "\x00")) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	case regDword:
		return binary.LittleEndian.AppendUint32(nil, uint32(op.Number))
	case regQword:
		return binary.LittleEndian.AppendUint64(nil, op.Number)
	}
	return append([]byte{}, op.Data...)
}

// text and number read a value.
func (v Value) text() string {
	var units []uint16
	for i := 0; i+1 < len(v.Data); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(v.Data[i:]))
	}
	return strings.Trim(string(utf16.Decode(units)), "\x00")
}

func (v Value) number() int64 {
	if len(v.Data) < 4 {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(v.Data))
}

// spelled is how a name among those of m is spelled, whatever its case; name itself if
// it is not there.
func spelled[T any](m map[string]T, name string) string {
	for have := range m {
		if strings.EqualFold(have, name) {
			return have
		}
	}
	return name
}

// value finds a value.
func (v Hive) value(key, name string) (Value, bool) {
	values := v[spelled(v, key)]
	out, ok := values[spelled(values, name)]
	return out, ok
}

// under are the keys at and below key.
func (v Hive) under(key string) []string {
	var all []string
	for have := range v {
		if strings.EqualFold(have, key) || strings.HasPrefix(strings.ToLower(have), strings.ToLower(key)+`\`) {
			all = append(all, have)
		}
	}
	return all
}

// edited is the hive as op wants it.
func (v Hive) edited(op host.Op) (Hive, error) {
	out := Hive{}
	for key, values := range v {
		out[key] = maps.Clone(values)
	}
	switch op.Kind {
	case host.SetValue:
		return out, out.set(op)
	case host.DeleteValue:
		values := out[spelled(out, op.Key)]
		delete(values, spelled(values, op.Name))
	case host.DeleteKey:
		for _, key := range out.under(op.Key) {
			delete(out, key)
		}
	}
	return out, nil
}

func (v Hive) set(op host.Op) error {
	if len(v.under(op.Key)) == 0 && !op.Make {
		return refused("no-such-key", op.Key)
	}
	key := spelled(v, op.Key)
	if v[key] == nil {
		v[key] = map[string]Value{}
	}
	v[key][spelled(v[key], op.Name)] = Value{op.Type, valueOf(op)}
	return nil
}

func (h *Host) hive(op host.Op) (now *File, want Hive, err error) {
	_, now, err = h.at(op.To)
	if err != nil {
		return nil, nil, err
	}
	if now == nil || now.Hive == nil {
		return nil, nil, refused("no-such-hive", op.To.Path)
	}
	want, err = now.Hive.edited(op)
	return now, want, err
}

func hiveIs(h *Host, op host.Op) (bool, error) {
	now, want, err := h.hive(op)
	return err == nil && reflect.DeepEqual(now.Hive, want), err
}

func editHive(h *Host, op host.Op) error {
	now, want, err := h.hive(op)
	if err != nil {
		return err
	}
	return h.pc.change("hive edited", func() { now.Hive = want })
}
