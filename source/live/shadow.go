package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"updoc/winapi"
)

// Copies are shadow copies of volumes, at most one of each. Several Sources can share them,
// one after the other: making one costs room that restore points may have. They show the
// volume as it was when the first file in use was met. The zero value has none.
type Copies struct{ of map[string]shadow } // by root

type shadow struct {
	id   string // empty: there is none
	fsys fs.FS
	err  error
}

// fs is the copy of a volume.
func (c *Copies) fs(s *Source, root string) (fs.FS, error) {
	got, ok := c.of[root]
	if !ok {
		got = c.make(s, root)
		if c.of == nil {
			c.of = map[string]shadow{}
		}
		c.of[root] = got
	}
	return got.fsys, got.err
}

func (c *Copies) make(s *Source, root string) shadow {
	if !s.token.Admin && !s.token.System {
		return shadow{err: fmt.Errorf("a shadow copy of %s: %w", root, fs.ErrPermission)}
	}
	made, err := winapi.ShadowCopy.Do(s.ctx, s.sys, root)
	if err != nil {
		return shadow{err: err}
	}
	if err := note(s.ctx, s.sys, made.ID); err != nil {
		_, worse := winapi.DeleteShadow.Do(context.WithoutCancel(s.ctx), s.sys, made.ID)
		return shadow{err: errors.Join(err, worse)} // nobody would know of it after a crash
	}
	fsys, err := s.sys.Volume(made.Device + `\`)
	return shadow{id: made.ID, fsys: fsys, err: err}
}

// Delete takes all copies away, even if ctx has ended. What uses them must be closed.
func (c *Copies) Delete(ctx context.Context, w winapi.Caller) error {
	var errs []error
	for _, made := range c.of {
		if open, ok := made.fsys.(io.Closer); ok {
			errs = append(errs, open.Close())
		}
		if made.id != "" {
			errs = append(errs, drop(context.WithoutCancel(ctx), w, made.id))
		}
	}
	clear(c.of)
	return errors.Join(errs...)
}

// drop deletes a copy, then the note of it. One that is gone is no error.
func drop(ctx context.Context, w winapi.Caller, id string) error {
	if _, err := winapi.DeleteShadow.Do(ctx, w, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := winapi.RegistryKey.Do(ctx, w, notes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && len(key.Values) == 1 && key.Values[0].Name == id:
		_, err = winapi.DeleteKey.Do(ctx, w, notes)
	case err == nil:
		_, err = winapi.DeleteValue.Do(ctx, w, winapi.ValueAt{Key: notes, Value: winapi.Value{Name: id}})
	}
	return err
}

// notes is the key with a value for each copy that is there, named by its id. Only
// administrators may write below it; it is gone when there is none.
const notes = `HKLM\SOFTWARE\updoc-shadow-copies`

// regNone is REG_NONE.
const regNone = 0

func note(ctx context.Context, w winapi.Caller, id string) error {
	_, err := winapi.SetValue.Do(ctx, w, winapi.ValueAt{Key: notes, Value: winapi.Value{Name: id, Type: regNone, Data: []byte{}}})
	return err
}

// staleAfter is how long ago the last copy was noted when no diagnosis needs them any more.
const staleAfter = time.Hour

func (c *Copies) holds(id string) bool {
	for _, made := range c.of {
		if made.id == id {
			return true
		}
	}
	return false
}

// sweep deletes copies that a program noted which was ended before it could delete them. A
// look beside this one may need younger ones.
func (s *Source) sweep() {
	if !s.token.Admin && !s.token.System {
		return
	}
	key, err := winapi.RegistryKey.Do(s.ctx, s.sys, notes)
	if err != nil || time.Since(key.LastWrite) < staleAfter && !key.LastWrite.Before(s.info.Started) {
		return
	}
	for _, v := range key.Values {
		if s.shadows.holds(v.Name) {
			continue // a step may take hours
		}
		_ = drop(s.ctx, s.sys, v.Name) // noted still: tried again next time
	}
}
