package regf

import (
	"bytes"
	"encoding/binary"
)

// A Dirty is a hive as a power failure leaves it: the file holds the old tree, the logs what is needed to get the new one.
type Dirty struct {
	Hive       []byte
	Log1, Log2 []byte // new format: NAME.LOG1 and NAME.LOG2. Old format: NAME.LOG1 only, Log2 is nil
}

// BuildDirty writes a dirty hive with new-format logs. The changes are spread over several entries, the first ones in Log1.
func BuildDirty(before, after *BuilderKey, o BuildOptions) Dirty {
	o = o.filled()
	old, now := Build(before, o), Build(after, o)
	pages := changedPages(old, now)
	first := len(pages) / 2
	d := Dirty{Hive: old}
	d.Log1 = newLog(now, o.Sequence, pages[:first])
	d.Log2 = newLog(now, o.Sequence+uint32(entriesFor(first)), pages[first:])
	stamp(d.Hive, o.Sequence+1, o.Sequence)
	return d
}

// changedPages returns the file offsets of the pages of now that differ from old.
func changedPages(old, now []byte) []int {
	var out []int
	for at := baseSize; at < len(now); at += pageSize {
		if at+pageSize > len(old) || !bytes.Equal(old[at:at+pageSize], now[at:at+pageSize]) {
			out = append(out, at)
		}
	}
	return out
}

// logBase is the first sector of a log: a copy of the hive's base block with its own type and sequence numbers.
func logBase(hive []byte, fileType, seq uint32) []byte {
	b := append([]byte(nil), hive[:sectorSize]...)
	binary.LittleEndian.PutUint32(b[28:], fileType)
	stamp(b, seq, seq)
	return b
}

// entryPages is how many pages BuildDirty puts into one log entry.
const entryPages = 8

func entriesFor(pages int) int { return (pages + entryPages - 1) / entryPages }

func newLog(now []byte, seq uint32, pages []int) []byte {
	log := logBase(now, typeLogNew, seq)
	for len(pages) > 0 {
		n := min(len(pages), entryPages)
		log = append(log, newEntry(now, seq, pages[:n])...)
		pages, seq = pages[n:], seq+1
	}
	return log
}

func newEntry(now []byte, seq uint32, pages []int) []byte {
	le := binary.LittleEndian
	e := make([]byte, entryHeader)
	copy(e, "HvLE")
	le.PutUint32(e[12:], seq)
	le.PutUint32(e[16:], uint32(len(now)-baseSize))
	le.PutUint32(e[20:], uint32(len(pages)))
	for _, p := range pages {
		e = le.AppendUint32(e, uint32(p-baseSize))
		e = le.AppendUint32(e, pageSize)
	}
	for _, p := range pages {
		e = append(e, now[p:p+pageSize]...)
	}
	e = padTo(e, sectorSize)
	le.PutUint32(e[4:], uint32(len(e)))
	le.PutUint64(e[24:], marvinSum(e[entryHeader:]))
	le.PutUint64(e[32:], marvinSum(e[:32]))
	return e
}

func padTo(b []byte, unit int) []byte {
	return append(b, make([]byte, (unit-len(b)%unit)%unit)...)
}
