package evtx

import "time"

// Head is what is known of a record before its data is decoded; cheap enough
// to reject most records by it.
type Head struct {
	RecordID uint64
	Offset   int64     // byte offset of the record in the file
	Written  time.Time // when the log service wrote it, UTC
	Time     time.Time // System/TimeCreated, UTC; Written if the event has none
	Provider string    // registered name, e.g. Microsoft-Windows-WindowsUpdateClient
	Source   string    // EventSourceName of classic sources (DCOM, MsiInstaller…), "" if none
	EventID  uint32
	Level    uint8 // 1 critical, 2 error, 3 warning, 4 information, 0 always
	Channel  string
}

// Record is one event. It is only valid during the callback it is handed to:
// the next record reuses it, its slices and the bytes behind its values.
// Strings (Provider, Field.Name, what String and Get return) may be kept.
type Record struct {
	Head

	ProviderGUID      GUID
	Qualifiers        uint16
	Version           uint8
	Task              uint16
	Opcode            uint8
	Keywords          uint64
	SourceRecordID    uint64 // System/EventRecordID; differs from RecordID in forwarded and exported logs
	ActivityID        GUID
	RelatedActivityID GUID
	ProcessID         uint32
	ThreadID          uint32
	Computer          string
	UserSID           string // "" if none

	// UserData is the name of UserData's first child (CbsPackageChangeState);
	// "" if the event has EventData instead. UserDataNS is its xmlns.
	UserData   string
	UserDataNS string

	// Data holds the fields of EventData, or of UserData's first child, in
	// document order. An unnamed <Data> has Name "". Deeper elements are named
	// Parent/Child, attributes Element@attribute.
	Data []Field
	// Binary is the content of EventData's Binary element, nil if none.
	Binary []byte
	// Extra holds what stands outside System, EventData and UserData, such as
	// RenderingInfo/Message of forwarded events.
	Extra []Field

	// Recovered: found behind damage, in a chunk without header, or written
	// after the chunk's header was last saved.
	Recovered bool
	// Stale: from a chunk that a properly closed log no longer counts: an older
	// generation, left over when the log was cleared.
	Stale bool
	// Damaged: fields after the last one could not be decoded.
	Damaged bool

	written     uint64
	timeCreated uint64
}

// Field is one value of an event's payload with its name, as Record.Data
// forms it; "" for an unnamed one.
type Field struct {
	Name  string
	Value Value
}

// Field returns the first field of that name.
func (r *Record) Field(name string) (Value, bool) {
	for i := range r.Data {
		if r.Data[i].Name == name {
			return r.Data[i].Value, true
		}
	}
	return Value{}, false
}

// Get returns the text of the first field of that name, "" if there is none.
func (r *Record) Get(name string) string {
	v, _ := r.Field(name)
	return v.String()
}

// At returns the text of the i-th field, "" if there is none.
func (r *Record) At(i int) string {
	if i < 0 || i >= len(r.Data) {
		return ""
	}
	return r.Data[i].Value.String()
}

// Uint returns the first field of that name as a number, see Value.Uint.
func (r *Record) Uint(name string) (uint64, bool) {
	v, ok := r.Field(name)
	if !ok {
		return 0, false
	}
	return v.Uint()
}

func (r *Record) reset() {
	data, extra := r.Data[:0], r.Extra[:0]
	*r = Record{Data: data, Extra: extra}
}
