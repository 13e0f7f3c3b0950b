package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/testkit"
)

// truth is what independent tools found out about a sample.
type truth struct {
	Virtual int64             `json:"virtual_size"`
	RawSHA  string            `json:"raw_sha256"`
	RawSize int64             `json:"raw_size"`
	Fsstat  map[string]string `json:"fsstat"`
	Mmls    any               `json:"mmls"`
}

func TestSamplesHaveTheSizeAndHashOfOtherTools(t *testing.T) {
	seen := 0
	for name, want := range testkit.Truth[truth](t, "disk/") {
		if want.RawSHA == "" && (want.Virtual == 0 || strings.HasSuffix(name, ".zip")) {
			continue
		}
		seen++
		d := open(t, testkit.Sample(t, name))
		if size := max(want.Virtual, want.RawSize); d.Size() != size {
			t.Errorf("%s: size %d, want %d", name, d.Size(), size)
		}
		h := sha256.New()
		if _, err := io.Copy(h, io.NewSectionReader(d, 0, d.Size())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); want.RawSHA != "" && got != want.RawSHA {
			t.Errorf("%s: content has hash %s, want %s", name, got, want.RawSHA)
		}
		if len(d.Problems()) > 0 {
			t.Errorf("%s: problems = %v", name, d.Problems())
		}
	}
	if seen < 5 {
		t.Errorf("only %d samples compared", seen)
	}
}

func TestSamplesHaveTheTableOfMmls(t *testing.T) {
	raw := open(t, testkit.Sample(t, "disk/plaso__tsk_volume_system.raw")).Table()
	if raw.Kind != table.MBR || len(raw.Partitions) != 2 || len(raw.Problems) != 0 {
		t.Fatalf("table = %+v", raw)
	}
	for i, want := range [][2]uint64{{1, 350}, {352, 2528}} {
		if p := raw.Partitions[i]; p.Start != want[0]*512 || p.Size != want[1]*512 || p.MBRType != 0x83 {
			t.Errorf("partition %+v, want %v sectors", p, want)
		}
	}
	if raw.Extended[0] != (table.Gap{Start: 351 * 512, Size: 2529 * 512}) {
		t.Errorf("extended = %v", raw.Extended)
	}
	gpt := open(t, testkit.Sample(t, "disk/raw_gz/velo.vhdx.raw.gz")).Table()
	if gpt.Kind != table.GPT || len(gpt.Partitions) != 1 || len(gpt.Problems) != 0 {
		t.Fatalf("table = %+v", gpt)
	}
	if p := gpt.Partitions[0]; p.Start != 128*512 || p.Size != 6144*512 || p.Name != "Basic data partition" {
		t.Errorf("partition %+v", p)
	}
}

// The sample is the first sector alone: mmls gives up on it, but its entries are there, and lie outside.
func TestSampleOfAnMBRAlone(t *testing.T) {
	tab := open(t, testkit.Sample(t, "disk/velociraptor__MBR")).Table()
	if tab.Kind != table.MBR || tab.DiskSignature != 0xd7e47829 || len(tab.Partitions) != 2 || len(tab.Problems) != 2 {
		t.Fatalf("table = %+v", tab)
	}
	want := table.Partition{Index: 2, Slot: 1, MBRType: 0x27, Start: 0x09f15800 * 512, Size: 0x000e9800 * 512}
	if tab.Partitions[1] != want || !tab.Partitions[0].Active {
		t.Errorf("partitions = %+v", tab.Partitions)
	}
}

func TestSamplesWithoutATable(t *testing.T) {
	for name, want := range map[string]string{
		"disk/plaso__image.qcow2": "ext", "disk/plaso__vsstest.qcow2": "ntfs", "disk/velociraptor__fat_very_small.dd": "fat12",
		"disk/dfvfs__bogus.001": "unknown", "disk/raw_gz/velociraptor__partition_image.raw.gz": "ntfs",
	} {
		d := open(t, testkit.Sample(t, name))
		if got := Probe(d, d.Size()); got.Kind != want || d.Table().Kind != table.None {
			t.Errorf("%s: %+v, table %s", name, got, d.Table().Kind)
		}
	}
}

