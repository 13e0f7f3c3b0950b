package regf

import (
	"fmt"
	"slices"
)

// entryHeader is the fixed part of a log entry, in bytes.
const entryHeader = 40

// logEntry is one verified entry of a new-format log.
type logEntry struct {
	at    int64 // offset in the log
	size  int64 // bytes
	flags uint32
	seq   uint32
	bins  uint32 // size of the hive bins after this entry
	pages []patch
}

// recoverNew applies the entries of one or both logs in the order of their sequence numbers, as the specification describes
// it for Windows 8.1 and later: the log with the earlier entries first, each entry the successor of the one before; what
// comes after a gap or a broken entry is not applied.
func (h *Hive) recoverNew(logs []logFile) {
	slices.SortStableFunc(logs, bySequence)
	if !h.base.valid() {
		logs = logs[len(logs)-1:] // the base block will come from the newest log, so only its entries fit
		h.adopt(logs[0])
	} else {
		logs = slices.DeleteFunc(logs, func(f logFile) bool { return f.base.primary < h.base.secondary })
	}
	if len(logs) == 0 {
		h.note("the hive is dirty and its logs hold only older entries")
		return
	}
	c := chain{h: h, next: logs[0].base.primary}
	for _, f := range logs {
		c.run(f)
	}
	h.info.Recovered = c.count > 0 && !c.lost(logs) && !c.gapBefore(logs)
	if c.count == 0 {
		h.note("the hive is dirty and no log entry could be applied")
	}
}

// chain applies entries that follow each other.
type chain struct {
	h     *Hive
	next  uint32 // sequence number expected
	count int
	ends  []int64 // per log: where reading stopped
}

// run applies the entries of one log until one is missing, old or broken.
func (c *chain) run(f logFile) {
	at, first, n, bytes := int64(headSize), c.next, 0, int64(0)
	for {
		e, err := f.entry(at)
		if err != nil {
			c.h.note("%s: %v", f.Name, err)
		}
		if e == nil || e.seq != c.next {
			break
		}
		c.apply(e)
		at, n, bytes = at+e.size, n+1, bytes+e.bytes()
	}
	c.ends = append(c.ends, at)
	if n > 0 {
		c.h.info.Replayed = append(c.h.info.Replayed,
			fmt.Sprintf("%s: entries %d to %d, %d bytes of pages", f.Name, first, c.next-1, bytes))
	}
}

func (c *chain) apply(e *logEntry) {
	for _, p := range e.pages {
		c.h.pages.patch(p)
	}
	c.h.base.binsSize, c.h.lastEntry = e.bins, e.seq
	c.next++
	c.count++
}

func (e *logEntry) bytes() (n int64) {
	for _, p := range e.pages {
		n += p.size
	}
	return n
}

// lost tells whether a log holds a sound entry that is newer than the last one applied.
func (c *chain) lost(logs []logFile) bool {
	for i, f := range logs {
		if seq, ok := f.laterEntry(c.ends[i], c.next); ok {
			c.h.note("%s: entry %d could not be applied, because one before it is missing or broken", f.Name, seq)
			return true
		}
	}
	return false
}

// gapBefore tells whether entries between the hive and the first log are missing without explanation. With two logs a gap is
// normal: Windows writes the hive back in part, without its base block, before it reuses a log.
func (c *chain) gapBefore(logs []logFile) bool {
	first := logs[0].base.primary
	if !c.h.info.ChecksumOK || first <= c.h.info.Primary || len(logs) > 1 {
		return false
	}
	c.h.note("%s begins with entry %d, the hive stands at %d: a log seems to be missing", logs[0].Name, first, c.h.info.Secondary)
	return true
}
