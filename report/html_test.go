package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func htmlOf(t *testing.T, name, lang string) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteHTML(&out, fixtures[name](), base(t), Options{Lang: lang}); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("REPORT_PAGES"); dir != "" { // to look at the pages in a browser
		if err := os.WriteFile(filepath.Join(dir, name+"."+lang+".html"), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

var outside = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|src=|href=|url\((?:"|')?(?:https?:|//|data:)`)

// The page must work on a machine without network and must not tell anybody that it
// was opened.
func TestHTMLIsSelfContained(t *testing.T) {
	for name := range fixtures {
		for _, lang := range []string{"ja", "en"} {
			page := htmlOf(t, name, lang)
			if hit := outside.FindString(page); hit != "" {
				t.Errorf("%s.%s refers to something outside: %q", name, lang, hit)
			}
			if !strings.Contains(page, `<html lang="`+lang+`">`) {
				t.Errorf("%s.%s does not name its language", name, lang)
			}
			if strings.Contains(page, "ZgotmplZ") {
				t.Errorf("%s.%s holds a value that the template refused", name, lang)
			}
		}
	}
}

// What a machine says is text, never markup.
func TestHTMLEscapes(t *testing.T) {
	d := confirmedDiagnosis()
	const evil = `<script>alert(1)</script>`
	d.Machine.Name.Value = evil
	d.Failures[0].Title, d.Failures[0].KB = evil, ""
	for i := range d.Machine.Attempts.Items {
		d.Machine.Attempts.Items[i].KB, d.Machine.Attempts.Items[i].Title = "", evil
	}
	var out bytes.Buffer
	if err := WriteHTML(&out, d, base(t), Options{Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<script") {
		t.Error("a name from the machine became markup")
	}
}

// Every drawing is well-formed and says in words what it shows.
func TestDrawings(t *testing.T) {
	svg := regexp.MustCompile(`(?s)<svg.*?</svg>`)
	for name := range fixtures {
		for _, drawing := range svg.FindAllString(htmlOf(t, name, "ja"), -1) {
			if !strings.Contains(drawing, "aria-hidden") && !strings.Contains(drawing, "<title>") {
				t.Errorf("%s: a drawing has no title", name)
			}
			for dec := xml.NewDecoder(strings.NewReader(drawing)); ; {
				if _, err := dec.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v in %s", name, err, drawing)
				}
			}
		}
	}
}

func TestMapMarksShortPartition(t *testing.T) {
	s := newSpeaker(base(t), "en", nil)
	for _, m := range s.diskMaps(confirmedDiagnosis())[0].Before {
		last := m.Blocks[len(m.Blocks)-1]
		if !last.Short || last.Mark != "too little room" || !last.Broken {
			t.Errorf("narrow %v: recovery partition drawn as %+v", m.Narrow, last)
		}
	}
	for _, m := range s.diskMaps(confirmedDiagnosis())[0].After {
		last := m.Blocks[len(m.Blocks)-1]
		if last.Short || !last.Changed || last.Mark != "510 MB > 939 MB" {
			t.Errorf("narrow %v: after the plan the recovery partition is drawn as %+v", m.Narrow, last)
		}
	}
}

func TestWidthsFillTheMap(t *testing.T) {
	many := make([]extent, 40)
	for i := range many {
		many[i].size = uint64(i) << 20
	}
	for _, parts := range [][]extent{{{size: 1}}, {{size: 0}, {size: 0}}, {{size: 1 << 60}, {size: 1}, {size: 1 << 20}}, many} {
		for _, total := range []int{wideMap, narrowMap} {
			sum := 0
			for i, d := range widths(parts, total) {
				sum += d.w
				if d.w < 4 {
					t.Errorf("%d parts on %d: part %d is %d wide", len(parts), total, i, d.w)
				}
			}
			if sum != total {
				t.Errorf("%d parts on %d: sum %d", len(parts), total, sum)
			}
		}
	}
}
