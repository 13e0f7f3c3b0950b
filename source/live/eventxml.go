package live

import (
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"updoc/source"
)

// Bounds of one event: the log service writes 64 KiB of binary XML at most.
const (
	maxEventXML    = 1 << 20
	maxEventDepth  = 64
	maxEventFields = 4096
)

// ErrEvent is wrapped when a text is no event, or one beyond the bounds.
var ErrEvent = errors.New("no event that can be read")

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// child is the first child of that name; an empty one if there is none.
func (e *element) child(name string) *element {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
	}
	return &element{}
}

// unfit are characters that XML cannot hold, and references to them: programs put them
// into events, and Windows passes them on.
var unfit = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]|&#(?:x0*[0-8bBcCeEfF]|x0*1[0-9a-fA-F]|0*[0-8]|0*1[124-9]|0*2[0-9]|0*3[01]);`)

// parseEvent reads Event XML (schema http://schemas.microsoft.com/win/2004/08/events/event)
// with its fields named as format/evtx names them.
func parseEvent(text string) (source.Event, error) {
	if len(text) > maxEventXML {
		return source.Event{}, fmt.Errorf("%w: %d bytes", ErrEvent, len(text))
	}
	var doc element
	dec := xml.NewDecoder(strings.NewReader(unfit.ReplaceAllString(text, "")))
	if err := dec.Decode(&doc); err != nil || doc.XMLName.Local != "Event" {
		return source.Event{}, fmt.Errorf("%w: %s, %w", ErrEvent, doc.XMLName.Local, errors.Join(err))
	}
	e, err := systemOf(doc.child("System"))
	if err != nil {
		return e, err
	}
	r := payload{event: &e}
	for i := range doc.Children {
		switch part := &doc.Children[i]; part.XMLName.Local {
		case "EventData":
			r.eventData(part)
		case "UserData":
			for j := range part.Children {
				r.children(&part.Children[j], "", 0)
			}
		}
	}
	return e, r.err
}

func systemOf(s *element) (source.Event, error) {
	e := source.Event{Provider: s.child("Provider").attr("Name")}
	id, err1 := strconv.ParseUint(strings.TrimSpace(s.child("EventID").Text), 10, 32)
	level, err2 := strconv.ParseUint(strings.TrimSpace(s.child("Level").Text), 10, 8)
	record, err3 := strconv.ParseUint(strings.TrimSpace(s.child("EventRecordID").Text), 10, 64)
	at, err4 := time.Parse(time.RFC3339Nano, s.child("TimeCreated").attr("SystemTime"))
	if s.child("Level").XMLName.Local == "" {
		err2 = nil // an event without level is written always
	}
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return e, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	e.ID, e.Level, e.Record, e.Time = uint32(id), uint8(level), record, at.UTC().Truncate(100*time.Nanosecond)
	return e, nil
}

// payload gathers the fields of an event.
type payload struct {
	event *source.Event
	err   error
}

func (p *payload) add(name, text string) {
	if len(p.event.Fields) >= maxEventFields {
		p.err = fmt.Errorf("%w: more than %d fields", ErrEvent, maxEventFields)
		return
	}
	p.event.Fields = append(p.event.Fields, source.EventField{Name: name, Text: text})
}

// eventData takes the children of EventData: Data, with or without a name, Binary, and
// rarer ones such as ComplexData.
func (p *payload) eventData(part *element) {
	for i := range part.Children {
		e := &part.Children[i]
		name := e.attr("Name")
		switch {
		case e.XMLName.Local == "Binary" && name == "":
			p.event.Binary = unhex(e.Text)
			continue
		case e.XMLName.Local != "Data" && name == "":
			name = e.XMLName.Local
		}
		p.value(e, name, 0)
	}
}

// value adds what an element holds: its text, or what stands below it.
func (p *payload) value(e *element, name string, depth int) {
	p.children(e, name, depth)
	if len(e.Children) == 0 || strings.TrimSpace(e.Text) != "" {
		p.add(name, e.Text)
	}
}

func (p *payload) children(e *element, prefix string, depth int) {
	if depth > maxEventDepth {
		p.err = fmt.Errorf("%w: more than %d levels", ErrEvent, maxEventDepth)
		return
	}
	for i := range e.Children {
		c := &e.Children[i]
		name := c.XMLName.Local
		if prefix != "" {
			name = prefix + "/" + name
		}
		for _, a := range c.Attrs {
			if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
				p.add(name+"@"+a.Name.Local, a.Value)
			}
		}
		p.value(c, name, depth+1)
	}
}

// unhex reads as much of a text as is hex.
func unhex(s string) []byte {
	s = strings.TrimSpace(s)
	out := make([]byte, len(s)/2)
	n, _ := hex.Decode(out, []byte(s[:len(s)/2*2]))
	return out[:n]
}
