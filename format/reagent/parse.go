package reagent

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// MaxSize is the largest file that is read, in bytes; real ones have about one thousand.
const MaxSize = 1 << 20

// Parse reads a ReAgent.xml in UTF-8 or UTF-16, with or without a byte order mark. The Config is never nil: after damage it
// holds what was readable, and Problems says what was not. The error is ErrNotReAgent if nothing was.
func Parse(b []byte) (*Config, error) {
	c := &Config{}
	if len(b) > MaxSize {
		c.problem("the file has %d bytes", len(b))
		return c, fmt.Errorf("%w: %d bytes", ErrNotReAgent, len(b))
	}
	text := c.text(b)
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := c.root(d)
	if !root {
		return c, fmt.Errorf("%w: %s", ErrNotReAgent, strings.Join(c.Problems, "; "))
	}
	c.children(d)
	c.complete()
	return c, nil
}

func (c *Config) problem(format string, args ...any) {
	c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
}

// text decodes the file. Zero bytes at its end, which a power cut leaves, are damage.
func (c *Config) text(b []byte) string {
	text := decode(b)
	trimmed := strings.TrimRight(text, "\x00")
	switch {
	case len(b) == 0:
		c.problem("the file is empty")
	case trimmed == "":
		c.problem("the file holds only zero bytes")
	case len(trimmed) < len(text):
		c.problem("the file ends in %d zero characters", len(text)-len(trimmed))
	}
	return trimmed
}

// decode turns UTF-16 with or without a byte order mark, or UTF-8, into a string without the mark.
func decode(b []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}) || len(b) > 1 && b[0] == '<' && b[1] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}) || len(b) > 1 && b[0] == 0 && b[1] == '<':
		order = binary.BigEndian
	default:
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

// root goes to the first <WindowsRE>.
func (c *Config) root(d *xml.Decoder) bool {
	for {
		token, err := d.Token()
		if err != nil {
			c.broken(d, err)
			return false
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.EqualFold(start.Name.Local, "WindowsRE") {
			c.problem("the root element is <%s>", start.Name.Local)
			continue
		}
		c.Version = attribute(start.Attr, "version")
		return true
	}
}

// broken notes where the XML ends to be XML. That nothing at all was there is noted elsewhere.
func (c *Config) broken(d *xml.Decoder, err error) {
	if errors.Is(err, io.EOF) {
		if len(c.Problems) == 0 {
			c.problem("there is no <WindowsRE> element")
		}
		return
	}
	line, column := d.InputPos()
	c.problem("the XML is broken at line %d, column %d: %v", line, column, err)
}

// children reads the elements below the root, up to its end or the first error.
func (c *Config) children(d *xml.Decoder) {
	for {
		token, err := d.Token()
		if err != nil {
			c.broken(d, err)
			return
		}
		switch t := token.(type) {
		case xml.EndElement:
			return
		case xml.StartElement:
			c.add(t)
			if err := d.Skip(); err != nil {
				c.broken(d, err)
				return
			}
		}
	}
}

// add takes one element in; the first of several with one name counts.
func (c *Config) add(start xml.StartElement) {
	name := start.Name.Local
	for _, e := range c.elements {
		if e.name == name {
			c.problem("<%s> is there twice", name)
			return
		}
	}
	if len(c.elements) == 100 {
		c.problem("there are more than 100 elements")
	}
	if len(c.elements) >= 100 {
		return
	}
	c.elements = append(c.elements, element{name, start.Copy().Attr})
	f := c.field(name)
	switch {
	case f.text != nil:
		*f.text = attribute(start.Attr, f.attr)
	case f.guid != nil:
		*f.guid = c.guid(name, attribute(start.Attr, f.attr))
	case f.location != nil:
		*f.location = c.location(name, start.Attr)
	}
}

func (c *Config) location(name string, attrs []xml.Attr) Location {
	l := Location{
		Path: attribute(attrs, "path"), ID: attribute(attrs, "id"), Index: attribute(attrs, "index"),
		GUID: c.guid(name, attribute(attrs, "guid")),
	}
	text := strings.TrimSpace(attribute(attrs, "offset"))
	if text == "" {
		return l
	}
	offset, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		c.problem("<%s> has the offset %q", name, text)
		return l
	}
	l.Offset = offset
	return l
}

// guid returns a GUID lower-case with braces, "" for zero, an empty or a bad one; the latter is a problem.
func (c *Config) guid(name, text string) string {
	bare := strings.ToLower(strings.Trim(strings.TrimSpace(text), "{}"))
	if bare == "" {
		return ""
	}
	if !isGUID(bare) {
		c.problem("<%s> has the GUID %q", name, text)
		return ""
	}
	if strings.Trim(bare, "0-") == "" {
		return ""
	}
	return "{" + bare + "}"
}

func isGUID(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) != 5 || len(s) != 36 {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if _, err := hex.DecodeString(parts[i]); err != nil || len(parts[i]) != n {
			return false
		}
	}
	return true
}

// complete names what every ReAgent.xml has and this one lacks.
func (c *Config) complete() {
	for _, name := range []string{"WinreBCD", "WinreLocation", "InstallState"} {
		if !c.has(name) {
			c.problem("<%s> is missing", name)
		}
	}
	if c.has("InstallState") && c.State() == StateUnknown {
		c.problem("<InstallState> has the state %q", c.InstallState)
	}
}

func (c *Config) has(name string) bool {
	for _, e := range c.elements {
		if e.name == name {
			return true
		}
	}
	return false
}

func attribute(attrs []xml.Attr, name string) string {
	for _, a := range attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
