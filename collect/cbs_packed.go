package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"updoc/format/cab"
	"updoc/format/cbs"
	"updoc/model"
)

// isPacked tells whether a part of the log is a cabinet.
func isPacked(name string) bool { return strings.EqualFold(path.Ext(name), ".cab") }

// logSize is how many bytes a part of the log has, unpacked; 0 if that cannot be told.
func (d *desk) logSize(at place) int64 {
	info, err := d.stat(at)
	if err != nil {
		return 0
	}
	if !isPacked(at.path) {
		return info.Size()
	}
	_, f, err := d.cabinet(at)
	if err != nil {
		return 0
	}
	return f.Size
}

// cabinet opens a packed part and returns its log: the largest of its files.
func (d *desk) cabinet(at place) (*cab.Cabinet, cab.File, error) {
	raw, size, err := d.open(at)
	if err != nil {
		return nil, cab.File{}, err
	}
	c, err := cab.Open(raw, size)
	if err != nil {
		return nil, cab.File{}, err
	}
	var log cab.File
	for _, f := range c.Files {
		if f.Size > log.Size {
			log = f
		}
	}
	if log.Size == 0 {
		return nil, log, errors.New("there is no log in it")
	}
	return c, log, nil
}

// packedLog is what a packed part of the log says.
type packedLog struct {
	log *cbs.Log
	err error
}

// unpack reads the packed ones among the files, so many at a time as there are workers,
// because unpacking is what takes long. Each is read as it comes, never the whole at
// once.
func (d *desk) unpack(files []place) map[place]*packedLog {
	all := map[place]*packedLog{}
	var wait sync.WaitGroup
	free := make(chan struct{}, cbsWorkers)
	for _, at := range files {
		if !isPacked(at.path) {
			continue
		}
		p := &packedLog{}
		all[at] = p
		cabinet, f, err := d.cabinet(at)
		if err != nil {
			p.err = err
			continue
		}
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			defer p.recover()
			p.read(d.ctx, cabinet.Open(f))
		})
	}
	wait.Wait()
	return all
}

// recover keeps a defect of this program from ending all: desk.run cannot, since this is
// another goroutine.
func (p *packedLog) recover() {
	if r := recover(); r != nil {
		p.log, p.err = nil, fmt.Errorf("%v", r)
	}
}

func (p *packedLog) read(ctx context.Context, r io.Reader) {
	p.log, p.err = cbs.Read(ctx, io.LimitReader(r, packedBytes), cbs.Options{})
	if p.err == nil && !p.log.Recognized() {
		p.err = errors.New("no line of it is one of a CBS log")
	}
}

// packed takes what a packed part says. One that is damaged or of another kind ends
// what is covered: the log is whole only behind it.
func (c *cbsReader) packed(at place, p *packedLog) {
	c.d.lookNote("cbs", at, p.err, cbsNote(p.log))
	if p.log != nil {
		c.take(p.log, at)
	}
	if p.err != nil {
		c.span = model.Coverage{}
	}
}
