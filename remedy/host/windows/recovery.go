package windows

import (
	"context"
	"errors"
	"strings"

	"updoc/model"
	"updoc/winapi"
)

// savedRecovery is a recovery partition as it was, whole: it can be made anew from it.
type savedRecovery struct {
	extent
	sort
	FS     string      `json:"fs"`
	Label  string      `json:"label"`
	Files  []savedFile `json:"files"`
	Active string      `json:"active,omitempty"` // folder of the image in use on it, from its root; empty: recovery does not use it
	Agent  savedWinRE  `json:"agent"`            // settings of recovery
}

// saveRecovery keeps a recovery partition with all its files.
func (h *Host) saveRecovery(ctx context.Context, p *found) (s savedRecovery, err error) {
	if !typedAsRecovery(p.Partition) {
		return s, refused("refused-stale-plan", model.Args{"what": "partition"}) // only recovery partitions are made anew
	}
	if p.Active { // Windows starts from it
		return s, refused("refused-stale-plan", model.Args{"what": "active"})
	}
	if p.Logical { // whether Windows makes it anew as a logical one is not documented
		return s, refused("refused-logical", model.Args{"partition": p.root()})
	}
	if err := h.notEncrypted(ctx, p.extent()); err != nil {
		return s, err
	}
	s.extent, s.sort = p.extent(), sortOf(p.Partition)
	v, err := h.volume(ctx, s.extent)
	if err != nil {
		return s, err
	}
	if v != nil {
		s.FS, s.Label = v.FS, v.Label
	}
	if !strings.EqualFold(s.FS, ntfs) {
		return s, refused("refused-files-unread", model.Args{"path": p.root()}) // what it holds is not known
	}
	root, err := h.rootOf(ctx, p)
	if err != nil {
		return s, err
	}
	if s.Files, err = h.keepAll(ctx, root); err != nil {
		return s, err
	}
	now, err := h.agent(ctx)
	if err == nil && now.on && now.extent.begins(s.extent) {
		s.Active = now.folder
	}
	if err == nil {
		s.Agent, err = h.saveAgent(ctx)
	}
	return s, err
}

func typedAsRecovery(p winapi.Partition) bool {
	return p.MBRType == recoveryMBR || strings.EqualFold(bare(p.TypeGUID), bare(recoveryType))
}

// notEncrypted refuses a volume that BitLocker has, or is about to have.
func (h *Host) notEncrypted(ctx context.Context, e extent) error {
	v, err := h.volume(ctx, e)
	if err != nil || v == nil {
		return err
	}
	all, err := winapi.Encryption.Do(ctx, h.Calls, winapi.None{})
	if errors.Is(err, winapi.ErrUnsupported) || isGone(err) {
		return nil // this edition has no BitLocker
	}
	for _, c := range all {
		if err == nil && strings.EqualFold(c.Path, v.Path) && c.Conversion != 0 {
			return refused("refused-encrypted-here", model.Args{"volume": v.Path})
		}
	}
	return err
}

// remake lets the partition lie at to instead of from, with the same files and, if it
// held the recovery environment in use, in use. It goes on wherever it was cut off.
func (h *Host) remake(ctx context.Context, s savedRecovery, from, to extent) error {
	p, err := h.at(ctx, to)
	if err == nil && p != nil {
		p, err = h.without(ctx, p)
	}
	if err != nil {
		return err
	}
	if p == nil {
		if err := h.creatable(ctx, to, s.sort); err != nil {
			return err
		}
		if err := h.remove(ctx, from); err != nil {
			return err
		}
		if err := h.make(ctx, to, s.sort); err != nil {
			return err
		}
	}
	root, err := h.formatted(ctx, to, s.sort, s.Label)
	if err != nil {
		return err
	}
	if err := h.allBack(ctx, root, s.Files); err != nil {
		return err
	}
	return h.useAgain(ctx, s, to)
}

func (h *Host) creatable(ctx context.Context, e extent, s sort) error {
	d, err := h.diskOf(ctx, e.Disk)
	if err != nil {
		return err
	}
	return s.creatable(d, e)
}

// without deletes a partition that was made by this journal and that device encryption
// has taken since: it is made anew. nil: it is gone.
func (h *Host) without(ctx context.Context, p *found) (*found, error) {
	mine, err := h.madeHere(p.extent())
	if err != nil || !mine || h.notEncrypted(ctx, p.extent()) == nil {
		return p, err
	}
	return nil, h.remove(ctx, p.extent())
}

// useAgain switches recovery on where it was on.
func (h *Host) useAgain(ctx context.Context, s savedRecovery, to extent) error {
	if s.Active == "" {
		return nil
	}
	p, err := h.at(ctx, to)
	if err != nil || p == nil {
		return errors.Join(err, gone(to.String()))
	}
	now, err := h.agent(ctx)
	if err != nil {
		return err
	}
	if !now.on || !now.extent.begins(to) {
		if err := h.switchOn(ctx, p, s.Active); err != nil {
			return err
		}
	}
	return h.agentFilesBack(ctx, s.Agent)
}

// remove deletes a partition, if it is there: recovery is off it, every file of it is
// kept, and an image that it held lies elsewhere, whole.
func (h *Host) remove(ctx context.Context, e extent) error {
	p, err := h.at(ctx, e)
	if err != nil || p == nil {
		return err
	}
	if mine, err := h.madeHere(e); err != nil || !mine && !typedAsRecovery(p.Partition) {
		return errors.Join(err, refused("refused-stale-plan", model.Args{"what": "partition"}))
	}
	files, err := h.lastFiles(ctx, p)
	if err != nil {
		return err
	}
	if err := h.release(ctx, e); err != nil {
		return err
	}
	if err := h.imageElsewhere(ctx, files); err != nil {
		return err
	}
	told := h.change(ctx, func() error {
		_, err := winapi.Delete.Do(ctx, h.Calls, winapi.PartitionCall{Disk: p.disk.Number, Start: p.Start, Size: p.Size})
		return err
	})
	left, err := h.at(ctx, e)
	if err != nil {
		return err
	}
	return h.came(left == nil, told, failed("partition-not-deleted", model.Args{"partition": p.root()}, nil))
}

