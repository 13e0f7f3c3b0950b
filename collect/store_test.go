package collect

import (
	"strings"
	"testing"

	"updoc/model"
	"updoc/testkit"
)

const dismLines = "2024-01-10 12:01:40, Error                 DISM   DISM Package Manager: PID=4 TID=5 Failed processing changes - CDISMPackageManager::ProcessChanges(hr:0x800f081f)\r\n"

// storeCheck is a check of the store that repaired one of three parts; the third is a
// copy kept to undo an update.
const storeCheck = "2024-01-10 13:00:00, Info                  CBS    Checking System Update Readiness.\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    (p)\tCSI Payload Corrupt\t(w)\t(Fixed)\tamd64_one_31bf_10.0.1_none_1\\a.dll\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    (p)\tCSI Manifest Corrupt\t(n)\t\tamd64_two_31bf_10.0.1_none_2\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    (p)\tCSI Payload Corrupt\t(n)\t\tamd64_three_31bf_10.0.1_none_3\\r\\c.dll\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    Total Detected Corruption:\t3\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    Total Repaired Corruption:\t1\r\n" +
	"2024-01-10 13:00:00, Info                  CBS    Total Operation Time: 3 seconds.\r\n"

func TestStoreState(t *testing.T) {
	system := systemKeys()
	system.Key(`ControlSet001\Control`).SetDword("RegistrySizeLimit", 1<<27)
	src := newFake(softwareKeys(), system)
	src.put(configFolder+"/COMPONENTS", make([]byte, 5000))
	src.put(configFolder+"/TxR/a.blf", make([]byte, 100))
	src.put(configFolder+"/TxR/b.regtrans-ms", make([]byte, 200))
	c := look(t, src).CBS
	want(t, "limit", c.RegistryLimit, int64(1<<27))
	want(t, "store hive", c.StoreHive, int64(5000))
	want(t, "logs", c.TxLogs, int64(300))
}

func TestStoreStateAbsent(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	c := look(t, src).CBS
	want(t, "limit", c.RegistryLimit, int64(0))
	want(t, "logs", c.TxLogs, int64(0))
	wantUnseen(t, "store hive", c.StoreHive, model.ReasonAbsent)
	delete(src.volumes["disk0p3"], systemPath)
	delete(src.volumes["disk0p3"], softwarePath)
	c = look(t, src.folder()).CBS
	wantUnseen(t, "limit", c.RegistryLimit, model.ReasonAbsent)
	wantUnseen(t, "logs", c.TxLogs, model.ReasonAbsent)
}

// TestStoreNotes has what dism.log and a check of the store add to the notes.
func TestStoreNotes(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsPath, []byte(cbsLines+storeCheck))
	src.put(dismPath, []byte(dismLines))
	found := map[string][]model.Note{}
	for _, n := range look(t, src).CBS.Notes.Items {
		found[n.Kind] = append(found[n.Kind], n)
	}
	if n := found["dism-failed"]; len(n) != 1 || n[0].Subject != "CDISMPackageManager::ProcessChanges" || n[0].Code != "0x800f081f" ||
		n[0].Origin.Artifact != "dism" || n[0].Origin.Line != 1 || !n[0].Time.Equal(at("03:01:40")) {
		t.Errorf("dism: %+v", n)
	}
	if n := found["store-item"]; len(n) != 1 || n[0].Subject != "amd64_two_31bf_10.0.1_none_2" || n[0].Have != "CSI Manifest Corrupt" || n[0].Origin.Line != 10 {
		t.Errorf("items: %+v", n)
	}
}

func TestStoreItemsAreBounded(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	item := "2024-01-10 13:00:00, Info                  CBS    (p)\tCSI Manifest Corrupt\t(n)\t\tamd64_two_31bf_10.0.1_none_2\r\n"
	src.put(cbsPath, []byte(strings.Replace(storeCheck, item, strings.Repeat(item, 100), 1)))
	count := 0
	for _, n := range look(t, src).CBS.Notes.Items {
		if n.Kind == "store-item" {
			count++
		}
	}
	if count != itemLimit {
		t.Errorf("%d notes, want %d", count, itemLimit)
	}
}

// TestRealStoreLogs are real logs: the failing ones give their note, those of healthy
// PCs none but marks of a restart.
func TestRealStoreLogs(t *testing.T) {
	for name, kind := range map[string]string{
		"wsl1580__0x800f0831.log": "package-missing", "wsl2582__reparse_c0000280.log": "reparse-point",
		"winmedic__CBS_container_installer_rolled_back_excerpt.log": "installer-failed", "roplatforms__pending_0x80070bc9.log": "pending-transaction",
		"hofcake__CBS.log": "", "howardzhy__CBS.log": "", "loghub__Windows_2k.log": "", "romi1996__CBS.log": "", "solstice__CBS_19041_clean.log": "",
	} {
		src := newFake(softwareKeys(), systemKeys())
		src.put(cbsPath, testkit.SampleBytes(t, "log/cbs/"+name))
		found := false
		for _, n := range look(t, src).CBS.Notes.Items {
			found = found || n.Kind == kind
			if kind == "" && !strings.HasPrefix(n.Kind, "reboot-mark-") {
				t.Errorf("%s: %+v", name, n)
			}
		}
		if kind != "" && !found {
			t.Errorf("%s: no note %s", name, kind)
		}
	}
}

// TestFilesBeyondRepair has what System File Checker leaves: the newest line that names
// a file, unless a later run, be it in a later log, no longer does.
func TestFilesBeyondRepair(t *testing.T) {
	cannot := "2024-01-10 13:00:00, Info                  CSI    0000012e [SR] Cannot repair member file [l:5]'a.dll' of Microsoft-Windows-Foo, version 10.0.1, in the store, hash mismatch\r\n"
	again := strings.Replace(cannot, "13:00:00", "14:00:00", 1)
	end := "2024-01-11 13:00:00, Info                  CSI    0000012f [SR] Repair complete\r\n"
	for name, c := range map[string]struct {
		older, newer string
		want         []string
	}{
		"twice":           {cannot + again, cbsLines, []string{"05:00:00"}},
		"healed later on": {cannot, cbsLines + end, nil},
		"still there":     {cannot, again + end, []string{"05:00:00"}},
		"end of its run":  {cannot + end, cbsLines, []string{"04:00:00"}},
	} {
		src := newFake(softwareKeys(), systemKeys())
		src.put(cbsFolder+"/CbsPersist_20240110050000.log", []byte(c.older))
		src.put(cbsPath, []byte(c.newer))
		var got []model.Note
		for _, n := range look(t, src).CBS.Notes.Items {
			if n.Kind == cannotRepair {
				got = append(got, n)
			}
		}
		if len(got) != len(c.want) || len(got) == 1 && (!got[0].Time.Equal(at(c.want[0])) || got[0].Subject != "a.dll" || got[0].Have != "Microsoft-Windows-Foo") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
