package ntfs

import (
	"io/fs"
	"time"

	"updoc/codec/wintype"
)

// File attributes of Windows ([MS-FSCC] 2.6) beside attributeReparse.
const (
	attributeDirectory  = 0x10
	attributeIndexedDir = 0x10000000 // how a folder's entry marks folders
)

// Stat is what fs.FileInfo.Sys gives: the Windows side of a file. Times are UTC, zero if not set.
type Stat struct {
	// Attributes are the Windows file attributes, FILE_ATTRIBUTE_DIRECTORY included.
	Attributes uint32
	// Record is the number of the file record, Sequence its use count, Links its count of names.
	Record   uint64
	Sequence uint16
	Links    uint16
	// Resident, Compressed, Sparse and Encrypted describe the unnamed content.
	Resident, Compressed, Sparse, Encrypted bool
	// ReparseTag is 0 if the file is no reparse point.
	ReparseTag uint32
	// Allocated is the room the unnamed content occupies as the file declares it, in bytes.
	Allocated int64
	// Created, Changed (the record) and Accessed; the modification time is FileInfo.ModTime.
	Created, Changed, Accessed time.Time
}

// info is a fs.FileInfo.
type info struct {
	name     string
	size     int64
	mode     fs.FileMode
	modified time.Time
	stat     *Stat
}

func (i *info) Name() string       { return i.name }
func (i *info) Size() int64        { return i.size }
func (i *info) Mode() fs.FileMode  { return i.mode }
func (i *info) ModTime() time.Time { return i.modified }
func (i *info) IsDir() bool        { return i.mode.IsDir() }
func (i *info) Sys() any           { return i.stat }

// standardInfo is the part of $STANDARD_INFORMATION we use.
type standardInfo struct {
	Created, Modified, Changed, Accessed time.Time
	Attributes                           uint32
}

func standard(rec *record) standardInfo {
	a := rec.resident(attrStandardInfo)
	if a == nil || len(a.value) < 36 {
		return standardInfo{}
	}
	at := func(off int) time.Time { return wintype.Time(le.Uint64(a.value[off:])) }
	return standardInfo{at(0), at(8), at(16), at(24), le.Uint32(a.value[32:])}
}

// infoOf describes a record under a name. A file whose content cannot be found has size 0 and the
// error.
func (v *Volume) infoOf(n *node) (*info, error) {
	std := standard(n.rec)
	st := &Stat{
		Attributes: std.Attributes, Record: n.rec.num, Sequence: n.rec.sequence, Links: n.rec.links,
		Created: std.Created, Changed: std.Changed, Accessed: std.Accessed, ReparseTag: v.tag(n.rec),
	}
	i := &info{name: n.name, modified: std.Modified, stat: st, mode: mode(n.rec.dir, st.ReparseTag)}
	if n.rec.dir {
		st.Attributes |= attributeDirectory
		return i, nil
	}
	pieces, err := v.pieces(n.rec, attrData, "")
	if err != nil || len(pieces) == 0 {
		return i, err
	}
	d := pieces[0]
	i.size, st.Allocated, st.Resident = d.size, d.alloc, d.local
	st.Compressed = d.flags&flagCompressed != 0
	st.Sparse = d.flags&flagSparse != 0
	st.Encrypted = d.flags&flagEncrypted != 0
	return i, nil
}

func mode(dir bool, tag uint32) fs.FileMode {
	switch {
	case isLink(tag):
		return fs.ModeSymlink | 0o777
	case dir:
		return fs.ModeDir | 0o555
	}
	return 0o444
}
