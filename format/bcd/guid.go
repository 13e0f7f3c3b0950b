package bcd

import "updoc/codec/wintype"

// A GUID identifies an object, a partition or a disk, in the byte order Windows stores it (first three fields little-endian).
// The zero GUID means none.
type GUID [16]byte

// ParseGUID reads the text form, with or without braces, in any case.
func ParseGUID(s string) (GUID, error) {
	g, err := wintype.ParseGUID(s)
	return g, err
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
func (g GUID) Bare() string { return wintype.GUID(g) }

// IsZero tells whether there is none: an object without a device, say.
func (g GUID) IsZero() bool { return g == GUID{} }

// MarshalText gives the registry form, "" for none.
func (g GUID) MarshalText() ([]byte, error) {
	if g.IsZero() {
		return nil, nil
	}
	return []byte(g.String()), nil
}

// Objects with the same identifier on every system, by the names bcdedit gives them: {bootmgr}, {memdiag},
// {globalsettings}, {bootloadersettings} and {ramdiskoptions}.
var (
	BootMgr            = mustGUID("9dea862c-5cdd-4e70-acc1-f32b344d4795")
	MemoryTester       = mustGUID("b2721d73-1db4-4c62-bf78-c548a880142d")
	GlobalSettings     = mustGUID("7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e")
	BootLoaderSettings = mustGUID("6efb52bf-1766-41db-a6b3-0ee5eff72bd7")
	RamdiskTemplate    = mustGUID("ae5534e0-a924-466c-b836-758539a3ee3a")
)
