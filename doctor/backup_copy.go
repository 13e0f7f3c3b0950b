package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"updoc/disk/ntfs"
	"updoc/model"
	"updoc/source"
)

const (
	partEnd    = ".updoc-partial" // behind the name of what is not whole
	copyPiece  = 1 << 20          // bytes read at once
	badPiece   = 4096             // after an error, so that only what is bad is lost
	maxBad     = 256              // unreadable pieces of one file: a dying disk is not read to death
	strikesOut = 10               // files in a row that the target did not take
)

// copier copies the files of one backup.
type copier struct {
	ctx     context.Context
	src     source.Source
	to      target
	earlier map[string]model.BackupFile // by volume and path: what the last run verified
	moved   func(n int64, path string)  // progress; never nil
	strikes int
}

// errTargetFull ends a backup: nothing more will fit.
var errTargetFull = errors.New("no room on the target")

// one copies a file and says in f what came of it. kept: the copy of an earlier run is
// still right. The error is that of ctx, or ends the backup.
func (c *copier) one(f *model.BackupFile) (kept bool, err error) {
	if f.Problem != "" {
		return false, nil
	}
	defer func() {
		if !f.Verified {
			f.Copy = "" // whatever lies there is not this file as it is now
		}
	}()
	if c.still(f) {
		return true, c.ctx.Err()
	}
	if err := c.fresh(f); err != nil {
		return false, err
	}
	if f.Problem != model.BackupUnwritten {
		c.strikes = 0
	} else if c.strikes++; c.strikes == strikesOut {
		return false, fmt.Errorf("%d files in a row were not taken: %s", strikesOut, f.Detail)
	}
	return false, nil
}

func (c *copier) open(f *model.BackupFile) (source.File, int64, error) {
	fsys, err := c.src.FS(f.Volume)
	if err != nil {
		return nil, 0, err
	}
	return source.Open(fsys, slashes(f.Path))
}

