package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Append adds a record; data is what its JSON says, nil for none. When it returns, the
// record is on the medium. After an error every further Append fails: open the log anew.
func (l *Log) Append(state string, data any) error {
	if l.failed != nil {
		return l.failed
	}
	r, line, err := l.next(state, data)
	if err != nil {
		return err
	}
	if l.failed = l.write(line); l.failed != nil {
		return l.failed
	}
	l.records = append(l.records, r)
	l.end += int64(len(line)) + 1
	return nil
}

func (l *Log) next(state string, data any) (r Record, line []byte, err error) {
	r = Record{Seq: int64(len(l.records)) + 1, Time: l.now(), State: state, Prev: l.Head()}
	if data != nil {
		if r.Data, err = json.Marshal(data); err != nil {
			return r, nil, err
		}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return r, nil, err
	}
	line = sealLine(body[:len(body)-1])
	if len(line) > maxLine || l.end+int64(len(line)) >= maxLog {
		return r, nil, fmt.Errorf("record %s is too long: %d bytes", state, len(line))
	}
	sum := sha256.Sum256(body)
	r.Hash = hex.EncodeToString(sum[:])
	return r, line, nil
}

func (l *Log) now() time.Time {
	if l.Now == nil {
		return time.Now().UTC()
	}
	return l.Now().UTC()
}

// write puts the line on the medium before its line break, so that a line with a break
// was whole once: if it does not match its hash, it is damaged and not torn.
func (l *Log) write(line []byte) error {
	f, err := l.open()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := l.cutTail(f); err != nil {
		return err
	}
	if err := writeSync(f, line, l.end); err != nil {
		return err
	}
	return writeSync(f, []byte{'\n'}, l.end+int64(len(line)))
}

// cutTail cuts a torn line off for good, lest its rest stand behind the next one.
func (l *Log) cutTail(f File) error {
	size, err := f.Size()
	if err != nil || size == l.end {
		return err
	}
	if err := f.Truncate(l.end); err != nil {
		return err
	}
	return f.Sync()
}

// open opens the file, or makes it and its name last.
func (l *Log) open() (File, error) {
	f, err := l.dir.Open(logName)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if f, err = l.dir.Create(logName); err != nil {
		return nil, err
	}
	if err := l.dir.Sync(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
