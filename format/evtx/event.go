package evtx

import "time"

// Event is an event to be written. What is zero or empty is left out as
// Windows leaves it out.
type Event struct {
	RecordID uint64 // 0: one more than the event before, beginning with 1

	Provider     string // registered name
	Source       string // EventSourceName of a classic source
	ProviderGUID GUID
	EventID      uint32 // at most 65535
	Qualifiers   uint16
	Version      uint8
	Level        uint8
	Task         uint16
	Opcode       uint8
	Keywords     uint64
	Time         time.Time
	ActivityID   GUID
	RelatedID    GUID
	ProcessID    uint32
	ThreadID     uint32
	Channel      string
	Computer     string
	UserSID      string // S-1-…

	// Data becomes EventData, or the children of the element UserData names.
	// If no item has a name and all are strings, the event is written the way
	// classic sources write theirs: as one array of strings.
	Data []Item
	// UserData names the payload element, e.g. CbsPackageChangeState; UserDataNS
	// is its xmlns.
	UserData   string
	UserDataNS string
	// Binary becomes EventData's Binary element.
	Binary []byte
}

// Item is one value of an event to be written, given as text.
type Item struct {
	Name  string
	Type  Type
	Value string
}

// ParseType returns the type of a name as event manifests spell it, in lower
// case and without prefix: string, hexint32, uint32, guid, filetime, binary….
// "" is string.
func ParseType(name string) (t Type, ok bool) {
	switch name {
	case "", "string", "unicodestring":
		return TypeString, true
	case "ansistring":
		return TypeAnsiString, true
	case "int8":
		return TypeInt8, true
	case "uint8":
		return TypeUint8, true
	case "int16":
		return TypeInt16, true
	case "uint16":
		return TypeUint16, true
	case "int32":
		return TypeInt32, true
	case "uint32":
		return TypeUint32, true
	case "int64":
		return TypeInt64, true
	case "uint64":
		return TypeUint64, true
	case "float":
		return TypeFloat32, true
	case "double":
		return TypeFloat64, true
	case "boolean", "bool":
		return TypeBool, true
	case "binary":
		return TypeBinary, true
	case "guid":
		return TypeGUID, true
	case "pointer", "size":
		return TypeSize, true
	case "filetime":
		return TypeFiletime, true
	case "systemtime":
		return TypeSystemtime, true
	case "sid":
		return TypeSID, true
	case "hexint32":
		return TypeHex32, true
	case "hexint64":
		return TypeHex64, true
	}
	return TypeNull, false
}
