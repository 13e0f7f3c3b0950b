package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"updoc/model"
	"updoc/source"
	"updoc/testkit"
)

// written is when the files of these tests were last changed.
var written = time.Date(2024, 3, 1, 9, 30, 12, 0, time.UTC)

// memory is a source with one volume in memory; bad are names whose reading fails from
// that offset on for so many bytes.
type memory struct {
	files fstest.MapFS
	bad   map[string][2]int64
}

func (m *memory) Info() model.SourceInfo                       { return model.SourceInfo{Kind: "disk", Path: "patient.img"} }
func (m *memory) Disks(context.Context) model.List[model.Disk] { return model.List[model.Disk]{} }
func (m *memory) Windows() string                              { return "disk0p3" }
func (m *memory) FS(string) (fs.FS, error)                     { return failing{m.files, m.bad}, nil }
func (m *memory) BytesRead() int64                             { return 0 }
func (m *memory) Close() error                                 { return nil }

type failing struct {
	fstest.MapFS
	bad map[string][2]int64
}

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.MapFS.Open(name)
	if bad, ok := f.bad[name]; ok && err == nil {
		return badFile{file.(source.File), bad}, nil
	}
	return file, err
}

type badFile struct {
	source.File
	bad [2]int64
}

func (f badFile) ReadAt(p []byte, off int64) (int, error) {
	if end := off + int64(len(p)); end > f.bad[0] && off < f.bad[0]+f.bad[1] {
		return 0, errors.New("sector not found")
	}
	return f.File.ReadAt(p, off)
}

func person(files map[string]string) *memory {
	m := &memory{files: fstest.MapFS{"Windows/System32/config/SYSTEM": {Data: []byte("hive")}}}
	for name, content := range files {
		m.files[name] = &fstest.MapFile{Data: []byte(content), ModTime: written}
	}
	return m
}

// watched is a target that counts and can refuse.
type watched struct {
	target
	created []string
	room    int64 // bytes that still fit; -1: no limit
	damage  bool  // every file reads back another
}

func (w *watched) Room() (int64, error) { return 1 << 40, nil }

func (w *watched) Create(name string) (io.WriteCloser, error) {
	w.created = append(w.created, name)
	out, err := w.target.Create(name)
	return &limited{out, w}, err
}

func (w *watched) Open(name string) (io.ReadCloser, error) {
	f, err := w.target.Open(name)
	if err != nil || !w.damage {
		return f, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader("x"), f), f}, nil
}

type limited struct {
	io.WriteCloser
	w *watched
}

func (l *limited) Write(p []byte) (int, error) {
	if l.w.room < 0 {
		return l.WriteCloser.Write(p)
	}
	n := min(int64(len(p)), l.w.room)
	l.w.room -= n
	if _, err := l.WriteCloser.Write(p[:n]); err != nil || n == int64(len(p)) {
		return int(n), err
	}
	return int(n), syscall.ENOSPC
}

func folderFor(t *testing.T, dir string) *watched {
	t.Helper()
	to, err := openTarget(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.root.Close() })
	return &watched{target: to, room: -1}
}

func back(t *testing.T, ctx context.Context, src source.Source, to target) (*model.Backup, error) {
	t.Helper()
	found, err := findPersonal(ctx, src, "")
	if err != nil {
		t.Fatal(err)
	}
	b := &model.Backup{Schema: model.BackupSchema, Folder: "there"}
	err = copyAll(ctx, src, to, found, b, BackupOptions{Now: func() time.Time { return written }})
	return b, err
}

func counts(b *model.Backup) string {
	return fmt.Sprintf("total %d copied %d kept %d failed %d left out %d", b.Total.Files, b.Copied.Files, b.Kept.Files, b.Failed.Files, b.LeftOut.Files)
}

func wantCounts(t *testing.T, what string, b *model.Backup, want string) {
	t.Helper()
	if got := counts(b); got != want {
		t.Errorf("%s: %s, want %s; %+v", what, got, want, b.Files)
	}
}

var household = map[string]string{
	"Users/user/Documents/letter.txt":                               "Dear reader,\r\n",
	"Users/user/Documents/2024/tax.xlsx":                            strings.Repeat("sum ", 700_000),
	"Users/user/Pictures/dog.jpg":                                   "dog",
	"Users/user/OneDrive - Example/plan.docx":                       "plan",
	"Users/user/Project/notes.md":                                   "notes",
	"Users/user/AppData/Local/Microsoft/Outlook/mail.pst":           "mail",
	"Users/user/AppData/Local/Temp/junk":                            "junk",
	"Users/user/AppData/Local/Microsoft/Edge/User Data/D/Bookmarks": "{}",
	"Users/user/NTUSER.DAT":                                         "hive",
	"Users/Public/Pictures/all.jpg":                                 "all",
	"Users/Default/Documents/x":                                     "x",
	"Data/list.csv":                                                 "1,2",
	"pagefile.sys":                                                  "p",
	"$Recycle.Bin/S-1/gone.txt":                                     "gone",
}

