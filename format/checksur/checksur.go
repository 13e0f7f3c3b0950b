// Package checksur reads %windir%\Logs\CBS\CheckSUR.log and CheckSUR.persist.log: what
// the System Update Readiness Tool found damaged in the component store of Windows 7
// and 8 and could not mend. The first holds the newest run, the second all of them.
//
// It may import the standard library and format/textlog. It must never decide what the
// damage means for an update, and never hold a whole log.
//
// The grammar is known from Microsoft's articles on the tool (KB947821, KB2700601) and
// from logs quoted in public reports; there is no specification. The words are English
// on every system.
package checksur

import (
	"context"
	"io"
	"time"

	"updoc/format/textlog"
)

// Bounds of a Log.
const (
	maxRuns  = 32   // the newest; the tool is run a few times in the life of a PC
	maxItems = 256  // of one run; a store with more is told by the counts
	maxText  = 400  // bytes of a path
	maxName  = 64   // bytes of a kind or a version
	maxLine  = 4096 // bytes; a real line has two names and a few words
)

// Log is what one file says.
type Log struct {
	Encoding     textlog.Encoding
	Lines, Bytes int64
	Runs         []Run // the newest, in order; those that say nothing are left out
	RunCount     int64 // headings, also of runs that say nothing
}

// Run is one check of the store.
type Run struct {
	Line, Offset int64     // of its heading
	Time         time.Time // its beginning on the local clock of the machine, to the minute; zero: none stands there
	Binary       string    // "6.1.7601.22471": version of the tool, which begins like that of Windows
	Seconds      int64     // how long it took; 0 if not told
	Summed       bool      // it came to its summary
	Found, Fixed int64     // as the summary counts; without one, items counted here
	Items        []Item
	ItemCount    int64
}

// Item is one damaged part.
type Item struct {
	Line  int64
	Kind  string // "CSI Payload File Missing", "CBS MUM Corrupt"
	Code  uint32 // 0 if none is told; the tool gives 0 for missing payload
	Path  string // component and file, or a file below %windir%
	Fixed bool   // the tool put it right
}

// Unfixed returns the damaged parts that stayed so. A summary that fixed all it found
// speaks for every one.
func (r *Run) Unfixed() []Item {
	if r.Summed && r.Fixed >= r.Found {
		return nil
	}
	var out []Item
	for _, i := range r.Items {
		if !i.Fixed {
			out = append(out, i)
		}
	}
	return out
}

// Read reads a log to its end. Damage is no error; err is one of the source or of ctx.
func Read(ctx context.Context, src io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	r := textlog.NewReader(ctx, src, textlog.Options{MaxLine: maxLine})
	for {
		l, err := r.Next()
		if err != nil {
			in.end()
			in.log.Encoding, in.log.Bytes = r.Encoding(), r.Bytes()
			if err == io.EOF {
				err = nil
			}
			return in.log, err
		}
		in.log.Lines++
		in.line(l)
	}
}
