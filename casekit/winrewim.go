package casekit

import (
	"errors"
	"io"

	"updoc/format/wim"
)

// winreName is the image name Windows gives winre.wim.
const winreName = "Microsoft Windows Recovery Environment (amd64)"

// winreWim builds a winre.wim of about size bytes: image 1 with the programs that
// carry a version, the rest zeros. Zeros take no memory.
func (w *world) winreWim(m Wim, size int64) (*holes, error) {
	size = or(size, 300<<20)
	fill := size
	for range 4 {
		h := &holes{}
		if err := wim.Write(wim.Sparse(h), wim.Options{Images: []wim.Tree{w.winreTree(m, fill)}, BootIndex: 1}); err != nil {
			return nil, err
		}
		if h.size == size || fill+size-h.size < 0 {
			return h, nil
		}
		fill += size - h.size
	}
	return nil, errors.New("winre.wim: no size of the filler fits")
}

// winreTree is image 1.
func (w *world) winreTree(m Wim, fill int64) wim.Tree {
	at := w.since.AddDate(0, 0, -2)
	v, _ := parseVersion(m.Version)
	vol := newVolume("winre", at)
	for _, name := range []string{"ntoskrnl.exe", "bootmenuux.dll", "winload.efi"} {
		vol.add(`Windows\System32\`+name, program(name, v))
	}
	vol.add(`Windows\System32\winpeshl.ini`, []byte("[LaunchApps]\r\nX:\\sources\\recovery\\RecEnv.exe\r\n"))
	vol.add(`sources\recovery\RecEnv.exe`, program("RecEnv.exe", v))
	vol.add(`Windows\System32\config\filler.bin`, nil).size = fill
	t, _ := vol.tree()
	t.Info = wim.Image{Name: winreName, Description: winreName, Arch: w.OS.Arch, EditionID: "WindowsPE", InstallationType: "WindowsPE",
		ProductName: "Microsoft® Windows® Operating System", HasVersion: true, Major: v[0], Minor: v[1], Build: v[2], SPBuild: v[3]}
	return t
}

// holes is a file in memory whose untouched stretches are zero and take no room.
type holes struct {
	pieces []piece
	pos    int64
	size   int64
}

type piece struct {
	off  int64
	data []byte
}

// Write puts bytes at the current position, which only moves forward.
func (h *holes) Write(p []byte) (int, error) {
	h.pieces = append(h.pieces, piece{h.pos, append([]byte(nil), p...)})
	h.pos += int64(len(p))
	h.size = max(h.size, h.pos)
	return len(p), nil
}

// Seek moves forward from the current position.
func (h *holes) Seek(off int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || off < 0 {
		return 0, errors.New("holes: only forward")
	}
	h.pos += off
	return h.pos, nil
}

// ReadAt implements io.ReaderAt.
func (h *holes) ReadAt(b []byte, off int64) (int, error) {
	if off >= h.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), h.size-off))
	clear(b[:n])
	for _, p := range h.pieces {
		if p.off < off+int64(n) && p.off+int64(len(p.data)) > off {
			from := max(p.off, off)
			copy(b[from-off:n], p.data[from-p.off:])
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
