package casekit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Folder writes drive C: of the PC into a directory, which is made if it is not
// there: dir/Windows, dir/Users, … It needs only Go. The partitions, the boot store
// and a recovery partition have no place in this form. Room that is only taken (a
// page file) is left out. Only a compressed winre.wim on drive C: needs wimlib-imagex;
// without it the error is a *MissingToolError.
func (pc *PC) Folder(dir string) error {
	w, err := pc.work()
	if err != nil {
		return err
	}
	v, err := w.driveC(context.Background())
	if err != nil {
		return err
	}
	for _, f := range v.sorted() {
		if f.unwritten {
			continue
		}
		if err := f.writeBelow(dir); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}

// driveC is the Windows volume with everything on it.
func (w *world) driveC(ctx context.Context) (*volume, error) {
	v, err := w.windowsVolume()
	if err != nil {
		return nil, err
	}
	if w.windows() == w.recovery() {
		w.addWinREFolder(v)
		if err := w.addWim(ctx, v, winrePath+`\Winre.wim`, w.WinRE.Wim, int64(w.WinRE.Wim.Size)); err != nil {
			return nil, err
		}
	}
	if err := w.addWim(ctx, v, `Windows\System32\Recovery\Winre.wim`, w.WinRE.Staged, int64(w.WinRE.Staged.Size)); err != nil {
		return nil, err
	}
	w.addTold(v, w.windows())
	return v, nil
}

// addWim puts a winre.wim in place unless the text says it is missing.
func (w *world) addWim(ctx context.Context, v *volume, path string, m Wim, size int64) error {
	if m.Missing == On {
		return nil
	}
	head, size, err := w.winreWim(m, size)
	if err == nil && m.Compression != stored {
		head, err = w.compressed(ctx, padded(head), size, m.Compression)
		size = int64(len(head))
	}
	if err != nil {
		return err
	}
	if m.Damaged == On {
		overwrite(head, 0, 512)
	}
	f := v.add(path, head)
	f.size, f.hidden, f.at = size, true, w.since
	return nil
}

// writeBelow writes the file below dir, with holes where it is zero.
func (f *file) writeBelow(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(slashes(f.path)))
	if f.dir {
		return os.MkdirAll(path, 0o777)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	err := saveSparse(path, f.content(), f.size)
	if err != nil || f.at.IsZero() {
		return err
	}
	return os.Chtimes(path, f.at, f.at)
}

// zeros is what blocks are compared with.
var zeros [1 << 16]byte

// copySparse copies n bytes, if there are any, to offset off of out and leaves out blocks
// of zeros.
func copySparse(out io.WriterAt, off int64, r io.ReaderAt, n int64) error {
	buf := make([]byte, max(0, min(n, 1<<20)))
	for at := int64(0); at < n; at += int64(len(buf)) {
		b := buf[:min(int64(len(buf)), n-at)]
		if _, err := io.ReadFull(io.NewSectionReader(r, at, int64(len(b))), b); err != nil {
			return err
		}
		for i := 0; i < len(b); i += len(zeros) {
			block := b[i:min(i+len(zeros), len(b))]
			if bytes.Equal(block, zeros[:len(block)]) {
				continue
			}
			if _, err := out.WriteAt(block, off+at+int64(i)); err != nil {
				return err
			}
		}
	}
	return nil
}
