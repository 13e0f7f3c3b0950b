package ntfs

import (
	"fmt"
	"strings"

	"updoc/codec/wintype"
)

// Reparse tags, from Microsoft's [MS-FSCC] 2.1.2.1.
const (
	TagMountPoint = 0xa0000003 // a junction, or a folder that another volume is mounted on
	TagSymlink    = 0xa000000c // a symbolic link
	TagWOF        = 0x80000017 // a file that CompactOS keeps compressed
)

// isLink tells whether a tag stands for another path.
func isLink(tag uint32) bool { return tag == TagMountPoint || tag == TagSymlink }

const (
	maxReparse  = 16 << 10 // the limit of Windows
	maxLinkHops = 32
)

// reparse reads the reparse point of a record: its tag and the data behind the 8-byte header.
func (v *Volume) reparse(rec *record) (uint32, []byte, error) {
	pieces, err := v.pieces(rec, attrReparse, "")
	if err != nil {
		return 0, nil, err
	}
	s, err := v.newStream(pieces)
	if err != nil {
		return 0, nil, err
	}
	if s.size < 8 || s.size > maxReparse {
		return 0, nil, fmt.Errorf("reparse point of %d bytes: %w", s.size, ErrDamaged)
	}
	b := make([]byte, s.size)
	if err := s.readFull(b, 0); err != nil {
		return 0, nil, err
	}
	return le.Uint32(b), b[8:], nil
}

// linkTarget gives the substitute name of a symbolic link or junction in Windows form, and whether it is
// relative to the link's folder.
func (v *Volume) linkTarget(rec *record) (target string, relative bool, err error) {
	tag, b, err := v.reparse(rec)
	if err != nil {
		return "", false, err
	}
	names := 8
	if tag == TagSymlink {
		names = 12
	}
	if !isLink(tag) || len(b) < names {
		return "", false, fmt.Errorf("reparse tag %#x is no link: %w", tag, ErrDamaged)
	}
	at, n := names+int(le.Uint16(b)), int(le.Uint16(b[2:]))
	if at+n > len(b) {
		return "", false, fmt.Errorf("link target leaves its reparse point: %w", ErrDamaged)
	}
	relative = tag == TagSymlink && le.Uint32(b[8:])&1 != 0
	return wintype.UTF16(b[at : at+n]), relative, nil
}

// driveLetter is what a volume of Windows is called by its own links; those to another leave it.
const driveLetter = "C:"

// linkPath turns a target into path elements on this volume and tells whether they count from the
// link's folder (else from the root).
func linkPath(target string, relative bool) (elems []string, fromFolder bool, err error) {
	path := strings.ReplaceAll(target, `\`, "/")
	if relative {
		rooted := strings.HasPrefix(path, "/")
		return strings.Split(path, "/"), !rooted, nil
	}
	for _, prefix := range []string{"/??/", "//?/", "//./"} {
		path = strings.TrimPrefix(path, prefix)
	}
	if len(path) < 2 || !strings.EqualFold(path[:2], driveLetter) {
		return nil, false, fmt.Errorf("%s: %w", target, ErrLinkLeaves)
	}
	return strings.Split(path[2:], "/"), false, nil
}
