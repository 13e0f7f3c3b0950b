package main

import (
	"bytes"
	"crypto/sha256"
	"io"
	"io/fs"

	"updoc/disk/ntfs"
	"updoc/disk/table"
)

// tally counts disks, and those on which everything is whole.
type tally struct{ cuts, whole int }

func (t tally) plus(o tally) tally { return tally{t.cuts + o.cuts, t.whole + o.whole} }

// contents are the hashes of a volume's files, metadata files not counted.
type contents map[string][sha256.Size]byte

// read hashes every file of a volume; ok is false if it does not open, is damaged
// anywhere, or a file cannot be read.
func read(r io.ReaderAt, size int64) (c contents, ok bool) {
	v, err := ntfs.Open(r, size)
	if err != nil {
		return nil, false
	}
	c = contents{}
	err = fs.WalkDir(v, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := fs.ReadFile(v, name)
		c[name] = sha256.Sum256(b)
		return err
	})
	return c, err == nil && len(v.Problems()) == 0
}

// keeps tells whether every file of old is in now with the same content, but for those in
// except.
func (c contents) keeps(now contents, except map[string]bool) bool {
	for name, sum := range c {
		have, ok := now[name]
		if !except[name] && (!ok || !bytes.Equal(sum[:], have[:])) {
			return false
		}
	}
	return true
}

// volumes are the NTFS volumes of a disk by their place in the table; ok is false if the
// table or one of them is damaged.
func volumes(r io.ReaderAt, size int64, sector int) (map[int]contents, bool) {
	t := table.Read(r, size, sector)
	out := map[int]contents{}
	whole := !damaged(t)
	for _, p := range t.Partitions {
		s := io.NewSectionReader(r, int64(p.Start), int64(p.Size))
		if !isNTFS(s) {
			continue
		}
		c, ok := read(s, s.Size())
		out[p.Slot], whole = c, whole && ok
	}
	return out, whole
}

// damaged: Windows would not know which partitions there are. A backup that differs from
// a sound primary is no obstacle to it.
func damaged(t *table.Table) bool {
	for _, p := range t.Problems {
		switch p.Code {
		case table.CodeCopiesDiffer, table.CodeBackupDamaged, table.CodePrimaryDamaged:
		default:
			return true
		}
	}
	return len(t.Partitions) == 0
}

func isNTFS(s *io.SectionReader) bool {
	b := make([]byte, 11)
	_, err := s.ReadAt(b, 0)
	return err == nil && string(b[3:7]) == "NTFS"
}
