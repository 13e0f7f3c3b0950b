package cbs

import (
	"context"
	"sync"
)

// maxWorkers bounds Options.Parallel.
const maxWorkers = 16

// pool lets workers read and scan regions at the same time and has them
// interpreted in order: whoever brings the region that is due interprets it,
// and those waiting behind it.
//
// The number of regions in existence is fixed, and each is taken before its
// place in the file is chosen. So the region that is due is always under way.
type pool struct {
	src      regions
	in       *interp
	progress func(int64)
	stop     context.CancelFunc
	free     chan *region

	mu      sync.Mutex
	waiting map[int]*region
	next    int  // the region that is due
	busy    bool // somebody interprets
	takeErr error
	readErr error
}

func runParallel(ctx context.Context, src regions, in *interp, opts Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := min(opts.Parallel, maxWorkers)
	p := &pool{src: src, in: in, progress: opts.Progress, stop: stop, waiting: map[int]*region{}}
	p.free = make(chan *region, workers+1)
	for range workers + 1 {
		p.free <- &region{}
	}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { p.work(ctx) })
	}
	all.Wait()
	if p.takeErr != nil {
		return p.takeErr
	}
	return p.readErr
}

// work reads and scans until the end of the file or an error. What others
// could still read before an error is interpreted all the same.
func (p *pool) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			p.failed(ctx.Err())
			return
		case r := <-p.free:
			more, err := p.src.next(r)
			if err != nil || !more {
				p.failed(err)
				return
			}
			r.scanner.scan(r)
			p.put(r)
		}
	}
}

func (p *pool) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readErr == nil {
		p.readErr = err
	}
}

// put hands in a scanned region and interprets what is due, unless somebody
// is at it already.
func (p *pool) put(r *region) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[r.index] = r
	if p.busy {
		return
	}
	p.busy = true
	for due := p.waiting[p.next]; due != nil; due = p.waiting[p.next] {
		delete(p.waiting, p.next)
		p.next++
		p.mu.Unlock()
		p.take(due)
		p.mu.Lock()
	}
	p.busy = false
}

// take interprets one region; it is called by one goroutine at a time.
func (p *pool) take(r *region) {
	if p.takeErr == nil {
		if p.takeErr = p.in.take(r, p.progress); p.takeErr != nil {
			p.stop()
		}
	}
	p.free <- r
}
