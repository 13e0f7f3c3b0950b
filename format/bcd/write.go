package bcd

import (
	"encoding/binary"

	"updoc/format/regf"
)

// A Writer makes a boot store, as the tree of the hive it is kept in. Errors are kept and told by Root.
type Writer struct {
	root *regf.BuilderKey
	err  error
}

// NewWriter begins an empty store, as Windows marks the one a system boots from.
func NewWriter() *Writer {
	w := &Writer{root: regf.NewRoot("NewStoreRoot")}
	w.root.Key("Description").SetString("KeyName", "BCD00000000").SetDword("System", 1).SetDword("TreatAsSystem", 1)
	w.root.Key("Objects")
	return w
}

// Root returns the tree written so far, for regf.Build, and the first error there was.
func (w *Writer) Root() (*regf.BuilderKey, error) { return w.root, w.err }

// An ObjectWriter adds elements to one object; an element that is there is replaced. Its methods return it, for chains.
type ObjectWriter struct {
	w   *Writer
	key *regf.BuilderKey
}

// Object makes an object of a kind (see TypeOSLoader and its like), or opens it again.
func (w *Writer) Object(id GUID, kind uint32) *ObjectWriter {
	k := w.root.Key(`Objects\` + id.String())
	k.Key("Description").SetDword("Type", kind)
	k.Key("Elements")
	return &ObjectWriter{w, k.Key("Elements")}
}

func (o *ObjectWriter) element(id ElementID) *regf.BuilderKey { return o.key.Key(id.String()) }

// Device sets a device element. A device that cannot be encoded makes Root fail.
func (o *ObjectWriter) Device(id ElementID, d Device) *ObjectWriter {
	b, err := d.Encode()
	if err != nil && o.w.err == nil {
		o.w.err = err
	}
	o.element(id).SetBinary("Element", b)
	return o
}

// Text sets an element that is a string.
func (o *ObjectWriter) Text(id ElementID, s string) *ObjectWriter {
	o.element(id).SetString("Element", s)
	return o
}

// GUID sets an element that names one object.
func (o *ObjectWriter) GUID(id ElementID, g GUID) *ObjectWriter {
	o.element(id).SetString("Element", g.String())
	return o
}

// GUIDs sets an element that names several objects.
func (o *ObjectWriter) GUIDs(id ElementID, list ...GUID) *ObjectWriter {
	var text []string
	for _, g := range list {
		text = append(text, g.String())
	}
	o.element(id).SetMulti("Element", text)
	return o
}

// Integer sets an element that is a number of 64 bits.
func (o *ObjectWriter) Integer(id ElementID, n uint64) *ObjectWriter {
	o.element(id).SetBinary("Element", binary.LittleEndian.AppendUint64(nil, n))
	return o
}

// Bool sets an element that is yes or no.
func (o *ObjectWriter) Bool(id ElementID, v bool) *ObjectWriter {
	b := []byte{0}
	if v {
		b[0] = 1
	}
	o.element(id).SetBinary("Element", b)
	return o
}
