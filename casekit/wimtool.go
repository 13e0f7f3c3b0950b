package casekit

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// guidOffset is where a WIM keeps its own GUID.
const guidOffset = 24

// compressed turns an uncompressed WIM of size bytes into an XPRESS or LZX one with
// wimlib-imagex. The GUID that wimlib draws is replaced by one of the PC's own.
func (w *world) compressed(ctx context.Context, in io.ReaderAt, size int64, form string) ([]byte, error) {
	if err := need("wimlib-imagex"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "casekit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	from, to := filepath.Join(dir, "stored.wim"), filepath.Join(dir, form+".wim")
	if err := saveSparse(from, in, size); err != nil {
		return nil, err
	}
	if _, err := run(ctx, "wimlib-imagex", "export", from, "1", to, "--boot", "--compress="+form, "--threads=1"); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(to)
	if err != nil || len(b) < guidOffset+16 {
		return nil, errors.Join(err, errors.New("wimlib-imagex wrote no WIM"))
	}
	copy(b[guidOffset:], guidBytes(w.guid("wim "+form)))
	return b, nil
}

// saveSparse writes size bytes of in to a new file, with holes where they are zero.
func saveSparse(path string, in io.ReaderAt, size int64) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	err = copySparse(out, 0, in, size)
	if err == nil {
		err = out.Truncate(size)
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}
