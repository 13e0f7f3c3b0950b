package commit

import (
	"context"
	"errors"
	"io/fs"
)

// run is one call of Prepare, Commit, Resume or Undo: a journal laid beside its disk.
type run struct {
	ctx      context.Context
	j        *Journal
	ix       *index
	phases   [][]batch
	device   Device
	new, old *side
	tell     Progress
	done     int64 // bytes of the pass
	total    int64 // bytes of every pass
	buf      []byte
}

// start opens both sides, and makes the undo as long as it may be missing.
func (j *Journal) start(ctx context.Context, ix *index, device Device, tell Progress) (*run, error) {
	if device.Size() != ix.size {
		return nil, &SizeError{ix.size, device.Size()}
	}
	phases := ix.phases()
	r := &run{
		ctx: ctx, j: j, ix: ix, phases: phases, device: device, tell: tell,
		new: newSide(ix), old: oldSide(ix), total: ix.bytes(), buf: make([]byte, longest(ix, phases)),
	}
	if err := r.open(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *run) open() (err error) {
	if r.new.file, err = r.j.openOrNil(deltaName); err != nil {
		return err
	}
	if s := r.j.State(); s == "" || s == Prepared {
		r.old.file, err = r.j.openOrCreate(undoName)
	} else {
		r.old.file, err = r.j.openOrNil(undoName)
	}
	return err
}

func (r *run) close() {
	for _, s := range []*side{r.new, r.old} {
		if s.file != nil {
			s.file.Close()
		}
	}
}

func (j *Journal) openOrNil(name string) (File, error) {
	f, err := j.dir.Open(name)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nil, err
}

func (j *Journal) openOrCreate(name string) (File, error) {
	f, err := j.dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return j.dir.Create(name)
	}
	return f, err
}

// index reads one of the two index files; state is whose record holds its hash.
func (j *Journal) index(name, state string) (*index, error) {
	text, err := readFile(j.dir, name, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{name, "missing"}
	}
	if err != nil {
		return nil, err
	}
	var said struct{ Index string }
	if !j.said(state, &said) || said.Index != hexSum(text) {
		return nil, &DamagedError{name, "is not the one the log tells of"}
	}
	return decodeIndex(name, text)
}

// each calls do for the batches, one phase after the other, with a buffer for each. It
// stops between two when the context ends.
func (r *run) each(what string, phases [][]batch, do func(b batch, p []byte) error) error {
	r.done = 0
	return r.more(what, phases, do)
}

// more is each that goes on counting.
func (r *run) more(what string, phases [][]batch, do func(b batch, p []byte) error) error {
	for _, phase := range phases {
		for _, b := range phase {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			if err := do(b, r.buf[:b.size]); err != nil {
				return err
			}
			if r.done += b.size; r.tell != nil {
				r.tell(what, r.done, r.total)
			}
		}
	}
	return nil
}

// write writes all of one side, phase by phase, each on the medium before the next.
func (r *run) write(s *side, phases [][]batch) error {
	r.done = 0
	for i := range phases {
		err := r.more("write", phases[i:i+1], func(b batch, p []byte) error {
			if err := s.read(b, p, false); err != nil {
				return err
			}
			_, err := r.device.WriteAt(p, b.off)
			return deviceError("write", b.off, err)
		})
		if err != nil {
			return err
		}
		if err := r.device.Sync(); err != nil {
			return deviceError("sync", 0, err)
		}
	}
	return nil
}

// intact reads all of one side from the medium: each block matches its hash.
func (r *run) intact(s *side) error {
	return r.each("check", r.phases, func(b batch, p []byte) error {
		return s.read(b, p, true)
	})
}

func (r *run) readDevice(p []byte, off int64) error {
	return deviceError("read", off, r.device.ReadFresh(p, off))
}

func deviceError(op string, off int64, err error) error {
	if err == nil {
		return nil
	}
	return &DeviceError{op, off, err}
}
