package regf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"updoc/codec/wintype"
)

// ErrEdit is wrapped when a sound hive cannot take an edit: the root is to be deleted, a name or the data are too long.
var ErrEdit = errors.New("no hive can take this edit")

// Bounds of what an edit may bring in.
const (
	maxEditName  = 255      // characters of a key's name, as Windows allows
	maxEditValue = 16383    // characters of a value's name
	maxEditData  = 16 << 20 // bytes
	maxEditHive  = 1 << 31  // bytes; offsets above it mean volatile cells
)

// An Editor changes an existing hive cell by cell, so that little of a large hive differs afterwards. An edit that fails
// leaves the hive as it was. An Editor is used by one goroutine at a time.
type Editor struct {
	clean  []byte
	b      []byte // base block and hive bins as they are now
	now    time.Time
	base   baseBlock
	bins   []span // relative to the first bin, in order
	free   []span // free cells, in order
	used   bitmap // where an allocated cell of a sound bin begins
	shared map[uint32]bool
	skUses map[uint32]uint32 // keys that use a security cell, as counted
	undo   []undo
}

// A span is a run of bytes, relative to the first hive bin.
type span struct{ off, size uint32 }

// A Range is a run of bytes of the hive file.
type Range struct{ Offset, Size int64 }

type undo struct {
	at  int
	old []byte
}

// Edit begins to edit a hive. clean is the file as WriteClean gives it, or a file that is clean anyway; it must not be
// changed as long as the Editor is used. now becomes the time of the hive and of changed keys, UTC. The error wraps
// ErrNotHive, ErrUnrecovered if the hive is dirty, or ErrDamaged if its bins do not follow one another.
//
// Damage elsewhere in the hive does not hinder an edit; cells that belong to two owners, or to none, are never touched.
func Edit(clean []byte, now time.Time) (*Editor, error) {
	e := &Editor{clean: clean, now: now}
	if len(clean) < baseSize {
		return nil, fmt.Errorf("%w: only %d bytes long", ErrNotHive, len(clean))
	}
	e.base = parseBase(clean)
	if err := e.editable(); err != nil {
		return nil, err
	}
	e.b = append(make([]byte, 0, len(clean)), clean[:baseSize+int(e.base.binsSize)]...)
	if err := e.survey(); err != nil {
		return nil, err
	}
	_, err := e.key(e.base.root)
	return e, err
}

func (e *Editor) editable() error {
	b := &e.base
	if !b.signature {
		return fmt.Errorf("%w: no regf signature", ErrNotHive)
	}
	if b.dirty() {
		return ErrUnrecovered
	}
	if err := b.supported(); err != nil {
		return err
	}
	if b.minor < 3 || b.format != 1 {
		return fmt.Errorf("%w: version 1.%d, format %d cannot be edited", ErrNotHive, b.minor, b.format)
	}
	if b.binsSize == 0 || b.binsSize%pageSize != 0 || uint64(b.binsSize) >= maxEditHive || int64(b.binsSize) > int64(len(e.clean)-baseSize) {
		return fmt.Errorf("%w: its bins cannot have %d bytes in a file of %d", ErrDamaged, b.binsSize, len(e.clean))
	}
	return nil
}

// SetValue sets a value of the key at a path below the root, its parts divided by backslashes, in any case; "" is the root,
// and a value named "" the default value. With create, keys that are missing are made, with the security of the key above
// them; without, the error wraps fs.ErrNotExist. A value that is there already with this kind and these data is left alone.
func (e *Editor) SetValue(key, name string, kind uint32, data []byte, create bool) error {
	if len(wintype.AppendUTF16(nil, name)) > 2*maxEditValue || len(data) > maxEditData {
		return fmt.Errorf("%w: value %.40q with %d bytes", ErrEdit, name, len(data))
	}
	return e.do("set registry value", key, func() error {
		nk, err := e.open(key, create)
		if err != nil {
			return err
		}
		return e.setValue(nk, name, kind, data)
	})
}

// DeleteValue takes a value out of a key. The error wraps fs.ErrNotExist if there is no such key or value.
func (e *Editor) DeleteValue(key, name string) error {
	return e.do("delete registry value", key, func() error {
		nk, err := e.open(key, false)
		if err != nil {
			return err
		}
		return e.deleteValue(nk, name)
	})
}

// DeleteKey takes a key with all below it out of the hive. The error wraps fs.ErrNotExist if there is none, ErrEdit if it is
// the root or Windows forbids to delete it.
func (e *Editor) DeleteKey(key string) error {
	return e.do("delete registry key", key, func() error {
		nk, err := e.open(key, false)
		if err != nil {
			return err
		}
		return e.deleteKey(nk)
	})
}

// do runs one edit and takes back what it has done if it fails.
func (e *Editor) do(what, key string, edit func() error) error {
	e.undo = e.undo[:0]
	size := len(e.b)
	err := edit()
	if err == nil {
		return nil
	}
	for i := len(e.undo) - 1; i >= 0; i-- {
		copy(e.b[e.undo[i].at:], e.undo[i].old)
	}
	e.b = e.b[:size]
	if len(e.undo) > 0 {
		if broken := e.survey(); broken != nil {
			return broken
		}
	}
	return &fs.PathError{Op: what, Path: key, Err: err}
}

// open returns the key node at a path.
func (e *Editor) open(path string, create bool) (uint32, error) {
	nk, depth := e.base.root, 0
	for part := range strings.SplitSeq(path, `\`) {
		if part == "" {
			continue
		}
		if depth++; depth >= maxDepth {
			return 0, fmt.Errorf("%w: keys deeper than %d levels", ErrEdit, maxDepth)
		}
		next, err := e.subkey(nk, part)
		if errors.Is(err, fs.ErrNotExist) && create {
			next, err = e.createKey(nk, part)
		}
		if err != nil {
			return 0, err
		}
		nk = next
	}
	return nk, nil
}

// Bytes returns the edited hive: clean again, its sequence numbers one higher. Room that the file had behind its bins is
// used up before the file grows. Without a change the bytes are those that Edit got.
func (e *Editor) Bytes() []byte {
	n := baseSize + int(e.base.binsSize)
	if len(e.b) == n && bytes.Equal(e.b, e.clean[:n]) {
		return bytes.Clone(e.clean)
	}
	out := bytes.Clone(e.b)
	if len(e.clean) > len(out) {
		out = append(out, e.clean[len(out):]...)
	}
	binary.LittleEndian.PutUint64(out[12:], wintype.Filetime(e.now))
	stamp(out, e.base.primary+1, e.base.primary+1)
	return out
}

// Changes returns where Bytes differs from what Edit got: whole sectors of 512 bytes, in order, neighbours joined. What a
// grown hive has at its end is included.
func (e *Editor) Changes() []Range {
	now := e.Bytes()
	var out []Range
	for at := 0; at < len(now); at += sectorSize {
		end := min(at+sectorSize, len(now))
		if end <= len(e.clean) && bytes.Equal(now[at:end], e.clean[at:end]) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Offset+out[n-1].Size == int64(at) {
			out[n-1].Size += int64(end - at)
			continue
		}
		out = append(out, Range{int64(at), int64(end - at)})
	}
	return out
}
