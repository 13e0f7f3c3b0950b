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
	// 1 mean no goroutine besides the caller's. More than 16 are not started.
	Parallel int
	// Progress, if set, is told after each piece how many bytes of the log
	// are done. It is called by the goroutine that called Read or ReadAt.
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

// outcome is what a worker made of its turn: a scanned region, or the end.
type outcome struct {
	r   *region
	err error
}

// runParallel lets workers read and scan while this goroutine interprets. The
// number of regions in existence is fixed, and each is taken before the place
// in the file is chosen: so the one needed next is always under way.
func runParallel(ctx context.Context, src regions, in *interp, opts Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := min(opts.Parallel, 16)
	free := make(chan *region, workers+2)
	done := make(chan outcome, workers+2)
	for range workers + 2 {
		free <- &region{}
	}
	for range workers {
		go work(ctx, src, free, done)
	}
	return gather(in, opts.Progress, workers, stop, free, done)
}

func work(ctx context.Context, src regions, free <-chan *region, done chan<- outcome) {
	for {
		select {
		case <-ctx.Done():
			done <- outcome{err: ctx.Err()}
			return
		case r := <-free:
			more, err := src.next(r)
			if err != nil || !more {
				done <- outcome{err: err}
				return
			}
			r.scanner.scan(r)
			done <- outcome{r: r}
		}
	}
}

// gather interprets the regions in order until every worker has ended. What a
// worker could still read before an error is interpreted too.
func gather(in *interp, progress func(int64), workers int, stop func(), free chan<- *region, done <-chan outcome) error {
	var readErr, takeErr error
	waiting := map[int]*region{}
	next := 0
	for workers > 0 {
		o := <-done
		if o.r == nil {
			workers--
			readErr = firstError(readErr, o.err)
			continue
		}
		waiting[o.r.index] = o.r
		for r := waiting[next]; r != nil; r = waiting[next] {
			delete(waiting, next)
			next++
			if takeErr == nil {
				if takeErr = in.take(r, progress); takeErr != nil {
					stop()
				}
			}
			free <- r
		}
	}
	return firstError(takeErr, readErr)
}

// firstError returns a, or b if a is nil.
func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
