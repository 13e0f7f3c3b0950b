package casekit

import (
	"encoding/binary"
	"errors"
	"os"
)

// setDirty sets the dirty bit in both copies of the $Volume record. Source: the NTFS
// documentation of the Linux-NTFS project ($VOLUME_INFORMATION, flags at offset 10).
func setDirty(f *os.File) error {
	boot := make([]byte, 512)
	if _, err := f.ReadAt(boot, 0); err != nil {
		return err
	}
	const volumeRecord, recordSize = 3, 1024
	for _, at := range []int{0x30, 0x38} { // clusters of $MFT and $MFTMirr
		place := int64(binary.LittleEndian.Uint64(boot[at:]))*cluster + volumeRecord*recordSize
		record := make([]byte, recordSize)
		if _, err := f.ReadAt(record, place); err != nil {
			return err
		}
		flags, err := volumeFlags(record)
		if err != nil {
			return err
		}
		record[flags] |= 1
		if err := writeAt(f, place, record); err != nil {
			return err
		}
	}
	return nil
}

// volumeFlags finds the flags of $VOLUME_INFORMATION in a file record.
func volumeFlags(record []byte) (int, error) {
	le := binary.LittleEndian
	for at := int(le.Uint16(record[0x14:])); at+24 <= len(record); {
		length := int(le.Uint32(record[at+4:]))
		if le.Uint32(record[at:]) == 0x70 {
			return at + int(le.Uint16(record[at+20:])) + 10, nil
		}
		if length < 24 {
			break
		}
		at += length
	}
	return 0, errors.New("the NTFS volume has no $VOLUME_INFORMATION")
}
