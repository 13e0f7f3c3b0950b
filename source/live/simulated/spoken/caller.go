package spoken

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"

	"updoc/winapi"
)

// Caller answers as Of does, in another language. Words that an answer has no translation
// for get a mark of the language, so that no two languages say the same.
type Caller struct {
	Of   winapi.Caller
	Lang string
}

// Call implements winapi.Caller.
func (c Caller) Call(ctx context.Context, name string, args, answer any) error {
	err := c.Of.Call(ctx, name, args, answer)
	var refused *winapi.Error
	if errors.As(err, &refused) {
		said := *refused
		said.Text = c.message(refused.Code)
		return &said
	}
	if err == nil {
		c.reword(args, answer)
	}
	return err
}

// message is what Windows says of a code.
func (c Caller) message(code uint32) string {
	switch code & 0xffff {
	case 2, 3:
		return In(c.Lang, "The system cannot find the file specified.")
	case 5:
		return In(c.Lang, "Access is denied.")
	}
	return c.own("Error")
}

// own is a word in this language; one that is not translated is marked. What was written
// back in this language stays.
func (c Caller) own(s string) string {
	if said := In(c.Lang, s); said != s || s == "" || c.Lang == "en" {
		return said
	}
	if English(c.Lang, s) != s {
		return s
	}
	return s + marks[c.Lang]
}

// reword changes the words of an answer, and nothing else.
func (c Caller) reword(args, answer any) {
	switch a := answer.(type) {
	case *winapi.SystemInfo:
		a.Languages = []string{Tag(c.Lang)}
	case *winapi.ConsoleInfo:
		a.CodePage = codePage(c.Lang)
	case *[]winapi.Disk:
		for i := range *a {
			for j := range (*a)[i].Partitions {
				(*a)[i].Partitions[j].Name = c.own((*a)[i].Partitions[j].Name)
			}
		}
	case *[]winapi.Volume:
		for i := range *a {
			(*a)[i].Label = c.own((*a)[i].Label)
		}
	case *[]winapi.SecurityProduct:
		for i := range *a {
			(*a)[i].Name = c.product((*a)[i].Name)
		}
	case *[]winapi.HistoryEntry:
		for i := range *a {
			(*a)[i].Title = c.own((*a)[i].Title)
		}
	case *[]winapi.Update:
		for i := range *a {
			(*a)[i].Title = c.own((*a)[i].Title)
		}
	case *winapi.EventPage:
		for i := range a.Events {
			a.Events[i] = In(c.Lang, a.Events[i])
		}
	case *winapi.Key:
		c.rewordValues(a)
	case *winapi.Finished:
		if cmd, ok := args.(winapi.Command); ok {
			a.Output = Console(c.Lang, cmd.Path, a.Exit)
		}
	}
}

// product: the name of Microsoft's own is the same everywhere.
func (c Caller) product(name string) string {
	if strings.Contains(name, "Defender") {
		return name
	}
	return c.own(name)
}

// shown are names of values that hold what is shown to people.
var shown = map[string]bool{"displayname": true, "description": true, "friendlyname": true}

func (c Caller) rewordValues(k *winapi.Key) {
	for i, v := range k.Values {
		if shown[strings.ToLower(v.Name)] && (v.Type == 1 || v.Type == 2) {
			k.Values[i].Data = wide(In(c.Lang, text(v.Data)))
		}
	}
}

func text(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}
