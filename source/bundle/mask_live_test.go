package bundle

import (
	"encoding/json"
	"strings"
	"testing"

	"updoc/model"
)

// What a running Windows tells names nobody, and its states are not taken for names.
func TestMaskOfLiveFacts(t *testing.T) {
	at := model.Origin{Artifact: "live"}
	m := &model.Machine{Name: model.Known(host, at)}
	m.Live.Mode, m.Live.Process = model.Known(model.ModeNormal, at), model.Known("amd64", at)
	m.Live.Services = model.Complete([]model.ServiceState{{Name: "schedule", State: "running"}})
	m.Live.Tools = model.Complete([]model.Tool{{Name: "dism"}})
	m.Live.Loaded = model.Complete([]string{"wdfilter"})
	m.Live.Security = model.Complete([]model.Guard{{Name: "Guard of " + host, Origin: model.Origin{Artifact: "live", Key: sid}}})
	m.Live.SkewSeconds = model.NotSeen[int64](model.Unseen{Artifact: "live", Reason: model.ReasonUnsupported, Detail: `\\` + host + `\tarokun`})
	got, err := Mask(m, Names{Users: []string{"normal", "amd64", "schedule", "running", "dism", "wdfilter", "tarokun"}})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(got.Live)
	for _, secret := range []string{host, sid, "tarokun"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("%s stands in %s", secret, raw)
		}
	}
	l := got.Live
	if l.Mode.Value != model.ModeNormal || l.Process.Value != "amd64" || l.Loaded.Items[0] != "wdfilter" || l.Tools.Items[0].Name != "dism" ||
		l.Services.Items[0].Name != "schedule" || l.Services.Items[0].State != "running" {
		t.Errorf("%s", raw)
	}
}
