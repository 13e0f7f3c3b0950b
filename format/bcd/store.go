package bcd

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"updoc/format/regf"
)

// ErrNotStore is returned for a hive that is no boot store.
var ErrNotStore = errors.New("not a boot configuration store")

// Types of objects, as Microsoft's reference of the BCD WMI provider composes them: what it is (an application 1, settings
// to inherit 2, a device 3), and for an application its image and its number.
const (
	TypeBootManager   = 0x10100002
	TypeOSLoader      = 0x10200003
	TypeResume        = 0x10200004
	TypeMemoryTester  = 0x10200005
	TypeInherit       = 0x20100000
	TypeInheritLoader = 0x20200003
	TypeDeviceOptions = 0x30000000
)

// Bounds on what is read from one store; real ones have some dozen objects.
const (
	maxObjects  = 4096
	maxElements = 8192
)

// A Store is a boot configuration store, read whole; it no longer needs the hive.
type Store struct {
	Objects  []*Object // in stored order
	Default  GUID      // what the boot manager starts if nobody chooses; zero if it does not say
	Problems []string  // what could not be read
}

// An Object is one entry of a store: a boot application, settings others inherit, or options of a device.
type Object struct {
	ID       GUID
	Type     uint32 // 0 if unknown
	Elements []Element
	Offset   int64 // of its key's cell in the hive file, bytes
}

// Read reads a whole store. The error wraps ErrNotStore if the hive holds none; damage to parts is told in Problems.
func Read(h *regf.Hive) (*Store, error) {
	objects, err := h.Key("Objects")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: it has no Objects", ErrNotStore)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{}
	keys, err := objects.Subkeys()
	s.note("Objects", err)
	left := maxElements
	for _, k := range keys[:min(len(keys), maxObjects)] {
		s.readObject(k, &left)
	}
	if len(keys) > maxObjects || left < 0 {
		s.note("Objects", errors.New("too many objects or elements; some were left out"))
	}
	if mgr := s.Object(BootMgr); mgr != nil {
		s.Default = first(mgr.GUIDs(DefaultObject))
	}
	return s, nil
}

func (s *Store) note(where string, err error) {
	if err != nil {
		s.Problems = append(s.Problems, where+": "+err.Error())
	}
}

func (s *Store) readObject(k regf.Key, left *int) {
	id, err := ParseGUID(k.Name())
	if err != nil {
		s.note("Objects", err)
		return
	}
	o := &Object{ID: id, Offset: k.Offset()}
	s.Objects = append(s.Objects, o)
	o.Type, err = objectType(k)
	s.note(id.String(), err)
	elements, err := k.Subkey("Elements")
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.note(id.String(), err)
		}
		return
	}
	list, err := elements.Subkeys()
	s.note(id.String(), err)
	for _, e := range list {
		if *left--; *left < 0 {
			return
		}
		s.readElement(o, e)
	}
}

func objectType(k regf.Key) (uint32, error) {
	d, err := k.Subkey("Description")
	if err != nil {
		return 0, err
	}
	v, err := d.Value("Type")
	if err != nil {
		return 0, err
	}
	n, err := v.Uint()
	return uint32(n), err
}

// readElement adds an element; one that cannot be decoded is kept with its raw bytes.
func (s *Store) readElement(o *Object, k regf.Key) {
	where := o.ID.String() + `\` + k.Name()
	n, err := strconv.ParseUint(k.Name(), 16, 32)
	if err != nil || len(k.Name()) != 8 {
		s.note(where, errElement)
		return
	}
	e, err := readElement(ElementID(n), k)
	s.note(where, err)
	if e.ID != 0 {
		o.Elements = append(o.Elements, e)
	}
}

// Object returns the object of that identifier, nil if the store has none.
func (s *Store) Object(id GUID) *Object {
	for _, o := range s.Objects {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Loaders returns the operating system loaders, those of recovery environments included.
func (s *Store) Loaders() (out []*Object) {
	for _, o := range s.Objects {
		if o.Type == TypeOSLoader {
			out = append(out, o)
		}
	}
	return out
}

// Element returns the element of that number, nil if the object has none. It does not look into inherited objects.
func (o *Object) Element(id ElementID) *Element {
	for i := range o.Elements {
		if o.Elements[i].ID == id {
			return &o.Elements[i]
		}
	}
	return nil
}

// Text returns the text of an element, "" if the object has none.
func (o *Object) Text(id ElementID) string {
	if e := o.Element(id); e != nil {
		return e.Text
	}
	return ""
}

// GUIDs returns the identifiers of an element, nil if the object has none.
func (o *Object) GUIDs(id ElementID) []GUID {
	if e := o.Element(id); e != nil {
		return e.GUIDs
	}
	return nil
}

// Bool returns a boolean element; known is false if the object has none, which is not the same as false.
func (o *Object) Bool(id ElementID) (value, known bool) {
	if e := o.Element(id); e != nil {
		return e.Bool, true
	}
	return false, false
}

// Device returns a device element, nil if the object has none.
func (o *Object) Device(id ElementID) *Device {
	if e := o.Element(id); e != nil {
		return e.Device
	}
	return nil
}

func first(list []GUID) GUID {
	if len(list) == 0 {
		return GUID{}
	}
	return list[0]
}
