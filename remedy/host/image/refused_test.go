package image_test

import (
	"os"
	"testing"

	"updoc/disk/table"
	"updoc/remedy/host"
)

// damage changes a disk before it is looked at.
type damage func(t *testing.T, disk *os.File, tab *table.Table)

// retyped gives the last partition another type, in both copies of the table.
func retyped(kind table.GUID) damage {
	return func(t *testing.T, disk *os.File, tab *table.Table) {
		size, err := disk.Seek(0, 2)
		if err != nil {
			t.Fatal(err)
		}
		e, err := table.Edit(disk, size, tab.SectorSize)
		if err != nil {
			t.Fatal(err)
		}
		p := tab.Partitions[len(tab.Partitions)-1]
		p.TypeGUID = kind
		if err := e.Set(p); err != nil {
			t.Fatal(err)
		}
		for _, w := range e.Writes() {
			put(t, disk, w.Offset, w.Data)
		}
	}
}

// flipped changes a byte, counted from the end if negative.
func flipped(at int64) damage {
	return func(t *testing.T, disk *os.File, _ *table.Table) {
		size, err := disk.Seek(0, 2)
		if err != nil {
			t.Fatal(err)
		}
		if at < 0 {
			at += size
		}
		b := make([]byte, 1)
		if _, err := disk.ReadAt(b, at); err != nil {
			t.Fatal(err)
		}
		put(t, disk, at, []byte{b[0] ^ 1})
	}
}

// hybrid adds a second entry to the protective MBR.
func hybrid(t *testing.T, disk *os.File, _ *table.Table) {
	put(t, disk, 446+16, []byte{0, 0xfe, 0xff, 0xff, 7, 0xfe, 0xff, 0xff, 0, 8, 0, 0, 0, 8, 0, 0})
}

func put(t *testing.T, disk *os.File, at int64, b []byte) {
	t.Helper()
	if _, err := disk.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

// A table that is not wholly understood is never edited, and says why.
func TestRefusedTables(t *testing.T) {
	for name, c := range map[string]struct {
		harm damage
		want string
	}{
		"dynamic disk":       {retyped(table.TypeLDMData), "refused-dynamic-disk"},
		"storage spaces":     {retyped(table.TypeStorageSpaces), "refused-storage-spaces"},
		"hybrid MBR":         {hybrid, "refused-hybrid-mbr"},
		"primary damaged":    {flipped(512 + 16), "refused-table-damaged"},
		"backup damaged":     {flipped(-512 + 16), "refused-table-damaged"},
		"an entry is torn":   {flipped(1024 + 40), "refused-table-damaged"},
		"backup entry torn":  {flipped(-33*512 + 40), "refused-table-damaged"},
		"name in the backup": {flipped(-33*512 + 56), "refused-table-damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			path := build(t, layout(t, "gpt-after"))
			disk, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			tab := tableOf(t, path)
			c.harm(t, disk, tab)
			if err := disk.Close(); err != nil {
				t.Fatal(err)
			}
			h := opened(t, path)
			for _, op := range []host.Op{
				{Kind: host.ShrinkVolume, Partition: "disk0p3", Size: 80 << 20},
				{Kind: host.ResizeRecovery, Partition: "disk0p4", Start: tab.Partitions[3].Start - 1<<20, Size: tab.Partitions[3].Size + 1<<20},
				{Kind: host.CreateRecovery, Start: 1 << 20, Size: 1 << 20, GUID: "{5c1f6a3e-2f0a-4b61-9d3c-0a7c1d2e3f40}"},
				{Kind: host.SetPartitionType, Partition: "disk0p1", Text: table.TypeESP.String()},
			} {
				if err := h.Do(t.Context(), op); code(err) != c.want {
					t.Errorf("%s: %v", op.Kind, err)
				}
			}
			if changes, err := h.Overlay().Changes(); err != nil || len(changes) > 0 {
				t.Errorf("%d changes, %v", len(changes), err)
			}
		})
	}
}

// What cannot be done as asked leaves the overlay as it was.
func TestRefusedOperations(t *testing.T) {
	path := build(t, layout(t, "files"))
	h := opened(t, path)
	on := func(path string) host.Place { return host.Place{Volume: "disk0p3", Path: path} }
	for want, op := range map[string]host.Op{
		"refused-cannot-shrink":  {Kind: host.ShrinkVolume, Partition: "disk0p3", Size: 1 << 20},
		"refused-partition-gone": {Kind: host.ShrinkVolume, Partition: "disk0p9", Size: 1 << 20},
		"refused-cannot-grow":    {Kind: host.ResizeRecovery, Partition: "disk0p4", Start: 4096, Size: 150 << 20},
		"refused-name-in-use":    {Kind: host.Rename, From: on("Windows/SoftwareDistribution"), Text: "System32"},
	} {
		if err := h.Do(t.Context(), op); code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if changes, err := h.Overlay().Changes(); err != nil || len(changes) > 0 {
		t.Errorf("%d changes, %v", len(changes), err)
	}
}
