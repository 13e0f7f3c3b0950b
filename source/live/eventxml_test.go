package live

import (
	"bytes"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"updoc/format/evtx"
	"updoc/source"
	"updoc/testkit"
)

// The XML that libevtx makes of real logs gives the fields that format/evtx reads from the
// same records. What differs by nature: libevtx pads hex numbers and shows elements whose
// optional value is null, where Windows leaves them out; it writes times with nine digits.
func TestEventXMLTellsWhatTheLogHolds(t *testing.T) {
	for _, name := range []string{"attacksamples__WinDefender_1116_1117", "plaso__System", "omer__2-vss_7-System", "deepbluecli__many-events-application"} {
		t.Run(name, func(t *testing.T) {
			path := testkit.Sample(t, "evtx/"+name+".evtx")
			want := stored(t, path)
			compared := 0
			for _, text := range exported(t, path) {
				e, err := parseEvent(text)
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				if w, ok := want[e.Record]; ok {
					compared++
					if got := flat(e); got != w {
						t.Errorf("record %d\n got %s\nwant %s", e.Record, got, w)
					}
				}
			}
			if compared < 10 {
				t.Errorf("%d records of %d were compared", compared, len(want))
			}
		})
	}
}

// exported are the events as libevtx's tool writes them.
func exported(t *testing.T, path string) []string {
	t.Helper()
	out, _ := testkit.Command(t, "evtxexport", "-f", "xml", path).Output() // it fails at the end of a damaged log
	var all []string
	for _, part := range strings.SplitAfter(string(out), "</Event>") {
		if i := strings.Index(part, "<Event "); i >= 0 && strings.HasSuffix(part, "</Event>") {
			all = append(all, part[i:])
		}
	}
	return all[:min(len(all), 3000)]
}

// stored are the records of the log as format/evtx reads them, by id.
func stored(t *testing.T, path string) map[uint64]string {
	t.Helper()
	raw := testkit.ReadFile(t, path)
	log, err := evtx.Open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[uint64]string{}
	err = log.Records(t.Context(), nil, func(r *evtx.Record) error {
		e := source.Event{Time: r.Time.UTC(), Provider: r.Provider, ID: r.EventID, Level: r.Level, Record: r.SourceRecordID, Binary: r.Binary}
		for _, f := range r.Data {
			e.Fields = append(e.Fields, source.EventField{Name: f.Name, Text: f.Value.String()})
		}
		out[r.SourceRecordID] = flat(e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	padded    = regexp.MustCompile(`^0x0+([0-9a-fA-F])`)
	guidText  = regexp.MustCompile(`^\{[0-9a-fA-F-]{36}\}$`)
	longTime  = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7})00Z$`)
	newline   = strings.NewReplacer("\r\n", "\n", "\r", "\n")
	lostBytes = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]`)
)

// flat writes an event down in one way.
func flat(e source.Event) string {
	var fields []string
	for _, f := range e.Fields {
		text := strings.TrimSpace(lostBytes.ReplaceAllString(newline.Replace(f.Text), ""))
		if guidText.MatchString(text) || strings.HasPrefix(text, "0x") {
			text = strings.ToLower(text)
		}
		text = longTime.ReplaceAllString(padded.ReplaceAllString(text, "0x$1"), "${1}Z")
		if f.Name != "" || text != "" {
			fields = append(fields, f.Name+"="+text)
		}
	}
	return e.Time.Format("2006-01-02T15:04:05.0000000") + " " + e.Provider + " " + strings.Join(fields, "|") + " " + hex.EncodeToString(e.Binary)
}

const system = `<System><Provider Name="P"/><EventID>7</EventID><Level>2</Level><TimeCreated SystemTime="2024-03-20T11:21:00.1234567Z"/><EventRecordID>9</EventRecordID></System>`

func event(body string) string {
	return `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">` + system + body + `</Event>`
}

// The names of fields are those that format/evtx forms.
func TestEventFieldNames(t *testing.T) {
	for body, want := range map[string]string{
		`<EventData><Data Name="a">1</Data><Data>2</Data><Data Name="b"/></EventData>`:                       "a=1|=2|b=",
		`<EventData><Data>x</Data><Binary>0A0b</Binary></EventData>`:                                         "=x|binary=0a0b",
		`<UserData><C xmlns="u"><k>1</k><d><e>2</e></d><f g="3">4</f></C></UserData>`:                        "k=1|d/e=2|f@g=3|f=4",
		`<EventData><ComplexData><x>1</x></ComplexData></EventData>`:                                         "ComplexData/x=1",
		`<EventData><Data Name="a">` + "x\x01y&#x1;&#31;z" + `</Data></EventData>`:                           "a=xyz",
		`<EventData><Data Name="日本">語 &amp; &lt;</Data></EventData><RenderingInfo><M>no</M></RenderingInfo>`: "日本=語 & <",
		``: "",
	} {
		e, err := parseEvent(event(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Name+"="+f.Text)
		}
		if e.Binary != nil {
			got = append(got, "binary="+hex.EncodeToString(e.Binary))
		}
		if strings.Join(got, "|") != want || e.ID != 7 || e.Level != 2 || e.Record != 9 || e.Provider != "P" || e.Time.Nanosecond() != 123456700 {
			t.Errorf("%s: %q, %+v", body, got, e)
		}
	}
}

// What is no event, or goes on without end, is refused.
func TestEventsThatCannotBeRead(t *testing.T) {
	deep := strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)
	for name, text := range map[string]string{
		"nothing": "", "other": "<a/>", "cut": event("")[:200], "no system": "<Event/>", "long": strings.Repeat("x", maxEventXML+1),
		"deep": event("<UserData>" + deep + "</UserData>"), "many": event("<EventData>" + strings.Repeat("<Data/>", maxEventFields+1) + "</EventData>"),
		"no number": strings.Replace(event(""), "<EventID>7", "<EventID>seven", 1),
	} {
		if _, err := parseEvent(text); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEventXML(f *testing.F) {
	f.Add(event(`<EventData><Data Name="a">1</Data><Binary>0A</Binary></EventData>`))
	f.Add(event(`<UserData><C xmlns="u"><k>1</k><d><e f="1">2</e></d></C></UserData>`))
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseEvent(text)
		if err == nil && len(e.Fields) > maxEventFields {
			t.Errorf("%d fields", len(e.Fields))
		}
	})
}

// No query is longer than Windows takes, and together they ask for everything.
func TestQueriesAreShort(t *testing.T) {
	want := map[string][]uint32{"A": nil, "b": {1, 2, 3, 4, 9}, "c": {2, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43}}
	all := queries(want)
	for _, q := range all {
		if n := strings.Count(q, "EventID") + strings.Count(q, "@Name"); n > maxTerms {
			t.Errorf("%d comparisons: %s", n, q)
		}
	}
	joined := strings.Join(all, " or ")
	for _, term := range []string{"Provider[@Name='A']", "(EventID>=1 and EventID<=4)", "EventID=9", "EventID=43"} {
		if !slices.Contains(strings.Split(joined, " or "), term) {
			t.Errorf("nobody asks for %s: %s", term, joined)
		}
	}
}
