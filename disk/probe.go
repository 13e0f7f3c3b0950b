package disk

import (
	"bytes"
	"encoding/binary"
	"io"

	"updoc/disk/bitlocker"
)

// FS is what a volume holds, as far as its first sectors tell.
type FS struct {
	// Kind is "ntfs", "fat32", "fat16", "fat12", "exfat", "refs", "ext", "bitlocker", "empty" (the first
	// 64 KiB are zeros) or "unknown".
	Kind string
	// FromBackup tells that only the backup boot sector at the end shows it.
	FromBackup bool
	// Err is set if the beginning could not be read.
	Err error
}

// probeLen is how much of the beginning is looked at.
const probeLen = 64 << 10

// Probe tells by the signatures of the boot sector what a volume of size bytes holds.
func Probe(r io.ReaderAt, size int64) FS {
	b, err := head(r, size)
	if kind := probeHead(b); kind != "" {
		return FS{Kind: kind}
	}
	if backupNTFS(r, size) {
		return FS{Kind: "ntfs", FromBackup: true, Err: err}
	}
	if err == nil && len(bytes.Trim(b, "\x00")) == 0 {
		return FS{Kind: "empty"}
	}
	return FS{Kind: "unknown", Err: err}
}

// head reads the beginning, or as much of it as can be read.
func head(r io.ReaderAt, size int64) ([]byte, error) {
	var first error
	for _, n := range []int64{probeLen, 4096, 512} {
		b := make([]byte, max(0, min(size, n)))
		got, err := r.ReadAt(b, 0)
		if got == len(b) {
			return b, nil
		}
		if first == nil {
			first = err
		}
		if got >= 4096 {
			return b[:got], nil
		}
	}
	return nil, first
}

func probeHead(b []byte) string {
	if len(b) < 512 {
		return ""
	}
	switch string(b[3:11]) {
	case "NTFS    ":
		return "ntfs"
	case "EXFAT   ":
		return "exfat"
	case "ReFS\x00\x00\x00\x00":
		return "refs"
	}
	if bitlocker.IsHeader(b) {
		return "bitlocker"
	}
	if kind := probeFAT(b); kind != "" {
		return kind
	}
	if len(b) >= 2048 && b[1024+56] == 0x53 && b[1024+57] == 0xef {
		return "ext"
	}
	return ""
}

// probeFAT applies the rule of Microsoft's FAT specification: the kind follows from the number of
// clusters alone.
func probeFAT(b []byte) string {
	le := binary.LittleEndian
	sector, per, reserved := int64(le.Uint16(b[11:])), int64(b[13]), int64(le.Uint16(b[14:]))
	fats, roots := int64(b[16]), int64(le.Uint16(b[17:]))
	total, fat := int64(le.Uint16(b[19:])), int64(le.Uint16(b[22:]))
	if total == 0 {
		total = int64(le.Uint32(b[32:]))
	}
	if fat == 0 {
		fat = int64(le.Uint32(b[36:]))
	}
	jump := b[0] == 0xeb || b[0] == 0xe9
	if !jump || b[510] != 0x55 || b[511] != 0xaa || sector < 512 || sector > 4096 || sector&(sector-1) != 0 ||
		per == 0 || per&(per-1) != 0 || reserved == 0 || fats == 0 || fats > 2 || fat == 0 {
		return ""
	}
	data := total - reserved - fats*fat - (roots*32+sector-1)/sector
	switch clusters := data / per; {
	case data <= 0:
		return ""
	case clusters < 4085:
		return "fat12"
	case clusters < 65525:
		return "fat16"
	default:
		return "fat32"
	}
}

// backupNTFS looks for the copy NTFS keeps in the volume's last sector.
func backupNTFS(r io.ReaderAt, size int64) bool {
	b := make([]byte, 512)
	for _, back := range []int64{512, 4096} {
		if size < back {
			continue
		}
		if n, _ := r.ReadAt(b, size-back); n == 512 && string(b[3:11]) == "NTFS    " && b[510] == 0x55 && b[511] == 0xaa {
			return true
		}
	}
	return false
}
