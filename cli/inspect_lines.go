package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os/signal"
	"runtime"
	"syscall"
)

// lines writes JSON lines, each whole or not at all.
type lines struct {
	w      *bufio.Writer
	failed error // of writing, as against reading
}

func newLines(w io.Writer) *lines { return &lines{w: bufio.NewWriterSize(w, 64<<10)} }

// add writes one value as a line.
func (l *lines) add(v any) error {
	enc := json.NewEncoder(l.w)
	enc.SetEscapeHTML(false)
	return l.keep(enc.Encode(v))
}

// addAll writes each value as a line.
func addAll[T any](l *lines, values []T) error {
	for _, v := range values {
		if err := l.add(v); err != nil {
			return err
		}
	}
	return nil
}

// raw writes a line that is JSON already, without its line end.
func (l *lines) raw(b []byte) error {
	if _, err := l.w.Write(b); err != nil {
		return l.keep(err)
	}
	return l.keep(l.w.WriteByte('\n'))
}

func (l *lines) keep(err error) error {
	if l.failed == nil {
		l.failed = err
	}
	return err
}

// stream writes the records of v. A reader that has seen enough and closes the pipe
// ends it without an error. What could be read before an error is written.
func (a *app) stream(s *subject, v view) error {
	var unread error
	err := a.write(func(w io.Writer) error {
		out := newLines(w)
		err := v.records(a.ctx, out)
		if out.failed == nil && a.ctx.Err() == nil {
			unread, err = err, nil
		}
		return errors.Join(err, out.w.Flush())
	})
	switch {
	case closedPipe(err):
		return nil
	case err == nil && unread != nil:
		return unreadable(s.name, unread)
	}
	return err
}

// pipeErrors makes a closed pipe an error of Write instead of a death without a word.
func pipeErrors() { signal.Ignore(syscall.SIGPIPE) }

func ignoreClosedPipe(err error) error {
	if closedPipe(err) {
		return nil
	}
	return err
}

// closedPipe reports whether nobody reads any more. Windows says so with
// ERROR_BROKEN_PIPE or ERROR_NO_DATA.
func closedPipe(err error) bool {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	return runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232)))
}
