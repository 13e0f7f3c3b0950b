package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"updoc/winapi"
)

// shadows are the copies of volumes that were made, at most one of each.
type shadows struct{ of map[string]shadow } // by root

type shadow struct {
	id   string // empty: there is none
	fsys fs.FS
	err  error
}

// fs is a copy of a volume as it was when a file in use was met first.
func (c *shadows) fs(s *Source, root string) (fs.FS, error) {
	got, ok := c.of[root]
	if !ok {
		got = c.make(s, root)
		c.of[root] = got
	}
	return got.fsys, got.err
}

func (c *shadows) make(s *Source, root string) shadow {
	if !s.token.Admin && !s.token.System {
		return shadow{err: fmt.Errorf("a shadow copy of %s: %w", root, fs.ErrPermission)}
	}
	made, err := winapi.ShadowCopy.Do(s.ctx, s.sys, root)
	if err != nil {
		return shadow{err: err}
	}
	fsys, err := s.sys.Volume(made.Device + `\`)
	return shadow{id: made.ID, fsys: fsys, err: err}
}

// delete takes all copies away, even when the look was cancelled.
func (c *shadows) delete(ctx context.Context, sys System) error {
	var errs []error
	for _, made := range c.of {
		if made.id == "" {
			continue
		}
		_, err := winapi.DeleteShadow.Do(context.WithoutCancel(ctx), sys, made.id)
		errs = append(errs, err)
	}
	clear(c.of)
	return errors.Join(errs...)
}
