package regf

import (
	"encoding/binary"
	"strings"
	"time"

	"updoc/codec/wintype"
)

// A BuilderKey is a key of a hive that is yet to be written. Make the root with NewRoot or Load.
type BuilderKey struct {
	name     string
	time     time.Time
	class    []byte
	security []byte
	subkeys  []*BuilderKey
	byName   map[string]*BuilderKey
	values   []builderValue
}

type builderValue struct {
	name string
	kind uint32
	data []byte
}

// NewRoot returns an empty root key. Windows gives it any name; "ROOT" and "CMI-CreateHive{GUID}" are usual.
func NewRoot(name string) *BuilderKey { return &BuilderKey{name: name} }

// foldKey is a name in the form that finds it in any case.
func foldKey(name string) string {
	folded := foldName(name)
	b := make([]byte, 0, 2*len(folded))
	for _, c := range folded {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return string(b)
}

// Key returns the key at a path below b, its parts divided by backslashes, and makes what is missing. "" is b itself.
func (b *BuilderKey) Key(path string) *BuilderKey {
	for part := range strings.SplitSeq(path, `\`) {
		if part != "" {
			b = b.child(part)
		}
	}
	return b
}

func (b *BuilderKey) child(name string) *BuilderKey {
	k := foldKey(name)
	if c := b.byName[k]; c != nil {
		return c
	}
	if b.byName == nil {
		b.byName = map[string]*BuilderKey{}
	}
	c := NewRoot(name)
	b.byName[k] = c
	b.subkeys = append(b.subkeys, c)
	return c
}

// Delete removes the subkey of that name with all below it; nothing happens if there is none.
func (b *BuilderKey) Delete(name string) {
	c := b.byName[foldKey(name)]
	for i, s := range b.subkeys {
		if s == c {
			b.subkeys = append(b.subkeys[:i:i], b.subkeys[i+1:]...)
			delete(b.byName, foldKey(name))
			return
		}
	}
}

// SetTime sets when the key was last written, UTC; a key without it gets the time of the hive.
func (b *BuilderKey) SetTime(t time.Time) *BuilderKey {
	b.time = t
	return b
}

// SetSecurity sets the security descriptor of the key, self-relative; a key without one of its own lets SYSTEM and
// Administrators do everything.
func (b *BuilderKey) SetSecurity(descriptor []byte) *BuilderKey {
	b.security = append([]byte(nil), descriptor...)
	return b
}

// SetRaw sets a value of any type to these bytes. As with all setters, a value of the same name in any case is replaced, and
// "" names the default value.
func (b *BuilderKey) SetRaw(name string, kind uint32, data []byte) *BuilderKey {
	v := builderValue{name, kind, append([]byte(nil), data...)}
	want := foldKey(name)
	for i := range b.values {
		if foldKey(b.values[i].name) == want {
			b.values[i] = v
			return b
		}
	}
	b.values = append(b.values, v)
	return b
}

// DeleteValue removes the value of that name; nothing happens if there is none.
func (b *BuilderKey) DeleteValue(name string) {
	want := foldKey(name)
	for i := range b.values {
		if foldKey(b.values[i].name) == want {
			b.values = append(b.values[:i:i], b.values[i+1:]...)
			return
		}
	}
}

// SetString sets a REG_SZ value.
func (b *BuilderKey) SetString(name, s string) *BuilderKey {
	return b.SetRaw(name, SZ, wintype.AppendUTF16Z(nil, s))
}

// SetExpand sets a REG_EXPAND_SZ value.
func (b *BuilderKey) SetExpand(name, s string) *BuilderKey {
	return b.SetRaw(name, ExpandSZ, wintype.AppendUTF16Z(nil, s))
}

// SetMulti sets a REG_MULTI_SZ value; empty texts are kept.
func (b *BuilderKey) SetMulti(name string, list []string) *BuilderKey {
	var data []byte
	for _, s := range list {
		data = wintype.AppendUTF16Z(data, s)
	}
	return b.SetRaw(name, MultiSZ, append(data, 0, 0))
}

// SetDword sets a REG_DWORD value.
func (b *BuilderKey) SetDword(name string, n uint32) *BuilderKey {
	return b.SetRaw(name, Dword, binary.LittleEndian.AppendUint32(nil, n))
}

// SetQword sets a REG_QWORD value.
func (b *BuilderKey) SetQword(name string, n uint64) *BuilderKey {
	return b.SetRaw(name, Qword, binary.LittleEndian.AppendUint64(nil, n))
}

// SetBinary sets a REG_BINARY value.
func (b *BuilderKey) SetBinary(name string, data []byte) *BuilderKey {
	return b.SetRaw(name, Binary, data)
}

// storedName returns a name as cells hold it: Latin-1 where possible, UTF-16LE otherwise.
func storedName(s string) (b []byte, comp bool) {
	for _, r := range s {
		if r > 0xFF {
			return wintype.AppendUTF16(nil, s), false
		}
		b = append(b, byte(r))
	}
	return b, true
}
