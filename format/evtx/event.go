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

// typeNames are the types as event manifests spell them, in lower case and
// without prefix (inType in Microsoft's event schema).
var typeNames = map[string]Type{
	"": TypeString, "string": TypeString, "unicodestring": TypeString, "ansistring": TypeAnsiString,
	"int8": TypeInt8, "uint8": TypeUint8, "int16": TypeInt16, "uint16": TypeUint16,
	"int32": TypeInt32, "uint32": TypeUint32, "int64": TypeInt64, "uint64": TypeUint64,
	"float": TypeFloat32, "double": TypeFloat64, "boolean": TypeBool, "bool": TypeBool,
	"binary": TypeBinary, "guid": TypeGUID, "pointer": TypeSize, "size": TypeSize,
	"filetime": TypeFiletime, "systemtime": TypeSystemtime, "sid": TypeSID,
	"hexint32": TypeHex32, "hexint64": TypeHex64,
}

// ParseType returns the type of a name as event manifests spell it, in lower
// case and without prefix: string, hexint32, uint32, guid, filetime, binary….
// "" is string. An unknown name gives TypeNull and false.
func ParseType(name string) (t Type, ok bool) {
	t, ok = typeNames[name]
	return t, ok
}