// still tells whether the copy that is there is that of this file as it is now. Nothing
// is believed but the content.
func (c *copier) still(f *model.BackupFile) bool {
	if size, err := c.to.Size(f.Copy); err != nil || size != f.Size {
		return false
	}
	sum := ""
	if e, ok := c.earlier[f.Volume+`\`+f.Path]; ok && e.Verified && e.Copy == f.Copy && e.Size == f.Size && e.Modified.Equal(f.Modified) {
		sum = e.SHA256
	} else if sum = c.sourceSum(f); sum == "" {
		return false
	}
	if copied, err := c.copySum(f.Copy); err != nil || copied != sum {
		return false
	}
	f.SHA256, f.Verified = sum, true
	c.moved(f.Size, f.Path)
	return true
}

// sourceSum is the hash of a file on the disk; empty if it cannot be read whole.
func (c *copier) sourceSum(f *model.BackupFile) string {
	file, size, err := c.open(f)
	if err != nil {
		return ""
	}
	defer file.Close()
	h := sha256.New()
	if n, err := io.Copy(h, c.reader(io.NewSectionReader(file, 0, size))); err != nil || n != f.Size {
		return ""
	}
	return hexSum(h)
}

func (c *copier) copySum(name string) (string, error) {
	file, err := c.to.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	_, err = io.Copy(h, c.reader(file))
	return hexSum(h), err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// reader stops with the context.
func (c *copier) reader(r io.Reader) io.Reader { return readerOf{c.ctx, r} }

type readerOf struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (r readerOf) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// fresh copies a file under another name, reads the copy again and only then gives it
// its own.
func (c *copier) fresh(f *model.BackupFile) error {
	file, size, err := c.open(f)
	if err != nil {
		f.Problem, f.Detail = whyNotOpen(err), err.Error()
		return nil
	}
	defer file.Close()
	part := f.Copy + partEnd
	sum, lost, err := c.write(part, file, size, f.Path)
	switch {
	case c.ctx.Err() != nil:
		return errors.Join(c.ctx.Err(), ignoreAbsent(c.to.Remove(part)))
	case isFull(err) || errors.Is(err, errTargetFull):
		return errors.Join(errTargetFull, err, ignoreAbsent(c.to.Remove(part)))
	case err != nil:
		f.Problem, f.Detail = model.BackupUnwritten, err.Error()
		_ = c.to.Remove(part)
		return nil
	case lost.err != nil:
		c.keepPartial(f, part, size, lost)
		return nil
	}
	f.Size = size
	return c.finish(f, part, sum)
}

// finish verifies what was written and gives it its name.
func (c *copier) finish(f *model.BackupFile, part, sum string) error {
	again, err := c.copySum(part)
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case err != nil || again != sum:
		f.Problem, f.Detail = model.BackupDiffers, fmt.Sprint(err)
		_ = c.to.Remove(part) // it only would mislead
		return nil
	}
	if err := errors.Join(c.to.SetTime(part, f.Modified), c.to.Rename(part, f.Copy)); err != nil {
		f.Problem, f.Detail = model.BackupUnwritten, err.Error()
		return nil
	}
	f.SHA256, f.Verified = sum, true
	return nil
}

// keepPartial keeps what could be read of a file, beside where the whole would lie.
func (c *copier) keepPartial(f *model.BackupFile, part string, size int64, lost loss) {
	f.Problem = model.BackupUnread
	f.Detail = fmt.Sprintf("%d of %d bytes are lost, zeros stand for them: %v", lost.bytes, size, lost.err)
	if lost.bytes >= size {
		_ = c.to.Remove(part) // nothing of it could be read
		f.Copy = ""
		return
	}
	f.Partial, f.Copy = part, ""
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// whyNotOpen sorts the reasons for which a file does not open.
func whyNotOpen(err error) string {
	switch {
	case errors.Is(err, ntfs.ErrEncrypted):
		return model.BackupEncrypted
	case errors.Is(err, ntfs.ErrReparse):
		return model.BackupOnline
	case errors.Is(err, ntfs.ErrCompactOS):
		return model.BackupUnknown
	}
	return model.BackupUnread
}

// loss is what could not be read of a file.
type loss struct {
	bytes int64
	err   error // the first; nil: nothing is lost
}

// write copies size bytes; the error is the target's.
func (c *copier) write(name string, from io.ReaderAt, size int64, path string) (sum string, lost loss, err error) {
	out, err := c.to.Create(name)
	if err != nil {
		return "", lost, err
	}
	h, piece, bad := sha256.New(), make([]byte, copyPiece), 0
	for off := int64(0); off < size && err == nil; {
		if err = c.ctx.Err(); err != nil {
			break
		}
		b := piece[:min(copyPiece, size-off)]
		if n, e := from.ReadAt(b, off); n < len(b) {
			lost.note(e)
			gone, more := rescue(from, b, off)
			lost.bytes += gone
			if bad += more; bad > maxBad {
				lost.bytes += size - off - int64(len(b))
				size = off + int64(len(b))
			}
		}
		h.Write(b)
		_, err = out.Write(b)
		off += int64(len(b))
		c.moved(int64(len(b)), path)
	}
	return hexSum(h), lost, errors.Join(err, out.Close())
}

func (l *loss) note(err error) {
	if l.err == nil {
		l.err = err
	}
}

// rescue reads a stretch in small pieces. It returns the bytes that are lost, in place of
// which are zeros, and how many pieces that were.
func rescue(from io.ReaderAt, b []byte, off int64) (gone int64, pieces int) {
	for at := 0; at < len(b); at += badPiece {
		p := b[at:min(at+badPiece, len(b))]
		if n, err := from.ReadAt(p, off+int64(at)); n < len(p) && err != nil {
			clear(p)
			gone += int64(len(p))
			pieces++
		}
	}
	return gone, pieces
}
