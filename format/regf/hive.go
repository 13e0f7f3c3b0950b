package regf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"updoc/codec/wintype"
)

// A Log is one transaction log of a hive: NAME.LOG, NAME.LOG1 or NAME.LOG2. Order does not matter; empty ones are allowed.
type Log struct {
	Name string // for reports
	R    io.ReaderAt
	Size int64 // bytes
}

// A Hive is an opened registry hive. Its methods may be called from several goroutines; nothing is ever written.
type Hive struct {
	pages     pager
	base      baseBlock // in force: the file's own or, after recovery, what the logs say
	info      Info
	lastEntry uint32 // number of the last log entry applied; 0 if none
	mu        sync.Mutex
	problems  []string
}

// Info is what the base block and the recovery tell.
type Info struct {
	Name         string    // end of the path the hive had when it was last written, for people only
	Major, Minor uint32    // version of the format
	Primary      uint32    // sequence number written before a write
	Secondary    uint32    // sequence number written after it
	ChecksumOK   bool      // of the file's own base block
	RootOffset   uint32    // in force, bytes from the first hive bin
	BinsSize     uint32    // in force, bytes
	LastWritten  time.Time // UTC; Windows 8.1 and later do not keep it up to date
	Dirty        bool      // the file alone is not consistent: its sequence numbers differ or its base block is damaged
	Recovered    bool      // it was dirty and its logs were applied completely
	Replayed     []string  // what was applied, in order
	Problems     []string  // damage seen so far; grows while the hive is read
}

// maxProblems bounds the list of problems a hive keeps.
const maxProblems = 200

// Open opens the hive in the first size bytes of r. If the hive is dirty, those logs that belong to it are laid over it in
// memory. r and the logs are read from as long as the hive is used. The error wraps ErrNotHive if r is no hive or its base
// block cannot be used; lesser damage is told by Info.
func Open(r io.ReaderAt, size int64, logs ...Log) (*Hive, error) {
	h := &Hive{pages: pager{r: r, size: size}}
	head := make([]byte, headSize)
	if size < headSize {
		return nil, fmt.Errorf("%w: only %d bytes long", ErrNotHive, size)
	}
	if err := readFull(r, head, 0); err != nil {
		return nil, fmt.Errorf("read base block: %w", err)
	}
	h.base = parseBase(head)
	h.describe()
	if h.base.valid() {
		if err := h.base.supported(); err != nil {
			return nil, err
		}
	}
	h.recover(logs)
	if err := h.settle(); err != nil {
		return nil, err
	}
	return h, nil
}

// describe fills Info with what the file itself says, before any log is applied.
func (h *Hive) describe() {
	b := &h.base
	h.info = Info{
		Name: b.name, Major: b.major, Minor: b.minor, Primary: b.primary, Secondary: b.secondary,
		ChecksumOK: b.checksumOK, LastWritten: wintype.Time(b.written), Dirty: b.dirty(),
	}
	if !b.signature {
		h.note("the base block has no signature")
	} else if !b.checksumOK {
		h.note("the checksum of the base block is wrong")
	}
}

// settle checks the base block in force and finds the root key.
func (h *Hive) settle() error {
	if !h.base.signature {
		return fmt.Errorf("%w: no regf signature", ErrNotHive)
	}
	if err := h.base.supported(); err != nil {
		return err
	}
	h.pages.setLimit(h.limit())
	if _, err := h.keyAt(h.base.root); err != nil {
		if err := h.findRoot(err); err != nil {
			return err
		}
	}
	h.info.RootOffset, h.info.BinsSize = h.base.root, h.base.binsSize
	return nil
}

// limit returns where the readable bytes end: what the base block claims, but not beyond the file unless logs have grown it.
func (h *Hive) limit() int64 {
	claimed := baseSize + int64(h.base.binsSize)
	end := max(h.pages.size, h.pages.patched)
	if claimed > end {
		h.note("the file ends at %d bytes, %d are claimed", end, claimed)
		return end
	}
	if !h.base.valid() {
		return end
	}
	return claimed
}

// findRoot looks where the root key stands in nearly every hive, in the first cell.
func (h *Hive) findRoot(cause error) error {
	const usual = 32
	k, err := h.keyAt(usual)
	if err != nil || k.flags()&0x0004 == 0 {
		return fmt.Errorf("%w: no root key: %w", ErrNotHive, cause)
	}
	h.note("the base block points to no root key; the first cell is one")
	h.base.root = usual
	return nil
}

// Info returns what is known about the hive so far.
func (h *Hive) Info() Info {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.info
	i.Replayed = append([]string(nil), i.Replayed...)
	i.Problems = append([]string(nil), h.problems...)
	return i
}

func (h *Hive) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.problems) < maxProblems {
		h.problems = append(h.problems, fmt.Sprintf(format, args...))
	}
}

// Root returns the root key. Open has seen it; the error, which may wrap ErrDamaged, is of reading it again.
func (h *Hive) Root() (Key, error) { return h.keyAt(h.base.root) }

// Key returns the key at a path below the root, its parts divided by backslashes, in any case; "" is the root itself.
// The error wraps fs.ErrNotExist if a part is absent, ErrDamaged if that cannot be known.
func (h *Hive) Key(path string) (Key, error) {
	k, err := h.Root()
	for rest := path; err == nil && rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, `\`)
		if part != "" {
			k, err = k.Subkey(part)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Key{}, &fs.PathError{Op: "open registry key", Path: path, Err: err}
	}
	return k, nil
}
