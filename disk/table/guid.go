package table

import "updoc/codec/wintype"

// GUID is a globally unique identifier in Windows' byte order on disk: the first three groups are
// little-endian. The zero value means none.
type GUID [16]byte

// String gives the identifier in lower case without braces.
func (g GUID) String() string { return wintype.GUID(g) }

// ParseGUID reads the text of an identifier, with or without braces, in any case.
func ParseGUID(s string) (GUID, error) {
	g, err := wintype.ParseGUID(s)
	return g, err
}

// MarshalText makes JSON show the identifier as String does.
func (g GUID) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// IsZero tells that there is no identifier.
func (g GUID) IsZero() bool { return g == GUID{} }

func mustGUID(s string) GUID {
	g, err := wintype.ParseGUID(s)
	if err != nil {
		panic(err) // a constant below is mistyped; caught by any test
	}
	return g
}

// Partition types of the UEFI specification and Microsoft's PARTITION_INFORMATION_GPT.
var (
	TypeESP           = mustGUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
	TypeMSR           = mustGUID("e3c9e316-0b5c-4db8-817d-f92df00215ae")
	TypeBasicData     = mustGUID("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7")
	TypeRecovery      = mustGUID("de94bba4-06d1-4d40-a16a-bfd50179d6ac")
	TypeLDMMetadata   = mustGUID("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3")
	TypeLDMData       = mustGUID("af9b60a0-1431-4f62-bc68-3311714a69ad")
	TypeStorageSpaces = mustGUID("e75caf8f-f680-4cee-afa3-b001e56efc2d")
)

var typeNames = map[GUID]string{
	TypeESP:           "efi-system",
	TypeMSR:           "microsoft-reserved",
	TypeBasicData:     "basic-data",
	TypeRecovery:      "recovery",
	TypeLDMMetadata:   "ldm-metadata",
	TypeLDMData:       "ldm-data",
	TypeStorageSpaces: "storage-spaces",
}

var mbrNames = map[byte]string{
	0x01: "fat12", 0x04: "fat16", 0x06: "fat16", 0x0b: "fat32", 0x0c: "fat32", 0x0e: "fat16",
	0x07: "basic-data", 0x27: "recovery", 0x12: "oem", 0x42: "ldm-data", 0xef: "efi-system", 0xee: "gpt-protective",
	0x82: "linux-swap", 0x83: "linux", 0x8e: "linux-lvm", 0xe7: "storage-spaces",
}
