// Package damage holds the one type by which every room below disk reports what is wrong with the
// bytes it reads: an image cut short, a broken partition table, a torn file record.
//
// It may import the standard library only. It must never decide how grave a problem is: that is
// the diagnosis' work.
package damage

import (
	"fmt"
	"sync"
)

// Limit is how many problems one Log keeps; later ones are only counted, so that a disk with a
// million torn records cannot fill the memory.
const Limit = 200

// Problem is one observed fault. The zero value means nothing.
type Problem struct {
	// Code names the kind of fault in kebab-case and never changes, for example "primary-gpt-damaged".
	Code string
	// Text says it in one English sentence for a log or an expert view.
	Text string
	// Offset is the byte offset on the disk or volume the fault was seen at, -1 if it has no place.
	Offset int64
}

// String gives the problem on one line.
func (p Problem) String() string {
	if p.Offset < 0 {
		return p.Code + ": " + p.Text
	}
	return fmt.Sprintf("%s at %d: %s", p.Code, p.Offset, p.Text)
}

// Log collects problems from several goroutines, each (Code, Offset) once. The zero value is ready.
type Log struct {
	mu      sync.Mutex
	list    []Problem
	seen    map[key]bool
	dropped int
}

type key struct {
	code   string
	offset int64
}

// Add notes a problem; a repetition of the same code at the same offset is ignored.
func (l *Log) Add(code string, offset int64, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := key{code, offset}
	if l.seen[k] {
		return
	}
	if len(l.list) >= Limit {
		l.dropped++
		return
	}
	if l.seen == nil {
		l.seen = map[key]bool{}
	}
	l.seen[k] = true
	l.list = append(l.list, Problem{Code: code, Text: fmt.Sprintf(format, args...), Offset: offset})
}

// All returns a copy of the problems in the order they were found, nil if there are none. When
// more than Limit were found, a last one with code "more-problems" says how many were left out.
func (l *Log) All() []Problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := append([]Problem(nil), l.list...)
	if l.dropped > 0 {
		out = append(out, Problem{"more-problems", fmt.Sprintf("%d further problems are not listed", l.dropped), -1})
	}
	return out
}
