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
type lines struct{ w *bufio.Writer }

// add writes one value as a line.
func (l *lines) add(v any) error {
	enc := json.NewEncoder(l.w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// raw writes a line that is JSON already, without its line end.
func (l *lines) raw(b []byte) error {
	if _, err := l.w.Write(b); err != nil {
		return err
	}
	return l.w.WriteByte('\n')
}

// stream writes the records of v. A reader that has seen enough and closes the pipe
// ends it without an error.
func (a *app) stream(v view) error {
	signal.Ignore(syscall.SIGPIPE) // so that a closed pipe is an error of Write, not a death
	return ignoreClosedPipe(a.write(func(w io.Writer) error {
		out := &lines{bufio.NewWriterSize(w, 64<<10)}
		err := v.records(a.ctx, out)
		return errors.Join(err, out.w.Flush())
	}))
}

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
