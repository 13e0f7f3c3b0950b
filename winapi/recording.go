package winapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// entry is one line of a recording: what was asked, and the answer or the error.
type entry struct {
	Call   string          `json:"call"`
	Args   json.RawMessage `json:"args,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  *Error          `json:"error,omitempty"`
	None   bool            `json:"unsupported,omitempty"`
}

// Recording answers calls from JSON lines. The same question asked again gets the next
// answer to it that was recorded, and the last one from then on. It may be used by many
// goroutines.
type Recording struct {
	mu      sync.Mutex
	answers map[string][]entry
}

// maxLine bounds one line of a recording, bytes.
const maxLine = 64 << 20

// ReadRecording reads one. The error names the line that cannot be read.
func ReadRecording(r io.Reader) (*Recording, error) {
	rec := &Recording{answers: map[string][]entry{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("recording, line %d: %w", n, err)
		}
		key, err := question(e.Call, e.Args)
		if err != nil {
			return nil, fmt.Errorf("recording, line %d: %w", n, err)
		}
		rec.answers[key] = append(rec.answers[key], e)
	}
	return rec, lines.Err()
}

// question is what an answer is found by.
func question(call string, args any) (string, error) {
	text, err := compact(args)
	return call + " " + text, err
}

// Call implements Caller. What nobody recorded is ErrUnsupported.
func (r *Recording) Call(ctx context.Context, name string, args, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, err := question(name, args)
	if err != nil {
		return err
	}
	e, ok := r.next(key)
	switch {
	case !ok, e.None:
		return fmt.Errorf("%s: %w", name, ErrUnsupported)
	case e.Error != nil:
		return e.Error
	}
	return json.Unmarshal(e.Answer, answer)
}

func (r *Recording) next(key string) (entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.answers[key]
	if len(list) == 0 {
		return entry{}, false
	}
	if len(list) > 1 {
		r.answers[key] = list[1:]
	}
	return list[0], true
}

// Recorder passes calls on and writes down what came of them.
type Recorder struct {
	Of  Caller
	Out io.Writer

	mu sync.Mutex
}

// Call implements Caller. An error of ctx is not written down.
func (r *Recorder) Call(ctx context.Context, name string, args, answer any) error {
	err := r.Of.Call(ctx, name, args, answer)
	e := entry{Call: name}
	var refused *Error
	switch {
	case errors.Is(err, ErrUnsupported):
		e.None = true
	case errors.As(err, &refused):
		e.Error = refused
	case err != nil:
		return err
	}
	if werr := r.write(e, args, answer); werr != nil {
		return errors.Join(err, werr)
	}
	return err
}

func (r *Recorder) write(e entry, args, answer any) error {
	var err error
	if e.Args, err = json.Marshal(args); err != nil {
		return err
	}
	if e.Error == nil && !e.None {
		if e.Answer, err = json.Marshal(answer); err != nil {
			return err
		}
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.Out.Write(append(line, '\n'))
	return err
}
