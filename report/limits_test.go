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
		"ja": {"S モード", "1803", "[Windows PowerShell (管理者)]", "updoc fix"},
		"en": {"S mode", "1803", "Windows PowerShell (Admin)", "updoc fix"},
	} {
		for _, format := range []string{"text", "md", "html", "json"} {
			var out bytes.Buffer
			if err := Write(&out, d, realBase(t), Options{Format: format, Lang: lang, Width: 4000}); err != nil {
				t.Fatal(err)
			}
			for _, want := range wants {
				if (want == "updoc fix" || strings.Contains(want, "PowerShell")) && format == "json" {
					continue // it is for a person
				}
				if !strings.Contains(strings.ReplaceAll(out.String(), `\`, ""), want) { // Markdown escapes
					t.Errorf("%s, %s: no %q", lang, format, want)
				}
			}
		}
	}
}

// Whoever is to answer for a mark that was not seen is told how to see it. On a disk nobody
// is asked for it.
func TestHowToSeeTheMark(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		for kind, want := range map[string]bool{"live": true, "disk": false} {
			r := &model.Receipt{Source: model.SourceInfo{Kind: kind}, Verdict: model.FixRefused,
				Steps: []model.ReceiptStep{{Remedy: "reset-update-cache", Risk: "R2", Verdict: model.StepRefused, Detail: "gate-unseen", Gate: "windows-clean"}}}
			var out bytes.Buffer
			if err := WriteReceipt(&out, r, nil, realBase(t), Options{Format: "text", Lang: lang, Width: 4000}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "chkntfs C:"); got != want || strings.Contains(out.String(), "--accept windows-clean") != want {
				t.Errorf("%s, %s: %s", lang, kind, out.String())
			}
		}
	}
}
