package regf

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"updoc/codec/wintype"
)

const (
	keyHeader   = 76   // bytes before the name in a key node
	maxKeyName  = 1024 // bytes; Windows allows 255 characters
	valueHeader = 20
	maxValName  = 65534 // bytes; Windows allows 16,383 characters
)

// Flags of a key node.
const (
	flagCompName = 0x0020 // the name is Latin-1
	flagPredef   = 0x0040 // the value count is a handle
	flagSymlink  = 0x0010
)

// A Key is one registry key. It is a small value, valid as long as its hive; the zero Key has no name, subkeys or values.
type Key struct {
	h   *Hive
	off uint32
	nk  []byte
}

// keyAt reads the key node at off.
func (h *Hive) keyAt(off uint32) (Key, error) {
	nk, err := h.cell(off, keyHeader+maxKeyName)
	if err != nil {
		return Key{}, err
	}
	k := Key{h, off, nk}
	if len(nk) < keyHeader || nk[0] != 'n' || nk[1] != 'k' {
		return Key{}, fmt.Errorf("%w: no key node at 0x%x", ErrDamaged, k.Offset())
	}
	if n := int(u16(nk, 72)); n > maxKeyName || keyHeader+n > len(nk) {
		return Key{}, fmt.Errorf("%w: the key node at 0x%x has a name of %d bytes", ErrDamaged, k.Offset(), n)
	}
	return k, nil
}

func (k Key) flags() uint16 { return u16(k.nk, 2) }

func (k Key) rawName() (name []byte, wide bool) {
	if len(k.nk) < keyHeader {
		return nil, false
	}
	return k.nk[keyHeader : keyHeader+int(u16(k.nk, 72))], k.flags()&flagCompName == 0
}

// Name returns the key's own name, as stored; it may hold any character, NUL and backslash included.
func (k Key) Name() string {
	return storedText(k.rawName())
}

// LastWrite returns when the key was last changed, in UTC; the zero time if the hive does not say.
func (k Key) LastWrite() time.Time { return wintype.Time(u64(k.nk, 4)) }

// Offset returns where the key's cell lies in the hive file, in bytes.
func (k Key) Offset() int64 { return baseSize + int64(k.off) }

// Symlink tells whether the key is a symbolic link to another key; links are never followed.
func (k Key) Symlink() bool { return k.flags()&flagSymlink != 0 }

// Subkeys returns the subkeys in stored order, which is alphabetical in a sound hive.
// If some are damaged the rest is returned together with an error that wraps ErrDamaged.
func (k Key) Subkeys() ([]Key, error) { return k.appendSubkeys(nil) }

// appendSubkeys is Subkeys with the keys appended to dst.
func (k Key) appendSubkeys(dst []Key) ([]Key, error) {
	n := u32(k.nk, 20)
	if n == 0 {
		return dst, nil
	}
	dst = slices.Grow(dst, int(min(n, 1024)))
	var bad damage
	seen := uint32(0)
	err := k.eachEntry(func(off, _ uint32, _ leafKind) bool {
		seen++
		s, err := k.h.keyAt(off)
		if bad.add(err) {
			return true
		}
		dst = append(dst, s)
		return true
	})
	bad.add(err)
	if seen != n && bad.first == nil {
		bad.add(fmt.Errorf("%w: the key at 0x%x counts %d subkeys, its lists hold %d", ErrDamaged, k.Offset(), n, seen))
	}
	return dst, bad.err()
}

// Subkey returns the subkey of that name in any case. The error wraps fs.ErrNotExist if there is none, and ErrDamaged
// instead if it may have stood in a part that cannot be read.
func (k Key) Subkey(name string) (Key, error) {
	want := foldName(name)
	found, err := k.find(want, true)
	if errors.Is(err, fs.ErrNotExist) && !asciiOnly(want) {
		// Windows' upper-case table is not quite Unicode's, so a foreign letter may have been hashed differently.
		found, err = k.find(want, false)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fmt.Errorf("registry key %q: %w", name, fs.ErrNotExist)
	}
	return found, err
}

func (k Key) find(want []uint16, byHash bool) (Key, error) {
	if u32(k.nk, 20) == 0 {
		return Key{}, fs.ErrNotExist
	}
	hash := nameHash(want)
	var bad damage
	var found Key
	err := k.eachEntry(func(off, hint uint32, kind leafKind) bool {
		if byHash && !kind.mayMatch(hint, hash, want) {
			return true
		}
		s, err := k.h.keyAt(off)
		if bad.add(err) {
			return true
		}
		if b, wide := s.rawName(); equalName(b, wide, want) {
			found = s
			return false
		}
		return true
	})
	if found.h != nil {
		return found, nil
	}
	bad.add(err)
	if bad.first != nil {
		return Key{}, bad.err()
	}
	return Key{}, fs.ErrNotExist
}

// damage collects errors of a loop that goes on: the first one and how many followed.
type damage struct {
	first error
	more  int
}

// add notes err and tells whether there was one.
func (d *damage) add(err error) bool {
	switch {
	case err == nil:
		return false
	case d.first == nil:
		d.first = err
	default:
		d.more++
	}
	return true
}

func (d *damage) err() error {
	if d.more == 0 {
		return d.first
	}
	return fmt.Errorf("%w (and %d more)", d.first, d.more)
}