func TestSamplesHaveTheVolumeOfFsstat(t *testing.T) {
	all := testkit.Truth[truth](t, "disk/")
	for name, file := range map[string]string{
		"disk/plaso__vsstest.qcow2":              "disk/plaso__vsstest.qcow2",
		"disk/velociraptor__partition_image.E01": "disk/raw_gz/velociraptor__partition_image.raw.gz",
		"disk/velociraptor__fat_very_small.dd":   "disk/velociraptor__fat_very_small.dd",
	} {
		d := open(t, testkit.Sample(t, file))
		want := all[name].Fsstat
		got := map[string]string{}
		if want["File System Type"] == "NTFS" {
			v, err := ntfs.Open(d, d.Size())
			if err != nil {
				t.Fatal(err)
			}
			got["Volume Name"], got["Volume Serial Number"] = v.Label(), fmt.Sprintf("%016X", v.Serial())
			got["Cluster Size"], got["Sector Size"] = fmt.Sprint(v.ClusterSize()), fmt.Sprint(v.SectorSize())
		} else {
			v, err := fat.Open(d, d.Size())
			if err != nil {
				t.Fatal(err)
			}
			got["Cluster Size"], got["File System Type"] = fmt.Sprint(v.ClusterSize()), strings.ToUpper(v.Kind())
		}
		for k, g := range got {
			if g != want[k] {
				t.Errorf("%s: %s = %q, want %q", name, k, g, want[k])
			}
		}
	}
}

// Foreign formats among the samples are refused with their name.
func TestSamplesThatAreRefused(t *testing.T) {
	for name, want := range map[string]string{"disk/velociraptor__partition_image.E01": "E01 is not supported", "disk/velociraptor__test.vhdx.zip": "not a disk image"} {
		if _, err := Open(t.Context(), testkit.Sample(t, name), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every file of the NTFS samples that Windows made reads to its end. The counts are those of fls -r without
// metadata files, streams and orphans, which Windows does not list.
func TestSamplesReadWhole(t *testing.T) {
	for name, want := range map[string]int{"disk/plaso__vsstest.qcow2": 7, "disk/raw_gz/velociraptor__partition_image.raw.gz": 15} {
		d := open(t, testkit.Sample(t, name))
		v, err := ntfs.Open(d, d.Size())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = fs.WalkDir(v, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || path == "." {
				return err
			}
			n++
			if e.Type().IsRegular() {
				_, err = fs.ReadFile(v, path)
			}
			return err
		})
		if err != nil || n != want || len(v.Problems()) > 0 {
			t.Errorf("%s: %d names, %v, %v", name, n, err, v.Problems())
		}
	}
}

// The content of files Windows wrote, against sleuthkit's icat.
func TestSamplesHaveTheContentOfIcat(t *testing.T) {
	d := open(t, testkit.Sample(t, "disk/raw_gz/velociraptor__partition_image.raw.gz"))
	b, err := io.ReadAll(io.NewSectionReader(d, 0, d.Size()))
	if err != nil {
		t.Fatal(err)
	}
	raw := testkit.WriteFile(t, "raw", b)
	v, err := ntfs.Open(d, d.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Users/Administrator/NTUSER.DAT", "Windows/System32/config/SYSTEM", "windows/appcompat/programs/amcache.hve", "System Volume Information/WPSettings.dat"} {
		got, err := fs.ReadFile(v, name)
		if err != nil {
			t.Fatal(err)
		}
		i, err := v.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := testkit.Run(t, "icat", raw, fmt.Sprint(i.Sys().(*ntfs.Stat).Record)); string(got) != want {
			t.Errorf("%s: content differs from icat's", name)
		}
	}
}