func TestBackupFindsWhatIsAPersons(t *testing.T) {
	b, err := Backup(context.Background(), person(household), "", BackupOptions{List: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range b.Places {
		got = append(got, fmt.Sprintf("%s %s %s %d", s.Kind, s.Path, s.User, s.Found.Files))
	}
	slices.Sort(got)
	want := []string{
		`bookmarks Users\user\AppData\Local\Microsoft\Edge\User Data user 1`, `data Data  1`, `documents Users\user\Documents user 2`,
		`mail Users\user\AppData\Local\Microsoft\Outlook user 1`, `onedrive Users\user\OneDrive - Example user 1`, `other Users\user user 1`,
		`pictures Users\user\Pictures user 1`, `public Users\Public Public 1`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	wantCounts(t, "listed", b, "total 9 copied 0 kept 0 failed 0 left out 0")
}

func TestBackupCopiesVerifiesAndResumes(t *testing.T) {
	dir, src, ctx := t.TempDir(), person(household), context.Background()
	b, err := back(t, ctx, src, folderFor(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "first run", b, "total 9 copied 9 kept 0 failed 0 left out 0")
	tax := filepath.Join(dir, "disk0p3/Users/user/Documents/2024/tax.xlsx")
	if got := testkit.ReadFile(t, tax); string(got) != household["Users/user/Documents/2024/tax.xlsx"] {
		t.Error("the copy differs")
	}
	if info, err := os.Stat(tax); err != nil || !info.ModTime().Equal(written) {
		t.Errorf("time %v %v", info.ModTime(), err)
	}

	again := folderFor(t, dir)
	b, err = back(t, ctx, src, again)
	wantCounts(t, "second run", b, "total 9 copied 0 kept 9 failed 0 left out 0")
	if err != nil || len(again.created) != 1 {
		t.Errorf("wrote %v, error %v", again.created, err)
	}

	src.files["Users/user/Pictures/dog.jpg"] = &fstest.MapFile{Data: []byte("cat"), ModTime: written.Add(time.Hour)}
	if err := os.WriteFile(tax, bytes.Repeat([]byte("bad "), 700_000), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err = back(t, ctx, src, folderFor(t, dir))
	wantCounts(t, "one changed, one copy damaged", b, "total 9 copied 2 kept 7 failed 0 left out 0")
	if got := testkit.ReadFile(t, tax); err != nil || string(got) != household["Users/user/Documents/2024/tax.xlsx"] {
		t.Errorf("the damaged copy was not mended: %v", err)
	}
	var manifest model.Backup
	if err := json.Unmarshal(testkit.ReadFile(t, filepath.Join(dir, manifestName)), &manifest); err != nil || len(manifest.Files) != 9 {
		t.Errorf("manifest of %d files: %v", len(manifest.Files), err)
	}

	if err := os.Remove(filepath.Join(dir, manifestName)); err != nil {
		t.Fatal(err)
	}
	b, _ = back(t, ctx, src, folderFor(t, dir))
	wantCounts(t, "without a manifest", b, "total 9 copied 0 kept 9 failed 0 left out 0")
}

func TestBackupOfAFailingDisk(t *testing.T) {
	src, dir := person(household), t.TempDir()
	src.bad = map[string][2]int64{
		"Users/user/Documents/2024/tax.xlsx": {1_500_000, 100}, "Users/user/Pictures/dog.jpg": {0, 3},
	}
	b, err := back(t, context.Background(), src, folderFor(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "two bad files", b, "total 9 copied 7 kept 0 failed 2 left out 0")
	for _, f := range b.Files {
		if f.Problem != model.BackupUnread || f.Copy != "" || f.Verified {
			t.Errorf("%+v", f)
		}
		if strings.HasSuffix(f.Path, "dog.jpg") != (f.Partial == "") {
			t.Errorf("partial %q of %s", f.Partial, f.Path)
		}
	}
	part := testkit.ReadFile(t, filepath.Join(dir, "disk0p3/Users/user/Documents/2024/tax.xlsx"+partEnd))
	whole := []byte(household["Users/user/Documents/2024/tax.xlsx"])
	lost := 0
	for i := range whole {
		if part[i] != whole[i] {
			lost++
		}
	}
	if len(part) != len(whole) || lost == 0 || lost > badPiece {
		t.Errorf("%d of %d bytes, %d differ", len(part), len(whole), lost)
	}
}

func TestBackupToAFullTarget(t *testing.T) {
	src, dir := person(household), t.TempDir()
	to := folderFor(t, dir)
	to.room = 2_000_000
	b, err := back(t, context.Background(), src, to)
	e := (*model.Error)(nil)
	if !errors.As(err, &e) || e.Code != "backup-no-room" || e.Exit != backupHalfDone || b.Stopped != e.Code {
		t.Fatalf("error %v, report %q", err, b.Stopped)
	}
	if _, err := os.Stat(filepath.Join(dir, "disk0p3/Users/user/Documents/2024/tax.xlsx")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a file has the name of the whole: %v", err)
	}
	b, err = back(t, context.Background(), src, folderFor(t, dir))
	if err != nil || b.Copied.Files+b.Kept.Files != 9 {
		t.Errorf("with room: %s, %v", counts(b), err)
	}
}

func TestBackupRefusesWithoutRoom(t *testing.T) {
	to := folderFor(t, t.TempDir())
	src := person(household)
	src.files["Data/huge"] = &fstest.MapFile{Mode: 0o444}
	found, err := findPersonal(context.Background(), src, "")
	if err != nil {
		t.Fatal(err)
	}
	found.files[0].Size = 1 << 41
	b := &model.Backup{}
	e := (*model.Error)(nil)
	if err := copyAll(context.Background(), src, to, found, b, BackupOptions{}); !errors.As(err, &e) || e.Code != "backup-no-room" || e.Exit != backupRefused {
		t.Errorf("error %v", err)
	}
	if len(to.created) != 0 {
		t.Errorf("wrote %v", to.created)
	}
}

func TestBackupNeverClaimsAWrongCopy(t *testing.T) {
	to := folderFor(t, t.TempDir())
	to.damage = true
	b, err := back(t, context.Background(), person(household), to)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "target that lies", b, "total 9 copied 0 kept 0 failed 9 left out 0")
}

func TestBackupStopsWithTheContext(t *testing.T) {
	dir, src := t.TempDir(), person(household)
	found, err := findPersonal(context.Background(), src, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &model.Backup{}
	err = copyAll(ctx, src, folderFor(t, dir), found, b, BackupOptions{Progress: func(int64, int64, string) { cancel() }})
	if !errors.Is(err, context.Canceled) || b.Stopped != "cancelled" || b.Copied.Files > 1 {
		t.Errorf("%v, %q, %s", err, b.Stopped, counts(b))
	}
}

// Names that only NTFS holds, two that differ by case only, and a path no other system
// call could take at once.
func TestBackupNames(t *testing.T) {
	deep := "Users/user/Documents" + strings.Repeat("/"+strings.Repeat("d", 100), 60) + "/end.txt"
	long := "Users/user/Documents/" + strings.Repeat("長", 120) + ".txt"
	files := map[string]string{
		deep: "deep", long: "long", "Users/user/Documents/Readme": "1", "Users/user/Documents/README": "2",
		"Users/user/Documents/a:b": "3", "Users/user/Documents/con.txt": "4", "Users/user/Documents/end. ": "5",
	}
	dir := t.TempDir()
	to := folderFor(t, dir)
	b, err := back(t, context.Background(), person(files), to)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "names", b, "total 7 copied 7 kept 0 failed 0 left out 0")
	if len(b.Files) != 5 {
		t.Errorf("%d renamed: %+v", len(b.Files), b.Files)
	}
	seen := map[string]bool{}
	for _, f := range b.Files {
		low := strings.ToLower(f.Copy)
		if seen[low] || safeName(path.Base(f.Copy)) != path.Base(f.Copy) || !f.Renamed {
			t.Errorf("%+v", f)
		}
		seen[low] = true
		r, err := to.Open(f.Copy)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(r)
		r.Close()
		if string(got) != files[slashes(f.Path)] {
			t.Errorf("%s holds %q", f.Copy, got)
		}
	}
}

func TestBackupNotIntoThePatient(t *testing.T) {
	dir := t.TempDir()
	if own, err := onPatient(model.SourceInfo{Kind: "folder", Path: dir}, filepath.Join(dir, "new", "copy")); !own || err != nil {
		t.Errorf("below the folder: %t %v", own, err)
	}
	if own, err := onPatient(model.SourceInfo{Kind: "folder", Path: dir}, t.TempDir()); own || err != nil {
		t.Errorf("beside the folder: %t %v", own, err)
	}
}

// A partition, and a logical volume upon another, both on sda; a loop upon an image.
func TestDisksUnderADevice(t *testing.T) {
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
	}
	sys := fstest.MapFS{
		"dev/block/8:1": link("../../devices/pci/block/sda/sda1"), "dev/block/8:0": link("../../devices/pci/block/sda"),
		"dev/block/253:0":                        link("../../devices/virtual/block/dm-0"),
		"dev/block/7:3":                          link("../../devices/virtual/block/loop3"),
		"devices/pci/block/sda/sda1/partition":   {Data: []byte("1\n")},
		"devices/pci/block/sda/sda2/partition":   {Data: []byte("2\n")},
		"devices/virtual/block/dm-0/slaves/sda2": link("../../../../pci/block/sda/sda2"),
		"devices/virtual/block/loop3/size":       {},
		"block/loop3/loop/backing_file":          {Data: []byte("/images/pc.img\n")},
	}
	for device, want := range map[uint64]string{8<<8 | 1: "sda", 8 << 8: "sda", 253 << 8: "sda", 7<<8 | 3: "loop3", 9 << 8: ""} {
		if got := strings.Join(disksUnder(sys, device), " "); got != want {
			t.Errorf("%s lies on %q, want %q", numbers(device), got, want)
		}
	}
	if !loopedFrom(sys, 7<<8|3, "/images/pc.img") || loopedFrom(sys, 7<<8|3, "/images/other.img") {
		t.Error("the loop is not known")
	}
}
