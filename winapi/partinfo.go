package winapi

import (
	"encoding/binary"
	"unicode/utf16"

	"updoc/codec/wintype"
)

// Lengths of SET_PARTITION_INFORMATION_EX. Source: ntdddisk.h.
const (
	partInfoSize = 120
	partInfoHead = 8
	partNameMost = 36
)

// partInfo is SET_PARTITION_INFORMATION_EX: what a partition is to be. Identifier and
// name stay as they are now.
func partInfo(c PartitionCall, now Partition) ([]byte, error) {
	b := make([]byte, partInfoSize)
	if c.TypeGUID == "" {
		b[partInfoHead] = c.MBRType // PARTITION_STYLE_MBR is 0
		return b, nil
	}
	binary.LittleEndian.PutUint32(b, 1) // PARTITION_STYLE_GPT
	for i, text := range []string{c.TypeGUID, now.GUID} {
		g, err := wintype.ParseGUID(text)
		if err != nil {
			return nil, err
		}
		copy(b[partInfoHead+16*i:], g[:])
	}
	binary.LittleEndian.PutUint64(b[partInfoHead+32:], c.Attributes)
	name := utf16.Encode([]rune(now.Name))
	for i, unit := range name[:min(len(name), partNameMost)] {
		binary.LittleEndian.PutUint16(b[partInfoHead+40+2*i:], unit)
	}
	return b, nil
}
