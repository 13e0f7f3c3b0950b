package image

import (
	"encoding/binary"
	"errors"
	"io/fs"

	"updoc/disk/ntfs"
	"updoc/format/sd"
	"updoc/remedy/host"
)

// mark is what a file has beside its content: Windows attributes and who may do what. The
// zero mark leaves both as they are.
type mark struct {
	attributes uint32 // those of Windows; 0: leave
	security   []byte // self-relative descriptor; nil: leave
}

// marks are those of a file and of the folders above it, the nearest first.
type marks struct {
	own     mark
	folders []mark
}

// Who may do what with a file that the running Windows believes, and with the folder of
// updoc: others may read there.
var (
	administratorsFile   = administratorsOnly(0)
	administratorsFolder = administratorsOnly(sd.ObjectInherit | sd.ContainerInherit)
)

func administratorsOnly(flags byte) *sd.Descriptor {
	const all, readAndRun = 0x1f01ff, 0x1200a9
	return &sd.Descriptor{Owner: sd.Administrators, Group: sd.Administrators, HasDACL: true, DACL: []sd.Entry{
		{Flags: flags, Mask: all, SID: sd.System}, {Flags: flags, Mask: all, SID: sd.Administrators}, {Flags: flags, Mask: readAndRun, SID: sd.Users}}}
}

// Attributes that are copied; the others say how NTFS keeps a file.
const (
	attrReadOnly   = 0x1
	attrHidden     = 0x2
	attrSystem     = 0x4
	attrArchive    = 0x20
	attrNotIndexed = 0x2000
	attrCopied     = attrReadOnly | attrHidden | attrSystem | attrArchive | attrNotIndexed
)

// marks reads what a file of the overlay, and the folders above it, have.
func (h *Host) marks(at host.Place) (marks, error) {
	v, err := h.look(at.Volume)
	if err != nil {
		return marks{}, err
	}
	n, ok := v.(*ntfs.Volume)
	if !ok {
		return marks{}, nil // FAT has no permissions, and its attributes mean less
	}
	own, err := markOf(n, at.Path)
	out := marks{own: own}
	for _, dir := range foldersOf(at.Path) {
		if err != nil {
			break
		}
		var m mark
		m, err = markOf(n, dir)
		out.folders = append(out.folders, m)
	}
	return out, err
}

func markOf(v *ntfs.Volume, name string) (mark, error) {
	info, err := v.Lstat(name)
	if err != nil {
		return mark{}, err
	}
	m := mark{}
	if st, ok := info.Sys().(*ntfs.Stat); ok {
		m.attributes = st.Attributes & attrCopied
	}
	m.security, err = v.Security(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return m, err
}

// set gives a file in a mounted volume its mark, through the names ntfs-3g has for them.
func (m mark) set(path string) error {
	if m.security != nil {
		if err := setMark(path, "system.ntfs_acl", m.security); err != nil {
			return err
		}
	}
	if m.attributes == 0 {
		return nil
	}
	return setMark(path, "system.ntfs_attrib_be", binary.BigEndian.AppendUint32(nil, m.attributes))
}