// lastFiles are those that are on a partition now, kept. A volume that was made and not
// formatted holds none.
func (h *Host) lastFiles(ctx context.Context, p *found) ([]savedFile, error) {
	v, err := h.volume(ctx, p.extent())
	if err != nil {
		return nil, err
	}
	if v == nil || v.FS == "" || strings.EqualFold(v.FS, "RAW") {
		mine, err := h.madeHere(p.extent())
		if err == nil && !mine {
			err = refused("refused-files-unread", model.Args{"path": p.root()})
		}
		return nil, err
	}
	root, err := h.rootOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return h.keepAll(ctx, root)
}

// imageElsewhere refuses to go on unless the image among the files is kept, whole.
func (h *Host) imageElsewhere(ctx context.Context, files []savedFile) error {
	for _, f := range files {
		if f.Folder {
			continue
		}
		if !h.isKept(ctx, f.Sum, f.Path) {
			return refused("refused-files-unread", model.Args{"path": f.Path})
		}
		if strings.EqualFold(nameOf(f.Path), imageName) {
			if err := h.wholeImage(h.keptAs(f.Sum, f.Path)); err != nil {
				return &model.Error{Code: "refused-image-damaged", Exit: 6, Args: model.Args{"path": f.Path}, Err: err}
			}
		}
	}
	return nil
}

// madeName is the file that says of a place that the partition there was made by this
// journal: it may be deleted unformatted.
func (h *Host) madeName(e extent) string {
	return join(h.Keep, "made-"+sumOf([]byte(e.String()))[:16]+".json")
}

func (h *Host) madeHere(e extent) (bool, error) {
	_, err := h.Files.Stat(h.madeName(e))
	if isGone(err) {
		return false, nil
	}
	return err == nil, err
}

// make makes a partition with its type in the same call and looks whether one is there.
// Where Windows does not take the type so, it is made for data and gets its type at once.
func (h *Host) make(ctx context.Context, e extent, s sort) error {
	if err := h.writeWhole(h.madeName(e), []byte(e.String())); err != nil {
		return err
	}
	d, err := h.diskOf(ctx, e.Disk)
	if err != nil {
		return err
	}
	create := func(s sort) (*found, error, error) {
		told := h.change(ctx, func() error {
			_, err := winapi.Create.Do(ctx, h.Calls, s.call(d, e))
			return err
		})
		p, err := h.at(ctx, e.beginning())
		return p, told, err
	}
	p, told, err := create(s.toMake())
	if err == nil && p == nil && told != nil && !isUnderway(told) && s.toMake() != s.toMakeElse() {
		var again error
		p, again, err = create(s.toMakeElse())
		told = errors.Join(told, again)
	}
	if err != nil {
		return err
	}
	return h.came(p != nil && p.Size == e.Size, told, failed("partition-not-made", nil, nil))
}

// formatted is the root of the volume on a partition that was made, which is of that
// type, formatted, and not encrypted. An MBR partition gets the type of its file system
// when it is formatted, so its own comes last; a GPT partition needs it first.
func (h *Host) formatted(ctx context.Context, e extent, s sort, label string) (string, error) {
	if s.TypeGUID != "" {
		if _, err := h.typedAs(ctx, e, s); err != nil {
			return "", err
		}
	}
	if err := h.format(ctx, e, label); err != nil {
		return "", err
	}
	p, err := h.typedAs(ctx, e, s)
	if err != nil {
		return "", err
	}
	if err := h.notEncrypted(ctx, e); err != nil {
		return "", err
	}
	return h.rootOf(ctx, p)
}

// typedAs gives a partition a type, unless it has it, and finds it again.
func (h *Host) typedAs(ctx context.Context, e extent, s sort) (*found, error) {
	p, err := h.at(ctx, e)
	if err != nil || p == nil {
		return nil, errors.Join(err, failed("partition-not-made", nil, nil))
	}
	if s.is(p.Partition) {
		return p, nil
	}
	if _, err := winapi.SetType.Do(ctx, h.Calls, s.call(p.disk, e)); err != nil {
		return nil, err
	}
	if p, err = h.at(ctx, e); err != nil || p == nil || !s.is(p.Partition) {
		return nil, errors.Join(err, failed("partition-not-made", nil, nil))
	}
	return p, nil
}

func (h *Host) format(ctx context.Context, e extent, label string) error {
	v, err := h.arrival(ctx, e)
	if err != nil || v != nil && strings.EqualFold(v.FS, ntfs) {
		return err
	}
	if mine, err := h.madeHere(e); err != nil || !mine {
		return errors.Join(err, refused("refused-files-unread", nil)) // never format what was there
	}
	p, err := h.at(ctx, e)
	if err != nil || p == nil {
		return errors.Join(err, failed("partition-not-made", nil, nil))
	}
	told := h.change(ctx, func() error {
		_, err := winapi.Format.Do(ctx, h.Calls, winapi.PartitionCall{Disk: p.disk.Number, Start: p.Start, FS: ntfs, Label: label})
		return err
	})
	v, err = h.arrival(ctx, e)
	if err != nil {
		return err
	}
	return h.came(v != nil && strings.EqualFold(v.FS, ntfs), told, failed("partition-not-made", nil, nil))
}
