package casekit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"updoc/disk/ntfs"
	"updoc/format/wim"
)

// partBuild is one file system being made.
type partBuild struct {
	w *world
	*part
	image string // file of the partition's size
	wim   string // its files, on the way to it
}

// cluster is the size of an NTFS cluster in bytes.
const cluster = 4096

func (b *partBuild) make(ctx context.Context) error {
	if b.FS == fsFAT32 {
		return b.makeFAT(ctx)
	}
	v, err := b.volume(ctx)
	if err != nil {
		return err
	}
	e := b.elastic()
	size := e.size
	for range 5 {
		if err := b.makeNTFS(ctx, v, e, size); err != nil {
			return err
		}
		free, err := b.free()
		if err != nil || b.Free == 0 {
			return err
		}
		over := free - int64(b.Free)
		if over >= 0 && over < cluster {
			return nil
		}
		if size += over / cluster * cluster; over < 0 {
			size -= cluster
		}
		if size < e.least {
			return fmt.Errorf("free %d MB cannot be reached: %d bytes too many are in use", b.Free>>20, e.least-size)
		}
	}
	return errors.New("the free space asked for cannot be reached")
}

// elastic is the file of a volume that grows until the free space is as wished.
type elastic struct {
	size, least int64
	wim         bool // winre.wim; else only room is taken
}

// elastic finds it: an uncompressed winre.wim if the text gives no size for it, else
// the room that shadow copies take.
func (b *partBuild) elastic() elastic {
	m := b.w.WinRE.Wim
	if !b.holdsWim() || m.Size != 0 || m.Compression != stored {
		return elastic{}
	}
	e := elastic{wim: true, least: 1 << 20, size: min(storedSize, b.size*3/4)}
	if b.Free > 0 {
		e.size = e.least
	}
	return e
}

const wimPath = `Recovery\WindowsRE\Winre.wim`

// holdsWim reports whether winre.wim lies here and not on drive C:, which has its own.
func (b *partBuild) holdsWim() bool {
	return b.part == b.w.recovery() && b.part != b.w.windows() && b.w.WinRE.Wim.Missing != On
}

// volume is what belongs on the partition, without the elastic file.
func (b *partBuild) volume(ctx context.Context) (*volume, error) {
	var v *volume
	switch b.role {
	case "windows":
		var err error
		if v, err = b.w.driveC(ctx); err != nil {
			return nil, err
		}
	case "recovery":
		v = b.w.recoveryVolume(b.part)
	default:
		v = newVolume(b.Label, b.w.OS.Installed.In(b.w.zone))
		v.dir(`System Volume Information`).hidden = true
		if b.part == b.w.recovery() {
			b.w.addWinREFolder(v)
		}
	}
	v.label = b.Label
	if b.part == b.w.bootPartition() {
		if err := b.w.addBoot(v); err != nil {
			return nil, err
		}
	}
	if m := b.w.WinRE.Wim; b.holdsWim() && !b.elastic().wim {
		if err := b.w.addWim(ctx, v, wimPath, m, int64(m.Size)); err != nil {
			return nil, err
		}
	}
	if b.part != b.w.windows() {
		b.w.addTold(v, b.part)
	}
	return v, nil
}

// addBoot puts the boot store and the boot manager in place.
func (w *world) addBoot(v *volume) error {
	store, err := w.bootStore()
	if err != nil {
		return err
	}
	os := version{10, 0, w.branch(), w.OS.UBR}
	if w.OS.Firmware == "bios" {
		v.add(`Boot\BCD`, store).hidden = true
		v.add(`bootmgr`, program("bootmgr.exe", os)).hidden = true
		return nil
	}
	v.add(`EFI\Microsoft\Boot\BCD`, store).at = w.since
	v.add(`EFI\Microsoft\Boot\BCD.LOG`, nil)
	v.add(`EFI\Microsoft\Boot\bootmgfw.efi`, program("bootmgfw.efi", os))
	v.add(`EFI\Microsoft\Boot\memtest.efi`, program("memtest.efi", os))
	v.add(`EFI\Boot\bootx64.efi`, program("bootmgfw.efi", os))
	return nil
}

func (b *partBuild) makeFAT(ctx context.Context) error {
	v, err := b.volume(ctx)
	if err != nil {
		return err
	}
	out, err := os.Create(b.image)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.Truncate(b.size); err != nil {
		return err
	}
	sector := b.w.disks[b.disk].Sector
	serial := uint32(b.w.serial(b.guid))
	return writeFAT32(out, b.size, sector, serial, uint32(b.start/int64(sector)), v, b.w.zone)
}

