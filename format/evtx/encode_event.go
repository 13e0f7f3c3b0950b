package evtx

import (
	"fmt"
	"hash/fnv"
	"strings"

	"updoc/codec/wintype"
)

const eventNS = "http://schemas.microsoft.com/win/2004/08/events/event"

// Slots of the outer template, in the order Windows uses.
const (
	slotLevel = iota
	slotOpcode
	slotTask
	slotEventID
	slotQualifiers
	slotKeywords
	slotTime
	slotActivity
	slotProcess
	slotThread
	slotRecordID
	slotVersion
	slotUser
	slotRelated
	slotProvider
	slotProviderGUID
	slotChannel
	slotSource
	slotPayload
)

// shapeID derives a template's GUID from its shape, so that equal templates
// get equal ids in every file.
func shapeID(shape string) GUID {
	h := fnv.New128a()
	h.Write([]byte(shape))
	return GUID(h.Sum(nil))
}

// outer writes the template of Event and System. The computer's name is part of
// it, as Windows does it.
func (b *builder) outer(computer string) {
	b.element("Event", slotPayload, []attr{{name: "xmlns", text: eventNS}}, func() {
		b.element("System", noDep, nil, func() { b.systemPart(computer) })
		b.slot(tokOptSub, slotPayload, TypeBinXML)
	})
}

func (b *builder) systemPart(computer string) {
	b.element("Provider", noDep, []attr{
		{name: "Name", slot: slotProvider, typ: TypeString},
		{name: "Guid", slot: slotProviderGUID, typ: TypeGUID},
		{name: "EventSourceName", slot: slotSource, typ: TypeString}}, nil)
	b.element("EventID", slotEventID, []attr{{name: "Qualifiers", slot: slotQualifiers, typ: TypeUint16}},
		func() { b.slot(tokOptSub, slotEventID, TypeUint16) })
	b.valueElement("Version", slotVersion, TypeUint8)
	b.valueElement("Level", slotLevel, TypeUint8)
	b.valueElement("Task", slotTask, TypeUint16)
	b.valueElement("Opcode", slotOpcode, TypeUint8)
	b.valueElement("Keywords", slotKeywords, TypeHex64)
	b.element("TimeCreated", noDep, []attr{{name: "SystemTime", slot: slotTime, typ: TypeFiletime}}, nil)
	b.valueElement("EventRecordID", slotRecordID, TypeUint64)
	b.element("Correlation", noDep, []attr{
		{name: "ActivityID", slot: slotActivity, typ: TypeGUID},
		{name: "RelatedActivityID", slot: slotRelated, typ: TypeGUID}}, nil)
	b.element("Execution", noDep, []attr{
		{name: "ProcessID", slot: slotProcess, typ: TypeUint32},
		{name: "ThreadID", slot: slotThread, typ: TypeUint32}}, nil)
	b.valueElement("Channel", slotChannel, TypeString)
	b.element("Computer", noDep, nil, func() { b.text(computer) })
	b.element("Security", noDep, []attr{{name: "UserID", slot: slotUser, typ: TypeSID}}, nil)
}

func (b *builder) valueElement(name string, slot int, t Type) {
	b.element(name, slot, nil, func() { b.slot(tokOptSub, slot, t) })
}

// systemValues encodes the values of the outer template except the payload.
func systemValues(e *Event) ([]encoded, error) {
	user := encoded{}
	if e.UserSID != "" {
		raw, err := encodeValue(TypeSID, e.UserSID)
		if err != nil {
			return nil, err
		}
		user = encoded{TypeSID, raw}
	}
	if e.EventID > 0xffff {
		return nil, fmt.Errorf("event id %d does not fit", e.EventID)
	}
	num := func(t Type, n uint64) encoded { return encoded{t, le.AppendUint64(nil, n)[:fixedSize(t)]} }
	v := make([]encoded, slotPayload)
	v[slotLevel] = num(TypeUint8, uint64(e.Level))
	v[slotOpcode] = num(TypeUint8, uint64(e.Opcode))
	v[slotTask] = num(TypeUint16, uint64(e.Task))
	v[slotEventID] = num(TypeUint16, uint64(e.EventID))
	if e.Qualifiers != 0 {
		v[slotQualifiers] = num(TypeUint16, uint64(e.Qualifiers))
	}
	v[slotKeywords] = num(TypeHex64, e.Keywords)
	v[slotTime] = num(TypeFiletime, wintype.Filetime(e.Time))
	v[slotActivity] = optionalGUID(e.ActivityID)
	v[slotProcess] = num(TypeUint32, uint64(e.ProcessID))
	v[slotThread] = num(TypeUint32, uint64(e.ThreadID))
	v[slotRecordID] = num(TypeUint64, e.RecordID)
	v[slotVersion] = num(TypeUint8, uint64(e.Version))
	v[slotUser] = user
	v[slotRelated] = optionalGUID(e.RelatedID)
	v[slotProvider] = optionalText(e.Provider)
	v[slotProviderGUID] = optionalGUID(e.ProviderGUID)
	v[slotChannel] = optionalText(e.Channel)
	v[slotSource] = optionalText(e.Source)
	return v, nil
}

