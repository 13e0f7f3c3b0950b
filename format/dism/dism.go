// Package dism reads %windir%\Logs\DISM\dism.log: the lines in which DISM says that
// something failed.
//
// It may import the standard library and format/textlog. It must never decide what a
// failure means, and never hold a whole log.
//
// The grammar is known from real logs: "<time>, <Level> DISM   <module>: PID=n TID=n
// <text> - <class>::<function>(hr:0x…)". Times are local. Lines of level Warning carry
// failing codes on healthy machines too, so only those of level Error are kept.
package dism

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"updoc/format/textlog"
)

// Bounds of a Log.
const (
	maxEntries = 64  // the newest; one failing run of DISM writes about ten
	maxText    = 400 // bytes of a shown line
	maxName    = 120 // bytes of a class and function
)

// Log is what one DISM log says.
type Log struct {
	Encoding            textlog.Encoding
	Lines, Bytes        int64
	FirstTime, LastTime time.Time // local clock of the machine; zero: no stamp at all
	Entries             []Entry   // the newest failures
	Count               int64     // how many failures there were
}

// Entry is one line that tells of a failure.
type Entry struct {
	Line, Offset int64
	Time         time.Time // local clock of the machine
	Code         uint32    // the failing code
	Where        string    // "CDISMPackageManager::ProcessChanges"; "" if not told
	Text         string    // the line behind its level
}

// Read reads a log to its end. Damage is no error; err is one of the source or of ctx.
func Read(ctx context.Context, src io.Reader) (*Log, error) {
	log := &Log{}
	r := textlog.NewReader(ctx, src, textlog.Options{})
	for {
		l, err := r.Next()
		if err != nil {
			log.Encoding, log.Bytes = r.Encoding(), r.Bytes()
			if err == io.EOF {
				err = nil
			}
			return log, err
		}
		log.Lines++
		log.line(l)
	}
}

func (log *Log) line(l textlog.Line) {
	h := textlog.ParseHead(l.Text)
	if !h.Stamped {
		return
	}
	at, ok := textlog.ParseTime(l.Text)
	if ok && log.FirstTime.IsZero() {
		log.FirstTime = at
	}
	if ok {
		log.LastTime = at
	}
	if h.Level != textlog.LevelError {
		return
	}
	code, where := failure(h.Rest)
	if code&0x80000000 == 0 {
		return
	}
	log.Count++
	log.Entries = textlog.AppendNewest(log.Entries, Entry{Line: l.Number, Offset: l.Offset, Time: at, Code: code,
		Where: textlog.Clip(where, maxName), Text: textlog.Clip(h.Rest, maxText)}, maxEntries)
}

var codeMark = []byte("(hr:0x")

// failure reads the end "… - Class::Function(hr:0x80070002)" of a line.
func failure(t []byte) (uint32, []byte) {
	i := bytes.LastIndex(t, codeMark)
	if i < 0 {
		return 0, nil
	}
	digits := t[i+len(codeMark):]
	end := bytes.IndexByte(digits, ')')
	if end < 1 || end > 8 {
		return 0, nil
	}
	code, err := strconv.ParseUint(string(digits[:end]), 16, 32)
	if err != nil {
		return 0, nil
	}
	where := t[:i]
	if j := bytes.LastIndex(where, []byte(" - ")); j >= 0 {
		where = where[j+3:]
	}
	if !bytes.Contains(where, []byte("::")) {
		where = nil
	}
	return uint32(code), bytes.TrimSpace(where)
}
