package bcd

import (
	"errors"
	"fmt"

	"updoc/format/regf"
)

// ElementID is the number of an element: class, format and what it means.
type ElementID uint32

// The elements this project needs, with the names bcdedit gives them.
const (
	AppDevice         ElementID = 0x11000001 // device
	Path              ElementID = 0x12000002 // path
	Description       ElementID = 0x12000004 // description
	Locale            ElementID = 0x12000005 // locale
	Inherit           ElementID = 0x14000006 // inherit
	RecoverySequence  ElementID = 0x14000008 // recoverysequence
	DisplayMessage    ElementID = 0x15000065 // displaymessage
	RecoveryEnabled   ElementID = 0x16000009 // recoveryenabled
	OSDevice          ElementID = 0x21000001 // osdevice
	SystemRoot        ElementID = 0x22000002 // systemroot
	ResumeObject      ElementID = 0x23000003 // resumeobject of a loader
	DefaultObject     ElementID = 0x23000003 // default of the boot manager
	DisplayOrder      ElementID = 0x24000001 // displayorder
	BootSequence      ElementID = 0x24000002 // bootsequence
	Timeout           ElementID = 0x25000004 // timeout, seconds
	NX                ElementID = 0x25000020 // nx
	BootMenuPolicy    ElementID = 0x250000C2 // bootmenupolicy
	WinPE             ElementID = 0x26000022 // winpe
	RamdiskSDIDevice  ElementID = 0x31000003 // ramdisksdidevice
	RamdiskSDIPath    ElementID = 0x32000004 // ramdisksdipath
	RecoveryImageMark ElementID = 0x46000010 // custom:46000010, set on loaders of the recovery environment
)

// Format says what an element holds; it is part of the ElementID.
type Format uint8

// The formats, numbered as in the element's number.
const (
	FormatDevice   Format = 1
	FormatString   Format = 2
	FormatGUID     Format = 3
	FormatGUIDs    Format = 4
	FormatInteger  Format = 5
	FormatBoolean  Format = 6
	FormatIntegers Format = 7
)

// Format returns what elements of this number hold.
func (id ElementID) Format() Format { return Format(id >> 24 & 0xF) }

// String returns the eight lower-case hex digits that name the element's key.
func (id ElementID) String() string { return fmt.Sprintf("%08x", uint32(id)) }

// An Element is one setting of an object. Only the field of its format is set.
type Element struct {
	ID       ElementID
	Device   *Device
	Text     string
	GUIDs    []GUID // one for FormatGUID
	Integer  uint64
	Integers []uint64
	Bool     bool
	Raw      []byte // the value as stored
	Offset   int64  // of the value's cell in the hive file, bytes
}

// maxElement bounds the data of one element, in bytes; real ones stay below 1 KiB.
const maxElement = 8 << 10

var errElement = errors.New("element does not have its format")

// readElement decodes the value of an element's key.
func readElement(id ElementID, k regf.Key) (Element, error) {
	v, err := k.Value("Element")
	if err != nil {
		return Element{}, err
	}
	e := Element{ID: id, Offset: v.Offset()}
	if v.Size() > maxElement {
		return e, fmt.Errorf("%w: %d bytes", errElement, v.Size())
	}
	if e.Raw, err = v.Bytes(); err != nil {
		return e, err
	}
	return e, e.decode(v)
}

func (e *Element) decode(v regf.Value) (err error) {
	switch e.ID.Format() {
	case FormatDevice:
		d := ParseDevice(e.Raw)
		e.Device = &d
	case FormatString:
		e.Text, err = v.String()
	case FormatGUID:
		var s string
		if s, err = v.String(); err == nil {
			e.GUIDs, err = parseGUIDs([]string{s})
		}
	case FormatGUIDs:
		var list []string
		if list, err = v.Strings(); err == nil {
			e.GUIDs, err = parseGUIDs(list)
		}
	case FormatInteger:
		e.Integer, err = integer(e.Raw)
	case FormatBoolean:
		e.Bool = len(e.Raw) > 0 && e.Raw[0] != 0
	case FormatIntegers:
		e.Integers, err = integers(e.Raw)
	}
	return err
}

// parseGUIDs returns those that are well formed, and an error if one is not.
func parseGUIDs(list []string) (out []GUID, err error) {
	for _, s := range list {
		g, bad := ParseGUID(s)
		if bad != nil {
			err = bad
			continue
		}
		out = append(out, g)
	}
	return out, err
}

// integer reads up to eight bytes, little-endian; stores keep as few as they need.
func integer(b []byte) (n uint64, err error) {
	if len(b) > 8 {
		return 0, fmt.Errorf("%w: an integer of %d bytes", errElement, len(b))
	}
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n, nil
}

func integers(b []byte) (out []uint64, err error) {
	if len(b)%8 != 0 {
		err = fmt.Errorf("%w: integers of %d bytes", errElement, len(b))
	}
	for ; len(b) >= 8; b = b[8:] {
		n, _ := integer(b[:8])
		out = append(out, n)
	}
	return out, err
}
