package commit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// logName is the file of a journal that tells how far it has come.
const logName = "log"

// maxLine and maxLog bound one line and the whole log, in bytes.
const (
	maxLine = 4 << 20
	maxLog  = 64 << 20
)

// Record is one line of a log: JSON, with Hash as its last key. Hash is the SHA-256 of
// the line without that key; Prev is the Hash of the line before, empty in the first.
type Record struct {
	Seq   int64           `json:"seq"`  // 1, 2, 3 …
	Time  time.Time       `json:"time"` // UTC
	State string          `json:"state"`
	Data  json.RawMessage `json:"data,omitempty"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash,omitempty"` // lower-case hex
}

// DamagedError says that a file of a journal is not what was written there. Nothing is
// done with such a journal.
type DamagedError struct{ Name, What string }

// Error names the file and what is wrong with it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("journal damaged: %s: %s", e.Name, e.What)
}

// Log is the record log of one journal. It is used by one goroutine at a time.
type Log struct {
	Now     func() time.Time // nil: time.Now
	dir     Dir
	records []Record
	end     int64 // of the last whole line in the file
	failed  error // an append failed: what is on the medium is unknown until the log is opened again
}

// OpenLog reads the log of dir; none is an empty one. A last line without its line break
// was being written when the power went: it counts as not written and the next Append
// cuts it off. Whatever else does not match is a *DamagedError.
func OpenLog(dir Dir) (*Log, error) {
	l := &Log{dir: dir}
	text, err := readFile(dir, logName, maxLog)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			return l, l.checkTail(line)
		}
		if err := l.take(line); err != nil {
			return nil, err
		}
		text = rest
	}
}

// checkTail tells a torn last line from one whose line break was damaged. The break is
// written when the line is already on the medium, so behind a whole line a torn one has
// nothing or zeros.
func (l *Log) checkTail(tail []byte) error {
	for end := 0; ; {
		i := bytes.Index(tail[end:], []byte(hashKey))
		if i < 0 {
			return nil
		}
		end += i + len(hashKey)
		if n := end + 2*sha256.Size + len(`"}`); n < len(tail) && tail[n] != 0 {
			if _, err := parseLine(tail[:n]); err == nil {
				return l.damaged("the line break is gone")
			}
		}
	}
}

func (l *Log) take(line []byte) error {
	r, err := parseLine(line)
	if err != nil {
		return l.damaged(err.Error())
	}
	if r.Seq != int64(len(l.records))+1 || r.Prev != l.Head() {
		return l.damaged("not the record that follows")
	}
	l.records = append(l.records, r)
	l.end += int64(len(line)) + 1
	return nil
}

func (l *Log) damaged(what string) error {
	return &DamagedError{logName, fmt.Sprintf("line %d: %s", len(l.records)+1, what)}
}

// hashKey is how a line ends: the key of the hash, 64 digits, and the closing.
const hashKey = `,"hash":"`

func parseLine(line []byte) (r Record, err error) {
	n := len(line) - len(hashKey) - 2*sha256.Size - len(`"}`)
	if n < 0 || len(line) > maxLine {
		return r, errors.New("too short or too long")
	}
	if !bytes.Equal(line, sealLine(line[:n])) {
		return r, errors.New("hash does not match")
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, errors.New("no record")
	}
	return r, nil
}

// sealLine adds hash and closing to the JSON of a record, given without its closing.
func sealLine(open []byte) []byte {
	sum := sha256.Sum256(append(bytes.Clone(open), '}'))
	return fmt.Appendf(bytes.Clone(open), `%s%x"}`, hashKey, sum)
}

// Records are the records of the log, oldest first.
func (l *Log) Records() []Record { return l.records }

// Head is the hash of the last record, lower-case hex; empty if there is none.
func (l *Log) Head() string {
	if len(l.records) == 0 {
		return ""
	}
	return l.records[len(l.records)-1].Hash
}

// State is the state of the last record, empty if there is none.
func (l *Log) State() string {
	if len(l.records) == 0 {
		return ""
	}
	return l.records[len(l.records)-1].State
}
