package winapi

import (
	"fmt"
	"slices"
	"strconv"

	"updoc/codec/wintype"
)

// MBRData is the type of an MBR partition with NTFS, which Create takes.
const MBRData uint8 = 7

// mbrCreated are the types of an MBR partition that MSFT_Disk.CreatePartition takes: FAT12,
// FAT16, Extended, Huge, IFS, FAT32. Source: its documentation. 0x27 is none of them.
var mbrCreated = []uint8{1, 4, 5, 6, MBRData, 12}

// Creatable tells whether Create takes the form of what is asked: it can be known before
// anything is given up for the new partition.
func Creatable(c PartitionCall) error {
	_, err := creation(c)
	return err
}

// creation are the parameters of MSFT_Disk.CreatePartition. Of GUIDs it takes the braced
// form only: MicrosoftDocs/windows-powershell-docs, issue 1026.
func creation(c PartitionCall) (map[string]any, error) {
	parameters := map[string]any{"Size": number64(c.Size), "Offset": number64(c.Start), "AssignDriveLetter": false}
	if c.TypeGUID == "" {
		if !slices.Contains(mbrCreated, c.MBRType) {
			return nil, fmt.Errorf("%w: an MBR partition of type 0x%02x", errArgument, c.MBRType)
		}
		parameters["MbrType"] = int32(c.MBRType)
		return parameters, nil
	}
	g, err := wintype.ParseGUID(c.TypeGUID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errArgument, err)
	}
	parameters["GptType"] = "{" + wintype.GUID(g) + "}"
	return parameters, nil
}

// number64 is how WMI's scripting objects take numbers of 64 bits.
func number64(n uint64) string { return strconv.FormatUint(n, 10) }
