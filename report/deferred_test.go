package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"updoc/model"
)

// Those that are over come first and are said to be; what stays open is named.
func TestDeferred(t *testing.T) {
	list := &model.Deferred{Schema: model.DeferredSchema, Deferrals: []model.Deferral{
		{KB: "KB5034441", Until: "2026-10-31", Reason: "short partition", CVEs: []string{"CVE-2024-20666"}, Expired: true},
		{KB: "KB5034439", Title: "2024-01 Security Update", Until: "2026-12-31", Reason: "the same"},
	}}
	for lang, wants := range map[string][]string{
		"en": {"Over their date", "should be offered again", "KB5034441 (", "2026-10-31", "short partition", "Open until KB5034441 is in: CVE-2024-20666", "Put off for now", "2024-01 Security Update"},
		"ja": {"期限を過ぎたもの", "もう一度表示して", "KB5034441 (", "2026-10-31 まで", "short partition", "残るもの: CVE-2024-20666", "延期中", "2024-01 Security Update"},
	} {
		for _, format := range []string{"text", "html", "md"} {
			var out bytes.Buffer
			if err := WriteDeferred(&out, list, realBase(t), Options{Format: format, Lang: lang, Width: 400}); err != nil {
				t.Fatal(err)
			}
			rest := regexp.MustCompile(`\\|<[^>]*>`).ReplaceAllString(out.String(), "")
			for _, want := range wants {
				i := strings.Index(rest, want)
				if i < 0 {
					t.Errorf("%s, %s: %q is not where it should be in:\n%s", lang, format, want, out.String())
					break
				}
				rest = rest[i:]
			}
		}
	}
}

func TestDeferral(t *testing.T) {
	d := &model.Deferral{KB: "KB5034441", Until: "2026-12-31", Reason: "r"}
	say := func(ended bool) string {
		var out bytes.Buffer
		if err := WriteDeferral(&out, d, ended, realBase(t), Options{Lang: "en"}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := say(false); !strings.Contains(got, "not told to hide") {
		t.Error(got)
	}
	if got := say(true); !strings.Contains(got, "no longer put off") {
		t.Error(got)
	}
	if d.Hidden = true; !strings.Contains(say(false), "hides it") {
		t.Error(say(false))
	}
}
