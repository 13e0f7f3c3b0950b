package cbs

import (
	"bytes"
	"context"
	"errors"
	"io"

	"updoc/format/textlog"
)

func newBytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// readWide reads a log in UTF-16, as an editor may have saved it, line by
// line. Offsets stay those of the file.
func readWide(ctx context.Context, r io.Reader, opts Options) (*Log, error) {
	lr := textlog.NewReader(ctx, r, textlog.Options{})
	in := newInterp(textlog.UTF8, 0)
	reg := &region{lineStart: true}
	for {
		l, err := lr.Next()
		in.log.Encoding, in.log.BOM = lr.Encoding(), lr.BOM()
		in.log.Bytes = lr.Bytes()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return in.finish(), err
		}
		reg.buf = append(append(reg.buf[:0], l.Text...), '\n')
		reg.hi = len(reg.buf)
		reg.base = l.Offset
		reg.scanner.scan(reg)
		if err := in.take(reg, nil); err != nil {
			return in.finish(), err
		}
		if opts.Progress != nil {
			opts.Progress(lr.Bytes())
		}
	}
}
