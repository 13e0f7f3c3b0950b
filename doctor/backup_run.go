package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"updoc/model"
	"updoc/source"
)

// Exit codes of a backup that was refused, and of one that stopped half-way.
const (
	backupHalfDone = 4
	backupRefused  = 6
)

const (
	maxManifest = 1 << 30  // bytes; a million files take some 400 MB
	spareRoom   = 16 << 20 // bytes kept free for folders and the manifest, beside one in a hundred
)

// copyAll copies what was found, writes the manifest and fills the report.
func copyAll(ctx context.Context, src source.Source, to target, found *personal, b *model.Backup, opts BackupOptions) error {
	c := &copier{ctx: ctx, src: src, to: to, earlier: earlierCopies(to), moved: func(int64, string) {}}
	total := nameCopies(found)
	if err := enoughRoom(to, found, b.Folder); err != nil {
		sumUp(b, found, opts)
		return err
	}
	if opts.Progress != nil {
		done := int64(0)
		c.moved = func(n int64, path string) {
			done += n
			opts.Progress(done, total, path)
		}
	}
	stopped := c.all(found, b)
	if err := writeManifest(to, b, found, opts, stopped); err != nil && stopped == nil {
		stopped = err
	}
	return stoppedBy(stopped, b)
}

// all copies file after file and counts.
func (c *copier) all(found *personal, b *model.Backup) error {
	for i := range found.files {
		f := &found.files[i].BackupFile
		kept, err := c.one(f)
		if err != nil {
			return err
		}
		switch {
		case kept:
			b.Kept = plus(b.Kept, f.Size)
		case f.Verified:
			b.Copied = plus(b.Copied, f.Size)
		}
	}
	return c.ctx.Err()
}

// nameCopies gives every file its name on the target, always in the same order, and
// returns how many bytes there are to copy.
func nameCopies(found *personal) (total int64) {
	names := newCopyNames()
	for i := range found.files {
		f := &found.files[i].BackupFile
		if f.Problem == "" {
			f.Copy, f.Renamed = names.of(f.Volume + "/" + slashes(f.Path))
			total += f.Size
		}
	}
	return total
}

// enoughRoom refuses before anything is written. What has a copy of the same size is
// taken for copied.
func enoughRoom(to target, found *personal, dir string) error {
	need := int64(0)
	for _, f := range found.files {
		if f.Problem != "" {
			continue
		}
		if size, err := to.Size(f.Copy); err != nil || size != f.Size {
			need += f.Size
		}
	}
	if need == 0 {
		return nil
	}
	room, err := to.Room()
	if err != nil {
		return unwritable(dir, err)
	}
	if need += need/100 + spareRoom; need > room {
		return &model.Error{Code: "backup-no-room", Exit: backupRefused, Args: model.Args{"path": dir, "need": need, "free": room}}
	}
	return nil
}

// earlierCopies reads the manifest of the last run; none, if there is none that can be
// read. It only spares reading the disk: copies are compared with it all the same.
func earlierCopies(to target) map[string]model.BackupFile {
	f, err := to.Open(manifestName)
	if err != nil {
		return nil
	}
	defer f.Close()
	var last model.Backup
	if json.NewDecoder(io.LimitReader(f, maxManifest)).Decode(&last) != nil || last.Schema != model.BackupSchema {
		return nil
	}
	out := map[string]model.BackupFile{}
	for _, f := range last.Files {
		out[f.Volume+`\`+f.Path] = f
	}
	return out
}

// sumUp fills the places and counts of a report, and names the files that a person should
// know of.
func sumUp(b *model.Backup, found *personal, opts BackupOptions) {
	for _, f := range found.files {
		b.Total = plus(b.Total, f.Size)
		switch {
		case leftOut(f.Problem):
			b.LeftOut = plus(b.LeftOut, f.Size)
			f.place.LeftOut = plus(f.place.LeftOut, f.Size)
		case f.Problem != "":
			b.Failed = plus(b.Failed, f.Size)
		}
		if f.Problem != "" || f.Renamed && f.Verified {
			b.Files = append(b.Files, f.BackupFile)
		}
	}
	for _, s := range found.places {
		b.Places = append(b.Places, *s)
	}
	b.Ended = opts.now()
}

// writeManifest sums up, and writes the report with every file beside the copies.
func writeManifest(to target, b *model.Backup, found *personal, opts BackupOptions, stopped error) error {
	if stopped != nil {
		b.Stopped = stopCode(stopped)
	}
	sumUp(b, found, opts)
	whole := *b
	whole.Files = make([]model.BackupFile, 0, len(found.files))
	for _, f := range found.files {
		whole.Files = append(whole.Files, f.BackupFile)
	}
	out, err := to.Create(manifestName + partEnd)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(out).Encode(whole), out.Close()); err != nil {
		return err
	}
	return to.Rename(manifestName+partEnd, manifestName)
}

func stopCode(err error) string {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	case isFull(err), errors.Is(err, errTargetFull):
		return "backup-no-room"
	}
	return "backup-unwritable"
}

// stoppedBy is the error for the person; the context's stays as it is.
func stoppedBy(err error, b *model.Backup) error {
	if err == nil {
		return nil
	}
	b.Stopped = stopCode(err)
	if b.Stopped == "cancelled" {
		return err
	}
	return &model.Error{Code: b.Stopped, Exit: backupHalfDone, Args: model.Args{"path": b.Folder, "need": b.Total.Bytes, "free": int64(0)}, Err: err}
}
