package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"updoc/casekit"
	"updoc/doctor"
	"updoc/model"
	"updoc/testkit"
)

// household is a PC with files of a person, on drive C and on another volume.
const household = `
about: a PC with files of a person
now: 2024-03-21 19:05
disks:
- size: 3 GB
  partitions:
  - esp: 100 MB
  - msr: 16 MB
  - windows: rest
  - {data: 300 MB}
  - {recovery: 600 MB, free: 83 MB}
files:
- {path: '\Users\user\Documents\家計簿 2024.csv', text: "食費,1"}
- {path: '\Users\user\Pictures\album\one.jpg', hex: ffd8ffe0}
- {path: '\Users\user\AppData\Local\Temp\x.tmp', text: "junk"}
- {path: '\Users\user\Videos\trip.mp4', size: 3 MB}
- {path: '\Work\plan.txt', text: "plan"}
- {path: '\Photos\dog.jpg', on: data, text: "dog"}
`

func TestBackupOfADisk(t *testing.T) {
	testkit.Tool(t, "mkntfs")
	testkit.Tool(t, "wimlib-imagex")
	pc, err := casekit.Parse(strings.NewReader(household))
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "pc.img")
	if err := pc.Disk(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "copies")
	first := backUp(t, image, dir)
	if first.Copied != first.Total || first.Failed.Files != 0 || first.LeftOut.Files != 0 || first.Stopped != "" || len(first.Unseen) != 0 {
		t.Errorf("%+v", first)
	}
	for name, want := range map[string]string{
		"disk0p3/Users/user/Documents/家計簿 2024.csv": "食費,1", "disk0p3/Users/user/Documents/letter.txt": "Dear reader,\r\n",
		"disk0p3/Users/user/Pictures/album/one.jpg": "\xff\xd8\xff\xe0", "disk0p3/Users/user/Videos/trip.mp4": strings.Repeat("\x00", 3<<20),
		"disk0p3/Work/plan.txt": "plan", "disk0p4/Photos/dog.jpg": "dog",
	} {
		if got := testkit.ReadFile(t, filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
	for _, name := range []string{"disk0p3/Windows", "disk0p3/Users/user/AppData/Local/Temp", "disk0p1", "disk0p5"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was copied: %v", name, err)
		}
	}
	if second := backUp(t, image, dir); second.Kept != first.Total || second.Copied.Files != 0 {
		t.Errorf("second run: %+v", second)
	}
}

func backUp(t *testing.T, image, dir string) *model.Backup {
	t.Helper()
	src, err := doctor.Open(t.Context(), image, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	b, err := doctor.Backup(t.Context(), src, dir, doctor.BackupOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A folder inside the one that is examined is refused, before anything is made there.
func TestBackupIntoTheFolderExamined(t *testing.T) {
	patient := build(t, "control-fresh")
	src, err := doctor.Open(context.Background(), patient, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	_, err = doctor.Backup(context.Background(), src, filepath.Join(patient, "copies"), doctor.BackupOptions{})
	e := (*model.Error)(nil)
	if !errors.As(err, &e) || e.Code != "backup-on-patient" || e.Exit != 6 {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(patient, "copies")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
}
