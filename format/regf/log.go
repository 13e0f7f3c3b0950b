package regf

import (
	"cmp"
	"fmt"
	"slices"
)

// logFile is a transaction log whose base block is sound.
type logFile struct {
	Log
	base baseBlock
}

// recover applies the logs if the hive is dirty; a clean hive's logs are ignored, as Windows does.
func (h *Hive) recover(logs []Log) {
	if !h.base.dirty() {
		return
	}
	var fresh, old []logFile
	for _, l := range logs {
		f, err := openLog(l)
		switch {
		case err != nil:
			h.note("%s: %v", l.Name, err)
		case f.base.fileType == typeLogNew:
			fresh = append(fresh, f)
		case f.R != nil:
			old = append(old, f)
		}
	}
	switch {
	case len(fresh) > 0:
		h.recoverNew(fresh)
	case len(old) > 0:
		h.recoverOld(old)
	default:
		h.note("the hive is dirty and there is no usable transaction log")
	}
}

// openLog reads the base block of a log. A log that is absent, empty or all zero is none: it gives a zero logFile.
func openLog(l Log) (logFile, error) {
	if l.R == nil || l.Size < headSize {
		return logFile{}, nil
	}
	head := make([]byte, headSize)
	if err := readFull(l.R, head, 0); err != nil {
		return logFile{}, fmt.Errorf("read base block: %w", err)
	}
	if allZero(head) {
		return logFile{}, nil
	}
	f := logFile{l, parseBase(head)}
	if err := f.usable(); err != nil {
		return logFile{}, err
	}
	return f, nil
}

func (f *logFile) usable() error {
	b := &f.base
	switch {
	case !b.valid():
		return fmt.Errorf("%w: its base block is broken", ErrDamaged)
	case b.fileType != typeLogNew && b.fileType != typeLogOld && b.fileType != typeLogNT:
		return fmt.Errorf("file type %d is no transaction log", b.fileType)
	case b.primary != b.secondary:
		return fmt.Errorf("%w: it was not written to its end", ErrDamaged)
	}
	return nil
}

func allZero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }

// adopt takes over the log's copy of a base block when the hive's own is broken.
func (h *Hive) adopt(f logFile) {
	h.base = f.base
	h.base.fileType = typePrimary
	h.note("the base block was taken from %s", f.Name)
}

// bySequence orders logs by the first entry they were begun with.
func bySequence(a, b logFile) int { return cmp.Compare(a.base.primary, b.base.primary) }