func optionalGUID(g GUID) encoded {
	if g.IsZero() {
		return encoded{}
	}
	return encoded{TypeGUID, g[:]}
}

func optionalText(s string) encoded {
	if s == "" {
		return encoded{}
	}
	return encoded{TypeString, encodeUTF16(nil, s)}
}

// payload is the inner template of an event: its shape, what writes the
// elements, and the values.
type payload struct {
	shape  string
	body   func(b *builder)
	values []encoded
}

func (e *Event) payload() (payload, error) {
	switch {
	case e.UserData != "":
		return e.userPayload()
	case e.isClassic():
		return e.classicPayload(), nil
	}
	return e.namedPayload()
}

// isClassic tells an event without names, as RegisterEventSource clients log.
func (e *Event) isClassic() bool {
	for _, d := range e.Data {
		if d.Name != "" || d.Type != TypeString || strings.ContainsRune(d.Value, 0) {
			return false
		}
	}
	return true
}

func (e *Event) classicPayload() payload {
	var list encoded
	for _, d := range e.Data {
		list.typ = TypeString | typeArray
		list.raw = append(encodeUTF16(list.raw, d.Value), 0, 0)
	}
	binary := encoded{}
	if len(e.Binary) > 0 {
		binary = encoded{TypeBinary, e.Binary}
	}
	return payload{"classic", func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			b.element("Data", 0, nil, func() { b.slot(tokOptSub, 0, TypeString|typeArray) })
			b.element("Binary", 1, nil, func() { b.slot(tokOptSub, 1, TypeBinary) })
		})
	}, []encoded{list, binary}}
}

func (e *Event) namedPayload() (payload, error) {
	values, err := encodeItems(e.Data)
	if err != nil {
		return payload{}, err
	}
	shape := "data" + shapeOf(e.Data)
	if len(e.Binary) > 0 {
		values = append(values, encoded{TypeBinary, e.Binary})
		shape += "+binary"
	}
	return payload{shape, func(b *builder) {
		b.element("EventData", noDep, nil, func() { e.dataElements(b) })
	}, values}, nil
}

func (e *Event) dataElements(b *builder) {
	for i, d := range e.Data {
		var attrs []attr
		if d.Name != "" {
			attrs = []attr{{name: "Name", text: d.Name}}
		}
		b.element("Data", noDep, attrs, func() { b.slot(tokNormalSub, i, d.Type) })
	}
	if len(e.Binary) > 0 {
		b.element("Binary", noDep, nil, func() { b.slot(tokNormalSub, len(e.Data), TypeBinary) })
	}
}

func (e *Event) userPayload() (payload, error) {
	values, err := encodeItems(e.Data)
	if err != nil {
		return payload{}, err
	}
	for _, d := range e.Data {
		if d.Name == "" {
			return payload{}, fmt.Errorf("a field of UserData %s has no name", e.UserData)
		}
	}
	shape := "user\x00" + e.UserData + "\x00" + e.UserDataNS + shapeOf(e.Data)
	return payload{shape, func(b *builder) {
		b.element("UserData", noDep, nil, func() {
			b.element(e.UserData, noDep, namespace(e.UserDataNS), func() {
				for i, d := range e.Data {
					b.element(d.Name, noDep, nil, func() { b.slot(tokNormalSub, i, d.Type) })
				}
			})
		})
	}, values}, nil
}

func namespace(ns string) []attr {
	if ns == "" {
		return nil
	}
	return []attr{{name: "xmlns", text: ns}}
}

func shapeOf(items []Item) string {
	var s strings.Builder
	for _, d := range items {
		fmt.Fprintf(&s, "\x00%s\x00%d", d.Name, d.Type)
	}
	return s.String()
}

func encodeItems(items []Item) ([]encoded, error) {
	values := make([]encoded, len(items))
	for i, d := range items {
		raw, err := encodeValue(d.Type, d.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
		values[i] = encoded{d.Type, raw}
	}
	return values, nil
}
