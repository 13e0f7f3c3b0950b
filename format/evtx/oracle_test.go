package evtx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"updoc/testkit"
)

// flat is an event as plain text, however it was read.
type flat struct {
	System map[string]string
	Fields []string // name=value
	Binary string
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// evtxexport reads a log with libevtx's tool.
func evtxexport(t testing.TB, path string) []flat {
	t.Helper()
	out, _ := testkit.Command(t, "evtxexport", "-f", "xml", path).Output()
	return parseExport(t, out)
}

// unfitXML are references to characters XML cannot hold; libevtx writes them.
var unfitXML = regexp.MustCompile(`&#x?[0-9a-fA-F]+;|[\x00-\x08\x0b\x0c\x0e-\x1f]`)

func parseExport(t testing.TB, out []byte) []flat {
	t.Helper()
	start := bytes.Index(out, []byte("<Event "))
	if start < 0 {
		return nil
	}
	var doc element
	text := unfitXML.ReplaceAll(out[start:], nil)
	if err := xml.Unmarshal([]byte("<all>"+string(text)+"</all>"), &doc); err != nil {
		t.Fatal(err)
	}
	var events []flat
	for _, e := range doc.Children {
		events = append(events, flatten(e))
	}
	return events
}

func flatten(event element) flat {
	f := flat{System: map[string]string{}}
	for _, part := range event.Children {
		switch part.XMLName.Local {
		case "System":
			flattenSystem(part, f.System)
		case "EventData":
			flattenData(part, &f)
		case "UserData":
			for _, payload := range part.Children {
				f.System["UserData"] = payload.XMLName.Local
				flattenChildren("", payload, &f)
			}
		}
	}
	return f
}

func flattenSystem(part element, to map[string]string) {
	for _, e := range part.Children {
		put(to, e.XMLName.Local, e.Text)
		for _, a := range e.Attrs {
			put(to, e.XMLName.Local+"@"+a.Name.Local, a.Value)
		}
	}
}

func put(to map[string]string, key, value string) {
	if value = normal(strings.TrimSpace(value)); value != "" && value != "0" {
		to[key] = value
	}
}

func flattenData(part element, f *flat) {
	for _, e := range part.Children {
		name := e.attr("Name")
		switch {
		case e.XMLName.Local == "Binary":
			f.Binary = e.Text
			continue
		case e.XMLName.Local != "Data" && name == "":
			name = e.XMLName.Local
		}
		if len(e.Children) > 0 {
			flattenChildren(name+"/", e, f)
			continue
		}
		f.field(name, e.Text)
	}
}

func flattenChildren(prefix string, part element, f *flat) {
	for _, e := range part.Children {
		name := prefix + e.XMLName.Local
		for _, a := range e.Attrs {
			if a.Name.Local != "xmlns" {
				f.field(name+"@"+a.Name.Local, a.Value)
			}
		}
		if len(e.Children) > 0 {
			flattenChildren(name+"/", e, f)
			continue
		}
		f.field(name, e.Text)
	}
}

// field leaves out unnamed empty ones: libevtx shows elements whose optional
// value is null, Windows leaves them out.
func (f *flat) field(name, value string) {
	value = normal(strings.TrimSpace(value))
	if name != "" || value != "" {
		f.Fields = append(f.Fields, name+"="+value)
	}
}

var (
	paddedHex  = regexp.MustCompile(`^0x0+([0-9a-fA-F])`)
	guidText   = regexp.MustCompile(`^\{[0-9a-fA-F-]{36}\}$`)
	timeText   = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7})00Z$`)
	unfitRunes = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]`)
)

// normal removes differences of notation: padding of hex numbers, case of
// GUIDs, digits of times, line ends and characters XML cannot hold.
func normal(s string) string {
	s = unfitRunes.ReplaceAllString(strings.ReplaceAll(s, "\r", ""), "")
	switch {
	case guidText.MatchString(s):
		return strings.ToUpper(s)
	case strings.HasPrefix(s, "0x"):
		return paddedHex.ReplaceAllString(s, "0x$1")
	}
	return timeText.ReplaceAllString(s, "${1}Z")
}

// flatRecord is the same view of a record of ours.
func flatRecord(r *Record) flat {
	f := flat{System: map[string]string{}, Binary: fmt.Sprintf("%X", r.Binary)}
	for k, v := range map[string]any{
		"Provider@Name": r.Provider, "Provider@EventSourceName": r.Source, "EventID": r.EventID,
		"EventID@Qualifiers": r.Qualifiers, "Version": r.Version, "Level": r.Level, "Task": r.Task,
		"Opcode": r.Opcode, "EventRecordID": r.SourceRecordID, "Channel": r.Channel,
		"Keywords": fmt.Sprintf("%#x", r.Keywords),
		"Computer": r.Computer, "Security@UserID": r.UserSID, "UserData": r.UserData,
		"Execution@ProcessID": r.ProcessID, "Execution@ThreadID": r.ThreadID,
		"TimeCreated@SystemTime": Value{TypeFiletime, le.AppendUint64(nil, r.timeCreated)}.String(),
	} {
		put(f.System, k, fmt.Sprint(v))
	}
	for k, g := range map[string]GUID{"Provider@Guid": r.ProviderGUID,
		"Correlation@ActivityID": r.ActivityID, "Correlation@RelatedActivityID": r.RelatedActivityID} {
		if !g.IsZero() {
			put(f.System, k, g.String())
		}
	}
	for _, d := range r.Data {
		f.field(d.Name, d.Value.String())
	}
	return f
}

// TestSamplesEqualEvtxexport compares every value of every record of the real
// logs with an independent reader. Records we recover beyond it are left out.
func TestSamplesEqualEvtxexport(t *testing.T) {
	for _, path := range sampleLogs(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want := evtxexport(t, path)
			if want == nil {
				t.Log("evtxexport cannot read this one: it has no templates")
				return
			}
			var got []flat
			readAll(t, openBytes(t, testkit.ReadFile(t, path)), func(r *Record) {
				if !r.Recovered {
					got = append(got, flatRecord(r))
				}
			})
			compareFlat(t, got, want)
		})
	}
}

func compareFlat(t *testing.T, got, want []flat) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d records, evtxexport reads %d", len(got), len(want))
	}
	byID := map[string]flat{}
	for _, w := range want {
		byID[w.System["EventRecordID"]] = w
	}
	bad := 0
	for _, g := range got {
		w := byID[g.System["EventRecordID"]]
		if reflect.DeepEqual(g, w) {
			continue
		}
		if bad++; bad <= 5 {
			t.Errorf("record %s\n got %v\nwant %v", g.System["EventRecordID"], g, w)
		}
	}
	if bad > 5 {
		t.Errorf("%d records differ", bad)
	}
}
