package container

import (
	"bytes"
	"fmt"
)

// magic is one recognised beginning of a file.
type magic struct {
	offset int
	bytes  string
	format string
	hint   string // empty: no disk at all
}

const convertHint = "convert it first: qemu-img convert -O qcow2 DISK disk.qcow2"

// The first list is disk formats we leave to qemu-img and ewfexport (recognised by the magic numbers of
// the vendors' format documents), the second is files that are no disks.
var refused = []magic{
	{0, "KDMV", "vmdk", convertHint},
	{0, "COWD", "vmdk", convertHint},
	{0, "# Disk DescriptorFile", "vmdk", convertHint},
	{0, "EVF\x09\x0d\x0a\xff\x00", "E01", "convert it first: ewfexport -t disk -f raw DISK.E01"},
	{0, "EVF2\x0d\x0a\x81\x00", "Ex01", "convert it first: ewfexport -t disk -f raw DISK.Ex01"},
	{0, "LVF\x09\x0d\x0a\xff\x00", "L01", "a logical evidence file holds files, not a disk: extract its folder"},
	{0, "AFF10\r\n\x00", "aff", "convert it first: affconvert -r DISK.aff"},
	{64, "\x7f\x10\xda\xbe", "vdi", convertHint},
	{0, "WithoutFreeSpace", "parallels", convertHint},
	{0, "WithouFreSpacExt", "parallels", convertHint},
	{0, "QED\x00", "qed", convertHint},
	{0, "LUKS\xba\xbe", "luks", "open it with cryptsetup and name the opened device"},
	{0, "SQLite format", "", ""},
	{0, "PK\x03\x04", "", ""},
	{0, "7z\xbc\xaf\x27\x1c", "", ""},
	{0, "Rar!\x1a\x07", "", ""},
	{0, "\xfd7zXZ\x00", "raw.xz", "unpack it first: xz -dk DISK.xz"},
	{0, "BZh9", "raw.bz2", "unpack it first: bzip2 -dk DISK.bz2"},
	{0, "MSWIM\x00\x00\x00", "", ""},
	{0, "regf", "", ""},
	{0, "ElfFile\x00", "", ""},
	{0, "\x7fELF", "", ""},
	{0, "%PDF-", "", ""},
}

// refuse names what cannot be a disk we read; nil if it may be one.
func refuse(head []byte, src *fileSource) error {
	if src.size < 512 {
		return fmt.Errorf("%d bytes are less than one sector: %w", src.size, ErrNotDisk)
	}
	for _, m := range refused {
		if len(head) < m.offset || !bytes.HasPrefix(head[m.offset:], []byte(m.bytes)) {
			continue
		}
		if m.format == "" {
			return fmt.Errorf("a file of another kind (begins with %q): %w", m.bytes, ErrNotDisk)
		}
		return &UnsupportedError{Format: m.format, Hint: m.hint}
	}
	if isText(head) {
		return fmt.Errorf("a text file: %w", ErrNotDisk)
	}
	return nil
}

// isText tells whether a whole head is printable in an 8-bit or UTF-16 encoding; no first sector is.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return bytes.Count(head, []byte{0}) > len(head)/4 && !bytes.Contains(head, []byte{0, 0, 0})
	}
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return true
}

// packedKind names the packer of a file, empty if it is not packed.
func packedKind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return "gz"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zst"
	}
	return ""
}
