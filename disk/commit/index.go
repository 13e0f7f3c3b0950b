package commit

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"updoc/disk/overlay"
)

// The index lists the blocks that change, by phase and then by place, and the blocks
// that are watched. It lies beside the delta and once more beside the undo, so that
// damage to one leaves the other way open. All numbers are little-endian:
//
//	magic [8] · version u32 · block size u32 · disk size, changes, watched u64
//	changes: block, slot in the delta, phase u64 · SHA-256 of old, of new content
//	watched: first block, count u64 · SHA-256 of their content
//	SHA-256 of all before
//
// Change number n has its old content in slot n of the undo. SHA-256, because what is
// written must be beyond doubt and processors do 1.5 GB/s of it.
const (
	indexMagic   = "updocidx"
	indexVersion = 1
	headerSize   = 40
	entrySize    = 88
	watchedSize  = 48
	maxIndex     = 512 << 20 // bytes: changes of 23 GB
)

type sum = [sha256.Size]byte

type entry struct {
	block, slot int64
	phase       Phase
	old, new    sum
}

// watched are blocks in a row that do not change.
type watched struct {
	block, count int64
	sum          sum
}

// maxWatched is how many blocks have one hash.
const maxWatched = 64

type index struct {
	size    int64 // of the disk, bytes
	entries []entry
	watch   []watched
}

// length is how many bytes block has: only the last one of a disk may be shorter.
func (ix *index) length(block int64) int64 {
	return min(overlay.BlockSize, ix.size-block*overlay.BlockSize)
}

// span is how many bytes watched blocks have.
func (ix *index) span(w watched) int64 {
	return min(w.count*overlay.BlockSize, ix.size-w.block*overlay.BlockSize)
}

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.phase, b.phase), cmp.Compare(a.block, b.block))
}

func (ix *index) encode() []byte {
	le := binary.LittleEndian
	p := make([]byte, 0, headerSize+len(ix.entries)*entrySize+len(ix.watch)*watchedSize+sha256.Size)
	p = append(p, indexMagic...)
	p = le.AppendUint32(p, indexVersion)
	p = le.AppendUint32(p, overlay.BlockSize)
	for _, n := range []int64{ix.size, int64(len(ix.entries)), int64(len(ix.watch))} {
		p = le.AppendUint64(p, uint64(n))
	}
	for _, e := range ix.entries {
		p = le.AppendUint64(p, uint64(e.block))
		p = le.AppendUint64(p, uint64(e.slot))
		p = le.AppendUint64(p, uint64(e.phase))
		p = append(append(p, e.old[:]...), e.new[:]...)
	}
	for _, w := range ix.watch {
		p = le.AppendUint64(le.AppendUint64(p, uint64(w.block)), uint64(w.count))
		p = append(p, w.sum[:]...)
	}
	all := sha256.Sum256(p)
	return append(p, all[:]...)
}

// decodeIndex is the reverse of encode; name is for the error, a *DamagedError.
func decodeIndex(name string, p []byte) (*index, error) {
	le := binary.LittleEndian
	body := len(p) - sha256.Size
	if body < headerSize || sha256.Sum256(p[:body]) != sum(p[body:]) {
		return nil, &DamagedError{name, "hash does not match"}
	}
	if string(p[:8]) != indexMagic || le.Uint32(p[8:]) != indexVersion || le.Uint32(p[12:]) != overlay.BlockSize {
		return nil, &DamagedError{name, "not an index of this version"}
	}
	n, m := le.Uint64(p[24:]), le.Uint64(p[32:])
	if n > maxIndex || m > maxIndex || n*entrySize+m*watchedSize != uint64(body-headerSize) {
		return nil, &DamagedError{name, "counts do not match"}
	}
	ix := &index{size: int64(le.Uint64(p[16:]))}
	if err := errors.Join(ix.decode(p[headerSize:body], n), ix.check()); err != nil {
		return nil, &DamagedError{name, err.Error()}
	}
	return ix, nil
}

// decode takes n changes from p; what is left are the watched blocks.
func (ix *index) decode(p []byte, n uint64) error {
	le := binary.LittleEndian
	for ; n > 0; n, p = n-1, p[entrySize:] {
		e := entry{int64(le.Uint64(p)), int64(le.Uint64(p[8:])), Phase(p[16]), sum(p[24:]), sum(p[56:])}
		if le.Uint64(p[16:]) != uint64(e.phase) {
			return &ChangeError{e.block, "no such phase"}
		}
		ix.entries = append(ix.entries, e)
	}
	for ; len(p) > 0; p = p[watchedSize:] {
		ix.watch = append(ix.watch, watched{int64(le.Uint64(p)), int64(le.Uint64(p[8:])), sum(p[16:])})
	}
	return nil
}

// check refuses blocks that are outside the disk, out of order or there twice, and
// slots that are not exactly 0 … n-1. Errors are *ChangeError.
func (ix *index) check() error {
	blocks, slots := map[int64]bool{}, map[int64]bool{}
	once := func(block int64) error {
		if block < 0 || block > ix.size/overlay.BlockSize || ix.length(block) <= 0 {
			return &ChangeError{block, "not on the disk"}
		}
		if blocks[block] {
			return &ChangeError{block, "there twice"}
		}
		blocks[block] = true
		return nil
	}
	if !slices.IsSortedFunc(ix.entries, compareEntries) {
		return &ChangeError{0, "out of order"}
	}
	for _, e := range ix.entries {
		if e.slot < 0 || e.slot >= int64(len(ix.entries)) || slots[e.slot] {
			return &ChangeError{e.block, "wrong slot"}
		}
		slots[e.slot] = true
		if err := once(e.block); err != nil {
			return err
		}
	}
	for _, w := range ix.watch {
		if w.count < 1 || w.count > maxWatched {
			return &ChangeError{w.block, "watched in a row that is too long"}
		}
		for i := range w.count {
			if err := once(w.block + i); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	zeros   [overlay.BlockSize]byte
	zeroSum = sha256.Sum256(zeros[:])
)

// hash is the SHA-256 of a block. Much of a disk is zeros: that is known.
func hash(p []byte) sum {
	if bytes.Equal(p, zeros[:]) {
		return zeroSum
	}
	return sha256.Sum256(p)
}
