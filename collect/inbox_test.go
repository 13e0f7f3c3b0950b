package collect

import (
	"testing"

	"updoc/model"
)

func inboxPart(t *testing.T, m *model.Machine, name string) model.Fact[bool] {
	t.Helper()
	for _, p := range m.Inbox.Items {
		if p.Name == name {
			return p.Present
		}
	}
	t.Fatalf("%s is not in the list", name)
	return model.Fact[bool]{}
}

func TestInbox(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("Program Files (x86)/Microsoft/Edge/Application/msedge.exe", []byte("MZ"))
	src.put("Program Files/WindowsApps/microsoft.windowsstore_1.0_x64__8wekyb3d8bbwe/AppxManifest.xml", []byte("<x/>"))
	src.put("ProgramData/Microsoft/Windows Defender/Platform/4.18.1-0/MsMpEng.exe", []byte("MZ"))
	m := look(t, src)
	for name, present := range map[string]bool{"edge": true, "edge-legacy": false, "webview2": false, "store": true, "app-installer": false, "security-health": false, "defender": true} {
		want(t, name, inboxPart(t, m, name), present)
	}
	if !m.Inbox.Coverage.Complete {
		t.Errorf("coverage %+v", m.Inbox.Coverage)
	}
}

// In a folder that was copied in part nothing says that a part was not there.
func TestInboxOfAFolder(t *testing.T) {
	m := look(t, newFake(softwareKeys(), systemKeys()).folder())
	wantUnseen(t, "edge", inboxPart(t, m, "edge"), model.ReasonAbsent)
	if m.Inbox.Coverage.Complete {
		t.Error("a folder cannot tell everything")
	}
}

func TestEndOfLife(t *testing.T) {
	software := softwareKeys()
	software.Key(allUserStore + `\EndOfLife\S-1-5-18\Example.App_1.0_x64__8wekyb3d8bbwe`)
	m := look(t, newFake(software, systemKeys()))
	if e := m.EndOfLife; !e.Coverage.Complete || len(e.Items) != 1 || e.Items[0].User != "S-1-5-18" || e.Items[0].Name != "Example.App_1.0_x64__8wekyb3d8bbwe" || e.Items[0].Origin.Key == "" {
		t.Errorf("%+v", e)
	}
	if m = look(t, newFake(softwareKeys(), systemKeys())); len(m.EndOfLife.Items) != 0 || !m.EndOfLife.Coverage.Complete {
		t.Errorf("%+v", m.EndOfLife)
	}
}

func TestRemake(t *testing.T) {
	software := softwareKeys()
	want(t, "genuine", look(t, newFake(software, systemKeys())).OS.Remake, "")
	software.Key(currentVersion).SetString("EditionSubstring", "ExampleOS").SetString("EditionSubVersion", "24.1")
	want(t, "remade", look(t, newFake(software, systemKeys())).OS.Remake, "ExampleOS 24.1")
}
