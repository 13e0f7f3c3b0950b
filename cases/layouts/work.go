package layouts

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"updoc/disk"
	"updoc/disk/commit/cut"
	"updoc/disk/overlay"
	"updoc/doctor"
	"updoc/model"
	"updoc/remedy/host/image"
	source "updoc/source/image"
)

// Work is a layout whose operations were carried out on an overlay of its disk, and
// verified there.
type Work struct {
	Target *image.Target
	Host   *image.Host
	Plan   *image.Plan
	After  *model.Machine
	Delta  []byte // new content, by slot
}

// moment is the time of every repair here, so that it gives the same bytes.
var moment = time.Date(2024, 4, 1, 9, 0, 0, 0, time.UTC)

// store keeps an overlay's blocks in memory.
type store struct{ b []byte }

func (m *store) ReadAt(p []byte, off int64) (int, error) { return copy(p, m.b[off:]), nil }

func (m *store) WriteAt(p []byte, off int64) (int, error) {
	if need := off + int64(len(p)); need > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, need-int64(len(m.b)))...)
	}
	return copy(m.b[off:], p), nil
}

// Look reads the facts of a disk.
func Look(ctx context.Context, d *disk.Disk) (*model.Machine, error) {
	src, err := source.OpenDisk(d, "disk.img", source.Options{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return doctor.Look(ctx, src, doctor.Options{})
}

// CarryOut does the operations of a layout on an overlay of the disk at path, twice: the
// second time nothing is left to do. scratch is a folder. Close the work.
func (l Layout) CarryOut(ctx context.Context, path, scratch string) (*Work, error) {
	target, err := image.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	w, blocks := &Work{Target: target}, &store{}
	w.Host, err = image.New(target, image.Options{Store: blocks, Keep: filepath.Join(scratch, "keep"), Now: moment, Look: Look})
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	if err := w.do(ctx, l); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", l.Name, err), w.Close())
	}
	w.Delta = blocks.b[:len(w.Plan.Changes)*overlay.BlockSize]
	return w, nil
}

func (w *Work) do(ctx context.Context, l Layout) (err error) {
	if _, err := w.Host.Machine(ctx); err != nil {
		return err
	}
	ops := l.Ops(w.Host.Before())
	for _, op := range slices.Concat(ops, ops) {
		if err := w.Host.Do(ctx, op); err != nil {
			return err
		}
	}
	if w.After, err = w.Host.Machine(ctx); err != nil {
		return err
	}
	if err := w.Host.Verify(ctx); err != nil {
		return err
	}
	w.Plan, err = w.Host.Plan()
	return err
}

// Close gives the disk back; nothing was written to it.
func (w *Work) Close() error { return errors.Join(w.Host.Close(), w.Target.Close()) }

// Cuts is what the harness needs to cut the power of committing this work to base, the
// disk as it was.
func (w *Work) Cuts(base []byte, points int, seed uint64) cut.Config {
	return cut.Config{Base: base, Changes: w.Plan.Changes, Delta: w.Delta, Phase: w.Plan.Phase, Watch: w.Plan.Watch, Points: points, Seed: seed}
}
