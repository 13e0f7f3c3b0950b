package bcd

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// A GUID identifies an object, a partition or a disk, in the byte order Windows stores it (first three fields little-endian).
// The zero GUID means none.
type GUID [16]byte

// guidOrder maps the bytes of the text form to those of the stored form; it is its own inverse.
var guidOrder = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

// ParseGUID reads the text form, with or without braces, in any case.
func ParseGUID(s string) (GUID, error) {
	t := s
	if strings.HasPrefix(t, "{") && strings.HasSuffix(t, "}") {
		t = t[1 : len(t)-1]
	}
	if len(t) != 36 || t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-' {
		return GUID{}, fmt.Errorf("%.60q is no GUID", s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(t, "-", ""))
	if err != nil || len(b) != 16 {
		return GUID{}, fmt.Errorf("%.60q is no GUID", s)
	}
	var g GUID
	for i, from := range guidOrder {
		g[i] = b[from]
	}
	return g, nil
}

// mustGUID is for the constants of this package.
func mustGUID(s string) GUID {
	g, err := ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// String returns the form the registry uses: lower case, in braces.
func (g GUID) String() string { return "{" + g.Bare() + "}" }

// Bare returns the lower-case form without braces, as partition tools print it.
func (g GUID) Bare() string {
	var b [16]byte
	for i, from := range guidOrder {
		b[i] = g[from]
	}
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// IsZero tells whether there is none.
func (g GUID) IsZero() bool { return g == GUID{} }

// MarshalText gives the registry form, "" for none.
func (g GUID) MarshalText() ([]byte, error) {
	if g.IsZero() {
		return nil, nil
	}
	return []byte(g.String()), nil
}

// Well-known objects.
var (
	BootMgr            = mustGUID("9dea862c-5cdd-4e70-acc1-f32b344d4795")
	MemoryTester       = mustGUID("b2721d73-1db4-4c62-bf78-c548a880142d")
	GlobalSettings     = mustGUID("7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e")
	BootLoaderSettings = mustGUID("6efb52bf-1766-41db-a6b3-0ee5eff72bd7")
	RamdiskTemplate    = mustGUID("ae5534e0-a924-466c-b836-758539a3ee3a")
)
