package container

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

const (
	// DefaultTempLimit is how many bytes an unpacked image may really occupy when nothing is said: 64 GiB.
	DefaultTempLimit = 64 << 30
	// maxUnpacked bounds the apparent length, zeros included, so that a bomb of zeros ends.
	maxUnpacked = 32 << 40
	maxWindow   = 128 << 20
	unpackBlock = 64 << 10
)

// ErrTempLimit says that unpacking was stopped because the image needs more room than Options allow.
var ErrTempLimit = errors.New("the unpacked image exceeds the limit for temporary files")

// unpack writes the packed image into a sparse temporary file and opens that.
func unpack(ctx context.Context, src *fileSource, kind string, opts Options) (Image, error) {
	temp, err := os.CreateTemp(opts.TempDir, "updoc-disk-*.raw")
	if err != nil {
		return nil, err
	}
	out := &fileSource{f: temp, temp: temp.Name()}
	if os.Remove(temp.Name()) == nil {
		out.temp = "" // the file lives on without a name, and vanishes with us even in a crash
	}
	img, err := unpackInto(ctx, out, temp, src, kind, opts)
	if err != nil {
		out.Close()
		return nil, err
	}
	src.f.Close()
	return img, nil
}

func unpackInto(ctx context.Context, out *fileSource, temp *os.File, src *fileSource, kind string, opts Options) (Image, error) {
	counted := &progressReader{ctx: ctx, r: io.NewSectionReader(src.f, 0, src.size), total: src.size, report: opts.Progress}
	r, err := openPacker(kind, bufio.NewReaderSize(counted, 1<<18))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	defer r.Close()
	limit := opts.TempLimit
	if limit <= 0 {
		limit = DefaultTempLimit
	}
	size, err := copySparse(temp, r, limit)
	out.size = size
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, ErrTempLimit) || size == 0 || isWriteError(err) {
			return nil, err
		}
		out.log.Add("packed-damaged", size, "the packed image ends early after %d bytes: %v", size, err)
	}
	if err := temp.Truncate(size); err != nil {
		return nil, err
	}
	return openUnpacked(out, kind)
}

// openUnpacked allows any container inside the packer, but not a second packer.
func openUnpacked(out *fileSource, kind string) (Image, error) {
	head := readHead(out)
	if packedKind(head) != "" {
		return nil, &UnsupportedError{Format: "a doubly packed image", Hint: "unpack it first"}
	}
	img, err := openSource(out, head)
	if err != nil {
		return nil, err
	}
	return packedImage{img, kind}, nil
}

// packedImage only changes the name of the image inside.
type packedImage struct {
	Image
	kind string
}

// Format is the inner format with the packer's suffix.
func (p packedImage) Format() string { return p.Image.Format() + "." + p.kind }

func openPacker(kind string, r io.Reader) (io.ReadCloser, error) {
	if kind == "gz" {
		return gzip.NewReader(r)
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// writeError marks a failure of the temporary file, which is no damage of the image.
type writeError struct{ error }

// Unwrap gives the file's own error.
func (w writeError) Unwrap() error { return w.error }

func isWriteError(err error) bool {
	var w writeError
	return errors.As(err, &w)
}

// copySparse copies r to f, leaving blocks of zeros out, and returns the length reached.
func copySparse(f *os.File, r io.Reader, limit int64) (int64, error) {
	buf := make([]byte, unpackBlock)
	var size, written int64
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 && !allZero(buf[:n]) {
			if written += int64(n); written > limit {
				return size, ErrTempLimit
			}
			if _, werr := f.WriteAt(buf[:n], size); werr != nil {
				return size, writeError{werr}
			}
		}
		size += int64(n)
		switch {
		case err == io.EOF, err == io.ErrUnexpectedEOF && ended(r):
			return size, nil
		case err != nil:
			return size, err
		case size > maxUnpacked:
			return size, ErrTempLimit
		}
	}
}

// ended tells a clean end after a short block from a packed stream that breaks off: ReadFull gives
// the same error for both.
func ended(r io.Reader) bool {
	_, err := r.Read(make([]byte, 1))
	return err == io.EOF
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// progressReader reports how much of the packed file is read, and stops when ctx is done.
type progressReader struct {
	ctx    context.Context
	r      io.Reader
	done   int64
	total  int64
	report func(done, total int64)
}

// Read passes on, counted.
func (p *progressReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.r.Read(b)
	p.done += int64(n)
	if p.report != nil {
		p.report(p.done, p.total)
	}
	return n, err
}
