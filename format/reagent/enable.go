package reagent

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// ErrPlace is wrapped when a place or identifier is given that Windows would not write.
var ErrPlace = errors.New("no place of a recovery environment")

// Enable returns the file as it has to be when the recovery environment is switched on at a place, with bcd as its object in
// the boot store (a GUID in any form). It changes what reagentc /enable changes: WinreBCD, WinreLocation, InstallState and,
// where the file has it, IsAutoRepairOn. All other bytes of old stay: other elements, unknown ones, comments, encoding, line
// ends. A file that says all of it already is returned as it is. If old is damaged (see Config.Problems), or there is none, a
// fresh file is made: what a damaged one seems to say about resets and operations is not worth believing.
//
// at.GUID is the disk's identifier on GPT, with ID "0" or ""; on MBR at.ID is the disk's signature in decimal and GUID is "".
//
// Windows goes by System32\Recovery\ReAgent.xml; the copy beside winre.wim is written at the same time and says the same.
// Both have to be written.
func Enable(old []byte, at Location, bcd string) ([]byte, error) {
	bcd = "{" + strings.ToLower(strings.Trim(bcd, "{} ")) + "}"
	disk := strings.Trim(at.GUID, "{}")
	if !isGUID(bcd[1:len(bcd)-1]) || disk != "" && !isGUID(disk) {
		return nil, fmt.Errorf("%w: GUID %q or %q", ErrPlace, bcd, at.GUID)
	}
	if at.Path == "" || at.Offset == 0 {
		return nil, fmt.Errorf("%w: path %q, offset %d", ErrPlace, at.Path, at.Offset)
	}
	if disk != "" {
		at.GUID = "{" + strings.ToLower(disk) + "}"
	}
	on := &Config{BCD: bcd, Location: at, InstallState: "1", AutoRepair: "1"}
	c, err := Parse(old)
	text, form := decode(old), formOf(old)
	if err != nil || len(c.Problems) > 0 || !bytes.Equal(form.encode(text), old) {
		return on.fresh().Format(), nil
	}
	return form.encode(on.splice(text)), nil
}

func (c *Config) fresh() *Config {
	f := New()
	f.BCD, f.Location, f.InstallState, f.AutoRepair = c.BCD, c.Location, c.InstallState, c.AutoRepair
	f.Location.ID = zeroIfEmpty(c.Location.ID)
	return f
}

// A form is how a file's text is stored.
type form struct {
	order binary.AppendByteOrder // nil: UTF-8
	mark  bool                   // with a byte order mark
}

func formOf(b []byte) form {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return form{binary.LittleEndian, true}
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return form{binary.BigEndian, true}
	case len(b) > 1 && b[0] == '<' && b[1] == 0:
		return form{binary.LittleEndian, false}
	case len(b) > 1 && b[0] == 0 && b[1] == '<':
		return form{binary.BigEndian, false}
	}
	return form{nil, bytes.HasPrefix(b, []byte(byteOrderMark))}
}

func (f form) encode(text string) []byte {
	if f.mark {
		text = byteOrderMark + text
	}
	if f.order == nil {
		return []byte(text)
	}
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = f.order.AppendUint16(b, unit)
	}
	return b
}

// splice changes the tags of the elements that Enable sets and nothing else. The text was parsed without a problem before.
func (c *Config) splice(text string) string {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var out strings.Builder
	done, depth := int64(0), 0
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			if depth == 2 && slices.Contains(enabling, t.Name.Local) {
				out.WriteString(text[done:from])
				out.WriteString(c.tag(text[from:d.InputOffset()], t))
				done = d.InputOffset()
			}
		}
	}
	return out.String() + text[done:]
}

// enabling are the elements that Enable sets.
var enabling = []string{"WinreBCD", "WinreLocation", "InstallState", "IsAutoRepairOn"}

// tag gives a start tag the values that the Config has for it.
func (c *Config) tag(tag string, start xml.StartElement) string {
	f := c.field(start.Name.Local)
	for _, name := range f.names() {
		value, _ := f.value(name)
		has := slices.ContainsFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Local == name })
		switch {
		case has && !strings.EqualFold(attribute(start.Attr, name), value):
			tag = replaceAttribute(tag, name, value)
		case !has && value != "" && value != "0" && value != zeroGUID:
			end := len(strings.TrimRight(tag, "/> \t\r\n"))
			tag = tag[:end] + " " + name + `="` + escape(value) + `"` + tag[end:]
		}
	}
	return tag
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

// replaceAttribute puts a value between the quotes of an attribute of a well-formed start tag.
func replaceAttribute(tag, name, value string) string {
	for at := 0; ; {
		open := strings.IndexAny(tag[at:], `"'`)
		if open < 0 {
			return tag
		}
		open += at
		length := strings.IndexByte(tag[open+1:], tag[open])
		if length < 0 {
			return tag
		}
		words := strings.Fields(strings.TrimRight(tag[at:open], "= \t\r\n"))
		if n := len(words); n > 0 && words[n-1] == name {
			return tag[:open+1] + escape(value) + tag[open+1+length:]
		}
		at = open + 1 + length + 1
	}
}
