package collect

import (
	"testing"

	"updoc/model"
)

// The first name beside a file that is not in use; none, if all nine are.
func TestSpares(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("Windows/SoftwareDistribution/DataStore/x", nil)
	src.put("Windows/SoftwareDistribution/DataStore.bak/x", nil)
	src.put("Windows/SoftwareDistribution/Download/x", nil)
	for _, n := range []string{"", "2", "3", "4", "5", "6", "7", "8", "9"} {
		src.put("Windows/System32/catroot2.bak"+n+"/x", nil)
	}
	m := look(t, src)
	if !m.Spares.Coverage.Complete {
		t.Errorf("%+v", m.Spares.Coverage)
	}
	for path, free := range map[string]string{`Windows\SoftwareDistribution\DataStore`: "DataStore.bak2",
		`Windows\SoftwareDistribution\Download`: "Download.bak", `Windows\System32\catroot2`: "", `Windows\WinSxS\pending.xml`: "pending.xml.bak"} {
		s := spareAt(m, path)
		want(t, path, s.Free, free)
		want(t, path, s.Present, free == "DataStore.bak2" || free == "Download.bak")
		if s.Origin.Volume == "" {
			t.Errorf("%s lies nowhere", path)
		}
	}
}

func spareAt(m *model.Machine, path string) model.Spare {
	for _, s := range m.Spares.Items {
		if s.Path == path {
			return s
		}
	}
	return model.Spare{}
}
