package textlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of a Reader; see Options.
const (
	DefaultMaxLine = 64 << 10
	bufferSize     = 64 << 10
)

// Options bound a Reader. The zero value is ready to use.
type Options struct {
	// MaxLine is how many bytes of one line are kept (bytes of the file, so
	// half as many characters in UTF-16); 0 means DefaultMaxLine. What is
	// longer is cut, and the rest is skipped without being stored.
	MaxLine int
}

// Line is one line of a log.
type Line struct {
	Number    int64  // 1-based
	Offset    int64  // byte offset of its first byte in the file, after a byte order mark
	Text      []byte // UTF-8 without the line end; valid until the next call of Next
	Truncated bool   // longer than Options.MaxLine
	Unended   bool   // the file ended (or could not be read on) before a line end
}

// Reader reads a log line by line. It is not safe for concurrent use.
type Reader struct {
	ctx     context.Context
	src     io.Reader
	max     int
	enc     Encoding
	bom     int
	buf     []byte
	pos     int
	end     int
	offset  int64 // of buf[pos] in the file
	number  int64
	raw     []byte
	text    []byte
	started bool
	err     error
}

// NewReader returns a Reader that takes its bytes from src. A cancelled ctx
// ends the reading with the context's error.
func NewReader(ctx context.Context, src io.Reader, opts Options) *Reader {
	limit := opts.MaxLine
	if limit <= 0 {
		limit = DefaultMaxLine
	}
	return &Reader{ctx: ctx, src: src, max: limit, buf: make([]byte, bufferSize)}
}

// Encoding tells how the file is written. It is known after the first Next.
func (r *Reader) Encoding() Encoding { return r.enc }

// BOM tells how many bytes of byte order mark the file begins with (0, 2 or
// 3). It is known after the first Next.
func (r *Reader) BOM() int { return r.bom }

// Bytes is how many bytes of the file were consumed.
func (r *Reader) Bytes() int64 { return r.offset }

// Next returns the next line. At the end of the file it returns io.EOF. When
// the file cannot be read on, what was read of the last line is returned
// first and the error with the next call.
func (r *Reader) Next() (Line, error) {
	if !r.started {
		r.start()
	}
	line := Line{Number: r.number + 1, Offset: r.offset}
	r.raw = r.raw[:0]
	for {
		if r.pos == r.end && !r.fill() {
			return r.finish(line)
		}
		chunk := r.buf[r.pos:r.end]
		n := r.lineEnd(chunk)
		ended := n >= 0
		if !ended {
			n = len(chunk)
		}
		line.Truncated = r.keep(chunk[:n]) || line.Truncated
		r.pos += n
		r.offset += int64(n)
		if ended {
			return r.deliver(line), nil
		}
	}
}

// start reads the beginning and takes the byte order mark away.
func (r *Reader) start() {
	r.started = true
	for r.end < SniffSize && r.fill() {
	}
	r.enc, r.bom = Detect(r.buf[:r.end])
	r.pos, r.offset = r.bom, int64(r.bom)
	r.complete(r.end)
}

// fill appends bytes to the buffer; false means there are no more.
func (r *Reader) fill() bool {
	if r.err != nil {
		return false
	}
	if r.pos == r.end {
		r.pos, r.end = 0, 0
	}
	for range 100 {
		if r.err = r.ctx.Err(); r.err != nil {
			return false
		}
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		r.err = err
		if n > 0 || err != nil {
			return r.complete(n)
		}
	}
	r.err = io.ErrNoProgress
	return false
}

// complete makes sure that UTF-16 is handed out in whole code units.
func (r *Reader) complete(n int) bool {
	if r.enc == UTF8 || !r.started || (r.end-r.pos)%2 == 0 || r.err != nil {
		return n > 0
	}
	m, err := io.ReadFull(r.src, r.buf[r.end:r.end+1])
	r.end += m
	if err != nil {
		r.err = err
	}
	return true
}

// lineEnd returns the index after the first line end, or -1.
func (r *Reader) lineEnd(chunk []byte) int {
	if r.enc == UTF8 {
		if i := bytes.IndexByte(chunk, '\n'); i >= 0 {
			return i + 1
		}
		return -1
	}
	high := 1
	if r.enc == UTF16BE {
		high = 0
	}
	for from := 0; ; {
		i := bytes.IndexByte(chunk[from:], '\n')
		if i < 0 {
			return -1
		}
		i += from
		unit := i &^ 1
		if i-unit == 1-high && unit+1 < len(chunk) && chunk[unit+high] == 0 {
			return unit + 2
		}
		from = i + 1
	}
}

// keep stores as much of a piece as the limit allows and tells whether some
// was dropped.
func (r *Reader) keep(piece []byte) bool {
	room := r.max - len(r.raw)
	if room >= len(piece) {
		r.raw = append(r.raw, piece...)
		return false
	}
	r.raw = append(r.raw, piece[:max(room, 0)]...)
	return true
}

func (r *Reader) finish(line Line) (Line, error) {
	if line.Offset == r.offset {
		return Line{}, r.failure()
	}
	line.Unended = true
	return r.deliver(line), nil
}

func (r *Reader) failure() error {
	if r.err == nil || errors.Is(r.err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("read log at byte %d: %w", r.offset, r.err)
}

func (r *Reader) deliver(line Line) Line {
	r.number++
	r.text = r.text[:0]
	if r.enc == UTF8 {
		r.text = append(r.text, r.raw...)
	} else {
		r.text = decode16(r.text, r.raw, r.enc == UTF16BE)
	}
	if !line.Truncated {
		r.text = trimEnd(r.text)
	}
	line.Text = r.text
	return line
}

func trimEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte{'\n'})
	return bytes.TrimSuffix(b, []byte{'\r'})
}

// decode16 appends UTF-16 as UTF-8; half characters become U+FFFD.
func decode16(dst, src []byte, big bool) []byte {
	for len(src) >= 2 {
		u := unit(src, big)
		src = src[2:]
		if utf16.IsSurrogate(u) && len(src) >= 2 {
			if c := utf16.DecodeRune(u, unit(src, big)); c != utf8.RuneError {
				dst = utf8.AppendRune(dst, c)
				src = src[2:]
				continue
			}
		}
		dst = utf8.AppendRune(dst, u)
	}
	if len(src) == 1 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

func unit(b []byte, big bool) rune {
	if big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}
