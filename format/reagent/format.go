package reagent

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

const (
	byteOrderMark = "\ufeff"
	// declaration ends in a bare LF; with the line end behind it that makes an empty line. A real file of these elements
	// has 1,070 bytes, and so has ours.
	declaration = "<?xml version='1.0' encoding='utf-8'?>\n"
	newline     = "\r\n"
	zeroGUID    = "{00000000-0000-0000-0000-000000000000}"
)

// Format returns the file as Windows writes it: UTF-8 with a byte order mark, elements in the order they were read in or,
// for New, in that of Windows. Elements that were read and are unknown stay; elements that the file lacked are added only if
// the Config now holds something for them.
func (c *Config) Format() []byte {
	var b bytes.Buffer
	b.WriteString(byteOrderMark + declaration + newline)
	b.WriteString("<WindowsRE")
	writeAttribute(&b, "version", c.version())
	b.WriteString(">" + newline)
	for _, e := range c.all() {
		b.WriteString("  <" + e.name)
		for _, a := range c.attributes(e) {
			writeAttribute(&b, a.Name.Local, a.Value)
		}
		b.WriteString("/>" + newline)
	}
	b.WriteString("</WindowsRE>")
	return b.Bytes()
}

func (c *Config) version() string {
	if c.Version == "" {
		return "2.0"
	}
	return c.Version
}

func writeAttribute(b *bytes.Buffer, name, value string) {
	b.WriteString(" " + name + `="`)
	xml.EscapeText(b, []byte(value))
	b.WriteString(`"`)
}

// all returns the elements to be written: those that were read, and those of the template that have got a value.
func (c *Config) all() []element {
	var list []element
	pending := c.elements
	for _, t := range template() {
		at := index(pending, t.name)
		if at >= 0 {
			list = append(list, pending[:at+1]...)
			pending = pending[at+1:]
		} else if !c.has(t.name) && c.holds(t.name) {
			list = append(list, t)
		}
	}
	return append(list, pending...)
}

func index(list []element, name string) int {
	for i, e := range list {
		if e.name == name {
			return i
		}
	}
	return -1
}

// holds says whether the Config has a value for an element.
func (c *Config) holds(name string) bool {
	f := c.field(name)
	switch {
	case f.text != nil:
		return *f.text != ""
	case f.guid != nil:
		return *f.guid != ""
	}
	old := name == "PBRImageLocation" && c.has("OsInstallLocation")
	return *f.location != (Location{}) && !old
}

// attributes returns those that the element was read with, with the values that the Config now has, and behind them those
// of the known form that were missing and have got a value.
func (c *Config) attributes(e element) []xml.Attr {
	f := c.field(e.name)
	var list []xml.Attr
	for _, a := range e.attrs {
		if value, known := f.value(a.Name.Local); known {
			a.Value = value
		}
		list = append(list, a)
	}
	for _, name := range f.names() {
		value, _ := f.value(name)
		missing := !slices.ContainsFunc(e.attrs, func(a xml.Attr) bool { return a.Name.Local == name })
		if missing && value != "" && value != "0" && value != zeroGUID {
			list = append(list, xml.Attr{Name: xml.Name{Local: name}, Value: value})
		}
	}
	return list
}

// names returns the attributes of the known form.
func (f field) names() []string {
	switch {
	case f.location != nil:
		return []string{"path", "id", "offset", "guid", "index"}
	case f.text != nil || f.guid != nil:
		return []string{f.attr}
	}
	return nil
}

// value returns what the Config has for an attribute of the field's element.
func (f field) value(name string) (string, bool) {
	switch {
	case f.text != nil && name == f.attr:
		return *f.text, true
	case f.guid != nil && name == f.attr:
		return fullGUID(*f.guid), true
	case f.location != nil:
		return f.location.value(name)
	}
	return "", false
}

func (l *Location) value(name string) (string, bool) {
	switch name {
	case "path":
		return l.Path, true
	case "id":
		return zeroIfEmpty(l.ID), true
	case "offset":
		return strconv.FormatUint(l.Offset, 10), true
	case "guid":
		return fullGUID(l.GUID), true
	case "index":
		return zeroIfEmpty(l.Index), true
	}
	return "", false
}

func fullGUID(guid string) string {
	if strings.Trim(guid, "{}") == "" {
		return zeroGUID
	}
	return guid
}

func zeroIfEmpty(s string) string {
	if s == "" {
		return "0"
	}
	return s
}
