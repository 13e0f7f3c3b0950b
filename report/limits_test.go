package report

import (
	"bytes"
	"strings"
	"testing"

	"updoc/model"
)

// What a running Windows lets not be done stands above the steps, in every form and language.
func TestLimits(t *testing.T) {
	d := confirmedDiagnosis()
	d.Source.Kind = "live"
	d.Plan.Limits = []model.Limit{{Code: "live-s-mode"}, {Code: "live-too-old", Args: model.Args{"version": "1803"}}}
	for lang, wants := range map[string][]string{
		"ja": {"S モード", "1803", "updoc fix"},
		"en": {"S mode", "1803", "updoc fix"},
	} {
		for _, format := range []string{"text", "md", "html", "json"} {
			var out bytes.Buffer
			if err := Write(&out, d, realBase(t), Options{Format: format, Lang: lang, Width: 4000}); err != nil {
				t.Fatal(err)
			}
			for _, want := range wants {
				if want == "updoc fix" && format == "json" {
					continue // it is for a person
				}
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s, %s: no %q", lang, format, want)
				}
			}
		}
	}
}
