package windows

import (
	"context"
	"errors"

	"updoc/model"
	"updoc/remedy/host"
)

// identity is which file or folder it is that gets another name.
type identity struct {
	ID uint64 `json:"id"`
}

// anewSuffix is the end of the name that what was made anew has until it is taken away.
const anewSuffix = ".updoc-anew"

// maxDepth bounds how deep folders may lie in one that is taken away.
const maxDepth = 128

// ends are both names of a file that gets another one.
func (h *Host) ends(ctx context.Context, op host.Op) (from, to string, err error) {
	from, err = h.path(ctx, op.From)
	return from, join(folderOf(from), op.Text), err
}

func (h *Host) saveIdentity(ctx context.Context, op host.Op) (identity, error) {
	from, _, err := h.ends(ctx, op)
	if err != nil {
		return identity{}, err
	}
	st, err := h.Files.Stat(from)
	if isGone(err) {
		err = noFile(from)
	}
	return identity{st.ID}, err
}

// both names, with what is known of what bears them; nil: nothing does.
func (h *Host) bearers(ctx context.Context, op host.Op) (from, to string, old, now *Stat, err error) {
	if from, to, err = h.ends(ctx, op); err != nil {
		return
	}
	if old, err = h.statOf(from); err == nil {
		now, err = h.statOf(to)
	}
	return
}

func (h *Host) statOf(path string) (*Stat, error) {
	st, err := h.Files.Stat(path)
	if isGone(err) {
		return nil, nil
	}
	return &st, err
}

func (h *Host) renamed(ctx context.Context, op host.Op) (bool, error) {
	from, to, old, now, err := h.bearers(ctx, op)
	if err != nil {
		return false, err
	}
	was, known, err := saved[identity](h, op)
	switch {
	case err != nil:
		return false, err
	case old == nil && now == nil:
		return false, noFile(from)
	case old != nil && now != nil && !(known && now.ID == was.ID):
		return false, refused("refused-name-in-use", model.Args{"path": to})
	}
	return now != nil, nil
}

func (h *Host) rename(ctx context.Context, op host.Op) error {
	from, to, err := h.ends(ctx, op)
	if err != nil {
		return err
	}
	return h.Files.Rename(from, to)
}

// renameBack first sets aside what Windows has made anew meanwhile: if somebody holds it,
// nothing has changed.
func (h *Host) renameBack(ctx context.Context, op host.Op, was identity) error {
	from, to, old, now, err := h.bearers(ctx, op)
	if err != nil {
		return err
	}
	anew := from + anewSuffix
	switch {
	case now == nil && old == nil:
		return noFile(to)
	case now == nil, old != nil && now.ID != was.ID: // it has its old name, or never had another
		return h.removeTree(anew, 0)
	case old != nil:
		if err := h.removeTree(anew, 0); err != nil {
			return err
		}
		if err := h.Files.Rename(from, anew); err != nil {
			return err
		}
	}
	if err := h.Files.Rename(to, from); err != nil {
		return err
	}
	return h.removeTree(anew, 0)
}

// removeTree takes a file, or a folder with all in it, away. Of a link only the link goes.
func (h *Host) removeTree(path string, depth int) error {
	st, err := h.statOf(path)
	if err != nil || st == nil {
		return err
	}
	if depth > maxDepth {
		return errors.New("too many folders in one another: " + path)
	}
	if st.Folder && st.Attributes&attrReparse == 0 {
		names, err := h.Files.List(path)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := h.removeTree(join(path, name), depth+1); err != nil {
				return err
			}
		}
	}
	return h.removeIfThere(path)
}
