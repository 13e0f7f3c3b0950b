package evtx

// A template is compiled once per chunk into a program: the System values as a
// table of sources, everything else as a list of items in document order.

// place is where in an event an element or a nested fragment stands.
type place uint8

const (
	inDocument place = iota // above Event
	inEvent
	inSystem
	inEventData
	inUserData // direct child wanted: the payload element
	inPayload  // inside an element that holds fields
	inExtra    // outside the known parts
)

// sourceKind tells where a value comes from.
type sourceKind uint8

const (
	fromNowhere  sourceKind = iota
	fromLiteral             // text that stands in the template
	fromSlot                // a substitution slot
	fromOptional            // a slot; null means: leave the element out
	fromPieces              // several of these joined
)

// source is where a value comes from. lit points into the chunk (UTF-16).
type source struct {
	kind   sourceKind
	slot   uint16
	lit    []byte
	pieces [2]int32 // range in decoder.pieces
}

// itemKind is what an item adds to a record.
type itemKind uint8

const (
	itemField    itemKind = iota // a field of Data or Extra
	itemBinary                   // EventData/Binary
	itemSplice                   // content that may be a nested fragment
	itemNested                   // a template instance that stands in the fragment itself
	itemUserData                 // the payload element's name
	itemUserNS                   // its xmlns
	itemGuard                    // skip items if the slot is null (dependency id)
)

type item struct {
	kind itemKind
	at   place
	slot uint16 // itemGuard: slot to test
	skip int32  // itemGuard: number of items to skip; itemNested: chunk offset
	name string // field name, payload name, or prefix for nested content
	nsrc source // itemField: name from the event itself (rare)
	src  source
}

// sysID names the values of System.
type sysID uint8

const (
	sysProvider sysID = iota
	sysProviderGUID
	sysSource
	sysEventID
	sysQualifiers
	sysVersion
	sysLevel
	sysTask
	sysOpcode
	sysKeywords
	sysTime
	sysRecordID
	sysActivity
	sysRelated
	sysProcess
	sysThread
	sysChannel
	sysComputer
	sysUser
	sysCount
)

// systemValue is one System value. A literal is converted when compiled.
type systemValue struct {
	source
	dep  uint16 // slot that must not be null, noDep if none
	text string
	num  uint64
	guid GUID
}

const noDep = 0xffff

type program struct {
	items  [2]int32 // range in decoder.items
	system int32    // index in decoder.systems, -1 if the template has none
	bad    bool
	// borrowed: compiled from another chunk's copy of the definition
	borrowed bool
}
