package report

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"updoc/model"
)

// FuzzWrite feeds diagnoses that a bundle could hold: whatever the facts say, every
// form is written, without panic or markup of theirs.
func FuzzWrite(f *testing.F) {
	b := base(f)
	for _, make := range fixtures {
		var out bytes.Buffer
		if err := WriteJSON(&out, make()); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d model.Diagnosis
		if json.Unmarshal(raw, &d) != nil || len(raw) > 1<<18 {
			t.Skip()
		}
		for _, format := range []string{"text", "md", "html"} {
			for _, lang := range []string{"ja", "en"} {
				if err := Write(io.Discard, &d, b, Options{Format: format, Lang: lang, Verbose: true}); err != nil {
					t.Fatalf("%s %s: %v", format, lang, err)
				}
			}
		}
	})
}
