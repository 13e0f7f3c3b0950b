package report

import (
	"bytes"
	"strings"
	"testing"

	"updoc/knowledge"
	"updoc/model"
)

func handover(t *testing.T, d *model.Diagnosis, lang string, mask bool) string {
	t.Helper()
	b, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteHandover(&out, d, b, lang, mask); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The sheet has every part in both languages, and nothing from elsewhere.
func TestHandover(t *testing.T) {
	for lang, want := range map[string][]string{
		"ja": {"診断票", "してはいけないこと", "pending.xml", "次にできること", "始める前の確認", "メモ", "回復パーティション", "調べられなかった"},
		"en": {"Hand-over sheet", "What must not be done", "pending.xml", "Safe to try next", "Before you begin", "Notes", "recovery partition"},
	} {
		page := handover(t, severalDiagnosis(), lang, false)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: %q is missing", lang, text)
			}
		}
		for _, bad := range []string{"<script", "http:", "https:", "src=", "{n", "{what", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: holds %q", lang, bad)
			}
		}
		if i, j := strings.Index(page, "chkdsk /r"), strings.Index(page, "pending.xml"); i < 0 || i > j {
			t.Errorf("%s: on a failing disk chkdsk must be warned of first", lang)
		}
	}
}

// Of personal data it holds the name of the PC alone, and that can be left out.
func TestHandoverNames(t *testing.T) {
	d := severalDiagnosis()
	d.Source.Path = "/home/taro/pcs/hanako.img"
	name := d.Machine.Name.Value
	if page := handover(t, d, "ja", false); !strings.Contains(page, name) || strings.Contains(page, "taro") {
		t.Error("the name of the PC is missing, or a path is shown")
	}
	if page := handover(t, d, "ja", true); strings.Contains(page, name) || strings.Contains(page, "hanako") {
		t.Error("a masked sheet names the PC or its image")
	}
	if d.Machine.Name.Value != name || d.Source.Path == "" {
		t.Error("the diagnosis was changed")
	}
}

// A long history is cut to the newest, and the sheet says so.
func TestHandoverIsShort(t *testing.T) {
	d := severalDiagnosis()
	for range 40 {
		d.Machine.Attempts.Items = append(d.Machine.Attempts.Items, d.Machine.Attempts.Items[0])
	}
	if page := handover(t, d, "en", false); !strings.Contains(page, "earlier ones are left out") {
		t.Error("the cut is not told")
	}
}