// makeNTFS makes the file system anew, with the elastic file of that size.
func (b *partBuild) makeNTFS(ctx context.Context, v *volume, e elastic, size int64) error {
	began := time.Now().Add(-2 * time.Second)
	if err := b.format(ctx); err != nil {
		return err
	}
	if err := b.stretch(ctx, v, e, size); err != nil {
		return err
	}
	if err := b.pack(v); err != nil {
		return err
	}
	if _, err := run(ctx, "wimlib-imagex", "apply", b.wim, "1", b.image); err != nil {
		return err
	}
	if err := b.takeRoom(ctx, v); err != nil {
		return err
	}
	return b.settle(began)
}

// pieceSize is how much room one file takes at most.
const pieceSize = 1 << 30

// stretch puts the elastic file in place: winre.wim, or files as those that shadow
// copies keep.
func (b *partBuild) stretch(ctx context.Context, v *volume, e elastic, size int64) error {
	if e.wim {
		return b.w.addWim(ctx, v, wimPath, b.w.WinRE.Wim, size)
	}
	for n := 0; size > 0; n++ {
		id := b.w.guid(fmt.Sprint("shadow ", b.guid, n))
		f := v.add(`System Volume Information\{`+id+`}{3808876b-c176-4e48-b7ae-04046e6cc752}`, nil)
		f.size, f.hidden, f.unwritten = min(size, pieceSize), true, true
		size -= f.size
	}
	return nil
}

func (b *partBuild) format(ctx context.Context) error {
	os.Remove(b.image)
	f, err := os.Create(b.image)
	if err != nil {
		return err
	}
	err = f.Truncate(b.size)
	f.Close()
	if err != nil {
		return err
	}
	sector := int64(b.w.disks[b.disk].Sector)
	_, err = run(ctx, "mkntfs", "-F", "-Q", "-q", "-T", "-c", strconv.Itoa(cluster), "-s", strconv.FormatInt(sector, 10),
		"-p", strconv.FormatInt(b.start/sector, 10), "-H", "255", "-S", "63", "-L", b.Label, b.image)
	return err
}

// pack writes the files of a volume into a WIM.
func (b *partBuild) pack(v *volume) error {
	t, err := v.tree(true)
	if err != nil {
		return err
	}
	out, err := os.Create(b.wim)
	if err != nil {
		return err
	}
	err = wim.Write(out, wim.Options{Images: []wim.Tree{t}})
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// takeRoom gives clusters to the zeros that were left out.
func (b *partBuild) takeRoom(ctx context.Context, v *volume) error {
	for _, f := range v.sorted() {
		if !f.grows() {
			continue
		}
		for at := int64(0); at < f.size; at += b.step() {
			if err := b.grow(ctx, f, at, min(b.step(), f.size-at)); err != nil {
				return err
			}
		}
	}
	return nil
}

// step is how much room is taken at once: ntfsfallocate fails at larger steps when
// little is left, and says that all went well.
func (b *partBuild) step() int64 { return min(max(b.size/16/align*align, 16<<20), pieceSize) }

func (b *partBuild) grow(ctx context.Context, f *file, at, n int64) error {
	said, err := run(ctx, "ntfsfallocate", "-q", "-o", strconv.FormatInt(at, 10), "-l", strconv.FormatInt(n, 10), b.image, slashes(f.path))
	if err == nil && strings.Contains(said, "ailed") {
		err = fmt.Errorf("ntfsfallocate: %s", said)
	}
	return err
}

// settle takes what differs from build to build out of the volume: its serial number,
// and the times since began that the tools took from the clock.
func (b *partBuild) settle(began time.Time) error {
	f, err := os.OpenFile(b.image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	serial := binary.LittleEndian.AppendUint64(nil, b.w.serial(b.guid))
	sector := int64(b.w.disks[b.disk].Sector)
	for _, at := range []int64{0, b.size - sector} {
		if _, err := f.WriteAt(serial, at+0x48); err != nil {
			return err
		}
	}
	if b.Dirty == On {
		if err := setDirty(f); err != nil {
			return err
		}
	}
	return steady(f, b.size, began, time.Now().Add(2*time.Second), b.w.now)
}

// free returns the free bytes of the NTFS volume.
func (b *partBuild) free() (int64, error) {
	f, err := os.Open(b.image)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	v, err := ntfs.Open(f, b.size)
	if err != nil {
		return 0, err
	}
	n, err := v.FreeBytes()
	return int64(n), err
}
