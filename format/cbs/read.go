package cbs

import (
	"context"
	"errors"
	"fmt"
	"io"

	"updoc/format/textlog"
)

// Options say how a log is read. The zero value is ready to use.
type Options struct {
	// Parallel is how many goroutines look at the log at the same time; 0 and
	// 1 mean the caller's alone. More than 16 are not started.
	Parallel int
	// Progress, if set, is told after each piece how many bytes of the log
	// are done. It is never called by two goroutines at the same time.
	Progress func(done int64)

	step int // size of a region; tests make it small
}

// maxUnread is how many unreadable pieces are passed before a log is given up.
const maxUnread = 16

// errGivenUp is returned when most of a log cannot be read.
var errGivenUp = errors.New("too many unreadable parts")

// Read reads a log from beginning to end. A log that is cut or damaged is
// read as far as it goes. When r fails or ctx is cancelled, the Log holds what
// was seen before, and the error says why it ends there.
func Read(ctx context.Context, r io.Reader, opts Options) (*Log, error) {
	head := make([]byte, textlog.SniffSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return newInterp(textlog.UTF8, 0).finish(), fmt.Errorf("read CBS log: %w", err)
	}
	head = head[:n]
	enc, bom := textlog.Detect(head)
	if enc != textlog.UTF8 {
		return readWide(ctx, io.MultiReader(newBytesReader(head), r), opts)
	}
	return run(ctx, newStream(r, head, bom, opts.stepSize()), newInterp(enc, bom), opts)
}

// ReadAt reads a log of size bytes with random access, which lets several
// workers read at the same time. Parts that cannot be read are passed and
// listed in Log.Unread.
func ReadAt(ctx context.Context, r io.ReaderAt, size int64, opts Options) (*Log, error) {
	head := make([]byte, min(size, textlog.SniffSize))
	n, _ := r.ReadAt(head, 0)
	enc, bom := textlog.Detect(head[:n])
	if enc != textlog.UTF8 {
		return readWide(ctx, io.NewSectionReader(r, 0, size), opts)
	}
	src := &fileRegions{r: r, size: size, bom: int64(bom), step: int64(opts.stepSize())}
	return run(ctx, src, newInterp(enc, bom), opts)
}

func (o Options) stepSize() int {
	if o.step > 0 {
		return o.step
	}
	return regionSize
}

// run reads all regions and interprets them in order.
func run(ctx context.Context, src regions, in *interp, opts Options) (*Log, error) {
	var err error
	if opts.Parallel > 1 {
		err = runParallel(ctx, src, in, opts)
	} else {
		err = runAlone(ctx, src, in, opts)
	}
	log := in.finish()
	if err != nil {
		return log, fmt.Errorf("read CBS log at byte %d: %w", log.Bytes, err)
	}
	return log, nil
}

func runAlone(ctx context.Context, src regions, in *interp, opts Options) error {
	r := &region{}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := src.next(r)
		if err != nil || !more {
			return err
		}
		r.scanner.scan(r)
		if err := in.take(r, opts.Progress); err != nil {
			return err
		}
	}
}
