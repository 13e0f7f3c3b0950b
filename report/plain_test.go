package report

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// The report on an old Japanese console: 79 columns of an 80-column window, characters of
// ambiguous width count as two, and whatever a name holds, its font has it.
func TestGoldenPlain(t *testing.T) {
	b := base(t)
	for _, lang := range []string{"ja", "en"} {
		d := severalDiagnosis()
		for i := range d.Failures {
			d.Failures[i].Title = "Update for Windows – “x64‑based” → …"
		}
		var got bytes.Buffer
		if err := Write(&got, d, b, Options{Lang: lang, Width: 79, Plain: true, Wide: true}); err != nil {
			t.Fatal(err)
		}
		golden(t, "several-plain."+lang+".txt", got.Bytes())
		if strings.ContainsAny(got.String(), "‑–“”→…") {
			t.Errorf("%s: punctuation that the console may lack is left", lang)
		}
		for line := range strings.Lines(got.String()) {
			if w := rulerFor(true).width(strings.TrimSuffix(line, "\n")); w > 79 {
				t.Errorf("%s: %d columns: %s", lang, w, line)
			}
		}
	}
}

// What updoc itself writes as text can be shown with code page 932.
func TestTextsAreInTheOldJapaneseCharacterSet(t *testing.T) {
	b := base(t)
	for name, make := range fixtures {
		var got bytes.Buffer
		if err := Write(&got, make(), b, Options{Lang: "ja", Plain: true, Verbose: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := japanese.ShiftJIS.NewEncoder().Bytes(got.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGoldenSummary(t *testing.T) {
	b := base(t)
	for name, make := range fixtures {
		for _, lang := range []string{"ja", "en"} {
			var got bytes.Buffer
			if err := WriteBrief(&got, make(), b, Options{Lang: lang}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".summary."+lang+".txt", got.Bytes())
		}
	}
}
