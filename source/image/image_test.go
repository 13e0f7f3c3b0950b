package image

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"updoc/casekit"
	"updoc/disk"
	"updoc/disk/container"
	"updoc/model"
	"updoc/source"
	"updoc/testkit"
)

var sick = filepath.Join("..", "..", "testdata", "sick-pc.qcow2")

func open(t *testing.T, path string) *Source {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// built makes the disk of a story of the casebook.
func built(t *testing.T, story string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "cases", story, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pc, err := casekit.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pc.img")
	err = pc.Disk(t.Context(), path)
	var missing *casekit.MissingToolError
	if errors.As(err, &missing) {
		testkit.Need(t, false, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLayout(t *testing.T) {
	s := open(t, sick)
	if i := s.Info(); i.Kind != "disk" || i.Form != "qcow2" || i.Path != sick || s.Windows() != "disk0p3" {
		t.Errorf("%+v, windows %s", i, s.Windows())
	}
	list := s.Disks(t.Context())
	if !list.Coverage.Complete || len(list.Items) != 1 {
		t.Fatalf("%+v", list)
	}
	d := list.Items[0]
	if d.Size != 64<<30 || d.SectorSize != 512 || d.Table != "gpt" || len(d.Problems) != 0 {
		t.Errorf("size %d, sector %d, table %s, problems %v", d.Size, d.SectorSize, d.Table, d.Problems)
	}
	for i, want := range []struct {
		role, fs string
		size     uint64
	}{{model.RoleESP, "fat32", 100 << 20}, {model.RoleMSR, "empty", 16 << 20}, {model.RoleWindows, "ntfs", 68039999488}, {model.RoleRecovery, "ntfs", 530 << 20}} {
		p := d.Partitions[i]
		if p.Role != want.role || p.Volume.FS.Value != want.fs || p.Size != want.size || p.ID != s.volumeID(i+1) {
			t.Errorf("partition %d: %s %s %d", i+1, p.Role, p.Volume.FS.Value, p.Size)
		}
	}
	w, r := d.Partitions[2].Volume, d.Partitions[3].Volume
	if !w.Free.Known || !w.Dirty.Known || w.Dirty.Value || w.LogFile.Value != "clean" || !w.Hibernated.Known || w.Hibernated.Value || w.BitLocker.Encrypted.Value {
		t.Errorf("windows %+v", w)
	}
	if mb := r.Free.Value >> 20; mb != 83 || len(r.Largest) == 0 || r.Largest[0].Path != `Recovery\WindowsRE\Winre.wim` {
		t.Errorf("recovery: %d MB free, %+v", mb, r.Largest)
	}
	if s.BytesRead() == 0 || s.BytesRead() > 64<<20 {
		t.Errorf("%d bytes read", s.BytesRead())
	}
}

func TestVolumes(t *testing.T) {
	s := open(t, sick)
	fsys, err := s.FS("disk0p3")
	if err != nil {
		t.Fatal(err)
	}
	f, size, err := source.Open(fsys, "WINDOWS/system32/CONFIG/software")
	if err != nil || size == 0 {
		t.Fatalf("%d, %v", size, err)
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil || string(head) != "regf" {
		t.Errorf("%q, %v", head, err)
	}
	f.Close()
	if _, _, err := source.Open(fsys, "Windows"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a folder opened as a file: %v", err)
	}
	var unseen *source.UnseenError
	if _, err := s.FS("disk0p2"); !errors.As(err, &unseen) || unseen.Reason != model.ReasonAbsent {
		t.Errorf("the reserved partition: %v", err)
	}
	if _, err := s.FS("disk0p7"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such partition: %v", err)
	}
}

// Close may be called again; a source that is refused closes its disk.
func TestClose(t *testing.T) {
	s := open(t, sick)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	img, err := container.Open(t.Context(), testkit.EmptyDisk(t, 1<<20), container.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &closing{Image: img}
	if _, err := OpenDisk(disk.New(c), "empty.img", Options{}); err == nil || c.closed != 1 {
		t.Errorf("%v, closed %d times", err, c.closed)
	}
}

type closing struct {
	container.Image
	closed int
}

func (c *closing) Close() error { c.closed++; return c.Image.Close() }

func TestErrors(t *testing.T) {
	gone, stop := context.WithCancel(t.Context())
	stop()
	packed := testkit.WriteFile(t, "x.gz", append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, make([]byte, 100)...))
	if _, err := Open(gone, packed, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "nowhere"): "source-not-found",
		t.TempDir():                           "not-a-disk",
		testkit.EmptyDisk(t, 4<<20):           "not-a-disk",
		testkit.WriteFile(t, "x.vhdx", append([]byte("vhdxfile"), make([]byte, 4096)...)): "unsupported-disk-damaged",
	} {
		var e *model.Error
		if _, err := Open(t.Context(), path, Options{}); !errors.As(err, &e) || e.Code != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	var e *model.Error
	if _, err := Open(t.Context(), sick, Options{Volume: "disk0p1"}); !errors.As(err, &e) || e.Code != "no-such-volume" || e.Args["volumes"] != "disk0p3" {
		t.Errorf("%v", err)
	}
}

func TestEncryptedRecovery(t *testing.T) {
	s := open(t, built(t, "winre-partition-encrypted"))
	p := s.Disks(t.Context()).Items[0].Partitions[3]
	if p.Role != model.RoleRecovery || p.Volume.FS.Value != "bitlocker" || !p.Volume.BitLocker.Encrypted.Value || p.Volume.BitLocker.State.Value != "on" {
		t.Errorf("%s: %+v", p.Role, p.Volume.BitLocker)
	}
	why := p.Volume.Free.Reason()
	if p.Volume.Free.Known || why.Reason != model.ReasonEncrypted || why.How != model.HowUnlock {
		t.Errorf("free: %+v", p.Volume.Free)
	}
	var unseen *source.UnseenError
	if _, err := s.FS(p.ID); !errors.As(err, &unseen) || unseen.Reason != model.ReasonEncrypted {
		t.Errorf("FS: %v", err)
	}
	if s.Windows() != "disk0p3" {
		t.Errorf("windows %s", s.Windows())
	}
}

func TestMBR(t *testing.T) {
	s := open(t, built(t, "winre-mbr"))
	d := s.Disks(t.Context()).Items[0]
	if d.Table != "mbr" || len(d.Signature) != 10 || d.GUID != "" {
		t.Errorf("table %s, signature %q, guid %q", d.Table, d.Signature, d.GUID)
	}
	for i, role := range []string{model.RoleESP, model.RoleWindows, model.RoleRecovery} {
		if p := d.Partitions[i]; p.Role != role || p.MBRType == "" || p.TypeGUID != "" {
			t.Errorf("partition %d: %s %s %s", i+1, p.Role, p.MBRType, p.TypeGUID)
		}
	}
}

// cut is an image of which only the beginning was copied.
type cut struct {
	container.Image
	size int64
}

func (c *cut) Size() int64 { return c.size }

func (c *cut) ReadAt(b []byte, off int64) (int, error) {
	left := max(c.size-off, 0)
	if int64(len(b)) <= left {
		return c.Image.ReadAt(b, off)
	}
	n, _ := c.Image.ReadAt(b[:left], off)
	return n, io.ErrUnexpectedEOF
}

// What lies behind the end of a cut image is damaged: it is neither absent nor known
// not to be encrypted.
func TestCutShort(t *testing.T) {
	img, err := container.Open(t.Context(), sick, container.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenDisk(disk.New(&cut{img, 60 << 30}), "cut.img", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := s.Disks(t.Context()).Items[0]
	v := d.Partitions[3].Volume
	for name, why := range map[string]model.Unseen{"file system": v.FS.Reason(), "free": v.Free.Reason(), "encrypted": v.BitLocker.Encrypted.Reason(), "label": v.Label.Reason()} {
		if why.Reason != model.ReasonDamaged {
			t.Errorf("%s: %+v", name, why)
		}
	}
	if len(d.Problems) == 0 {
		t.Error("no problem is told")
	}
	if _, err := s.FS("disk0p4"); source.Why("volume", err).Reason != model.ReasonDamaged {
		t.Errorf("FS: %v", err)
	}
}

// An extended partition takes an entry of the MBR and holds the logical ones, although
// it is no partition that anybody uses.
func TestExtendedPartition(t *testing.T) {
	d := open(t, built(t, "winre-mbr-full")).Disks(t.Context()).Items[0]
	if len(d.Extended) != 1 || len(d.Partitions) != 4 {
		t.Fatalf("%d extended, %d partitions", len(d.Extended), len(d.Partitions))
	}
	data, in := d.Partitions[3], d.Extended[0]
	if !data.Logical || data.Start <= in.Start || data.Start+data.Size > in.Start+in.Size {
		t.Errorf("logical %d+%d in %+v", data.Start, data.Size, in)
	}
}
