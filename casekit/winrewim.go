package casekit

import (
	"fmt"
	"math/rand/v2"

	"updoc/format/wim"
)

// winreName is the image name Windows gives winre.wim.
const winreName = "Microsoft Windows Recovery Environment (amd64)"

const (
	stored         = "stored"
	storedSize     = 300 << 20 // of a winre.wim if the text gives none
	compressedSize = 4 << 20   // noise cannot be compressed, so it is kept short
)

// winreWim builds an uncompressed winre.wim of size bytes: image 1 with the programs
// that carry a version, the rest zeros, or noise if it is to be compressed. It returns
// what comes before the zeros, and the size of the whole.
func (w *world) winreWim(m Wim, size int64) (head []byte, whole int64, err error) {
	if size == 0 && m.Compression == stored {
		size = storedSize
	}
	size = or(size, compressedSize)
	for fill, tries := size, 0; tries < 4; tries++ {
		h := &holes{}
		if err := wim.Write(wim.Sparse(h), wim.Options{Images: []wim.Tree{w.winreTree(m, fill)}, BootIndex: 1}); err != nil {
			return nil, 0, err
		}
		if h.size == size {
			return h.zerosLast(), size, nil
		}
		if fill += size - h.size; fill <= 0 {
			break
		}
	}
	return nil, 0, fmt.Errorf("winre.wim cannot be made of %d bytes", size)
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
	filler := vol.add(`Windows\System32\config\filler.bin`, nil)
	if filler.size = fill; m.Compression != stored {
		filler.data = w.noise(fill)
	}
	t, _ := vol.tree(false)
	t.Info = wim.Image{Name: winreName, Description: winreName, Arch: w.OS.Arch, EditionID: "WindowsPE", InstallationType: "WindowsPE",
		ProductName: "Microsoft® Windows® Operating System", HasVersion: true, Major: v[0], Minor: v[1], Build: v[2], SPBuild: v[3]}
	return t
}

// noise is n bytes that no compression makes smaller.
func (pc *PC) noise(n int64) []byte {
	b := make([]byte, n)
	rand.NewChaCha8(pc.digest("noise")).Read(b)
	return b
}
