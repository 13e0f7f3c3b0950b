package casekit

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Folder writes drive C: of the PC into a directory, which is made if it is not
// there: dir/Windows, dir/Users, … It needs only Go. The partitions, the boot store
// and a recovery partition have no place in this form. Room that is only taken (a
// page file) is left out.
func (pc *PC) Folder(dir string) error {
	w, err := pc.work()
	if err != nil {
		return err
	}
	v, err := w.driveC()
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
func (w *world) driveC() (*volume, error) {
	v, err := w.windowsVolume()
	if err != nil {
		return nil, err
	}
	if w.windows() == w.recovery() {
		w.addWinREFolder(v)
		if err := w.addWim(v, winrePath+`\Winre.wim`, w.WinRE.Wim, int64(w.WinRE.Wim.Size)); err != nil {
			return nil, err
		}
	}
	if err := w.addWim(v, `Windows\System32\Recovery\Winre.wim`, w.WinRE.Staged, int64(w.WinRE.Staged.Size)); err != nil {
		return nil, err
	}
	w.addTold(v, w.windows())
	return v, nil
}

// addWim puts a winre.wim in place unless the text says it is missing.
func (w *world) addWim(v *volume, path string, m Wim, size int64) error {
	if m.Missing == On {
		return nil
	}
	c, err := w.winreWim(m, size)
	if err != nil {
		return err
	}
	f := v.add(path, nil)
	f.stream, f.size, f.hidden, f.at = c, c.size, true, w.since
	if m.Damaged == On {
		f.stream = scratched{c}
	}
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
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	err = copySparse(out, 0, f.content(), f.size)
	if err == nil {
		err = out.Truncate(f.size)
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil || f.at.IsZero() {
		return err
	}
	return os.Chtimes(path, f.at, f.at)
}

// copySparse copies n bytes to offset off of out and leaves out blocks of zeros.
func copySparse(out io.WriterAt, off int64, r io.ReaderAt, n int64) error {
	buf, zero := make([]byte, 1<<20), make([]byte, 1<<16)
	for at := int64(0); at < n; at += int64(len(buf)) {
		b := buf[:min(int64(len(buf)), n-at)]
		if _, err := io.ReadFull(io.NewSectionReader(r, at, int64(len(b))), b); err != nil {
			return err
		}
		for i := 0; i < len(b); i += len(zero) {
			block := b[i:min(i+len(zero), len(b))]
			if string(block) == string(zero[:len(block)]) {
				continue
			}
			if _, err := out.WriteAt(block, off+at+int64(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// scratched reads as a file whose first sector was overwritten.
type scratched struct{ io.ReaderAt }

// ReadAt implements io.ReaderAt.
func (s scratched) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(b, off)
	for i := 0; i < n && off+int64(i) < 512; i++ {
		b[i] = 0xaa
	}
	return n, err
}
