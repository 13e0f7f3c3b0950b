package knowledge

import (
	"testing"
	"time"

	"updoc/model"
)

func osOf(build int64, edition, kind string) *model.OS {
	o := model.Origin{Artifact: "hive"}
	return &model.OS{Build: model.Known(build, o), Edition: model.Known(edition, o), InstallationType: model.Known(kind, o)}
}

func TestLifecycle(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		os        *model.OS
		name, end string
		extended  bool
	}{
		{osOf(19045, "Core", "Client"), "Windows 10 22H2", "2025-10-14", true},
		{osOf(19044, "EnterpriseS", "Client"), "Windows 10 21H2", "2027-01-12", false},
		{osOf(26100, "Professional", "Client"), "Windows 11 24H2", "2026-10-13", false},
		{osOf(26100, "Education", "Client"), "Windows 11 24H2", "2027-10-12", false},
		{osOf(14393, "ServerStandard", "Server Core"), "Windows Server 2016", "2027-01-12", false},
		{osOf(26200, "Enterprise", "Client"), "Windows 11 25H2", "", false},
		{osOf(26100, "ServerStandard", "Server"), "Windows Server 2025", "", false},
		{osOf(19045, "SomethingNew", "Client"), "Windows 10 22H2", "", false},
		{osOf(12345, "Core", "Client"), "", "", false},
	} {
		l := b.Lifecycle(c.os)
		end := ""
		if l.End.Known {
			end = l.End.Value.Add(-36 * time.Hour).Format(time.DateOnly)
		}
		if l.Name != c.name || end != c.end || l.Extended.Value.IsZero() == c.extended {
			t.Errorf("%d %s: %+v", c.os.Build.Value, c.os.Edition.Value, l)
		}
		if why := l.End.Reason(); !l.End.Known && why.Artifact != "knowledge" {
			t.Errorf("%s: %+v", c.name, why)
		}
	}
}

// What was not seen of the machine is not "not published".
func TestLifecycleUnseen(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if why := b.Lifecycle(&model.OS{}).End.Reason(); why.Reason != model.ReasonNotLooked {
		t.Errorf("%+v", why)
	}
	os := osOf(19045, "", "Client")
	os.Edition = model.NotSeen[string](model.Unseen{Artifact: "hive", Reason: model.ReasonDamaged})
	if l := b.Lifecycle(os); l.End.Reason().Reason != model.ReasonDamaged || l.Name != "Windows 10 22H2" {
		t.Errorf("%+v", l)
	}
}
