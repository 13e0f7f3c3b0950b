package collect

import (
	"strings"
	"testing"

	"updoc/model"
)

const readiness = "Checking System Update Readiness.\r\nBinary Version 6.1.7601.22471\r\nPackage Version 26.0\r\n2024-01-10 13:00\r\n\r\n" +
	"(f)\tCBS MUM Corrupt\t0x800F0900\tservicing\\Packages\\Package_for_KB2~31bf~amd64~~6.1.1.0.mum\t\tLine 1: \r\n" +
	"(f)\tCBS Watchlist Package Missing\t0x80070002\tPackage_for_KB9\tPackage_9\r\n" +
	"(f)\tCSI Payload File Missing\t0x00000000\tb.dll\tamd64_two_31bf_6.1.1_none_2\r\n" +
	"(fix)\tCSI Payload File Missing\tCSI File Replaced\tFile: b.dll From: x.cab\r\n" +
	"\r\nSummary:\r\nSeconds executed: 300\r\n Found 3 errors\r\n Fixed 1 errors\r\n"

func checked(t *testing.T, files map[string]string) ([]model.CBSCorruption, []model.Note) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsPath, []byte(cbsLines))
	for name, text := range files {
		src.put(cbsFolder+"/"+name, []byte(text))
	}
	c := look(t, src).CBS
	var items []model.Note
	for _, n := range c.Notes.Items {
		if n.Kind == "store-item" {
			items = append(items, n)
		}
	}
	return c.Corruption.Items, items
}

// The newest run stands in both files and counts once.
func TestCheckSUR(t *testing.T) {
	older := strings.ReplaceAll(strings.ReplaceAll(readiness, "2024-01-10", "2024-01-08"), "KB2~", "KB1~")
	checks, items := checked(t, map[string]string{"CheckSUR.log": readiness, "CheckSUR.persist.log": older + readiness})
	if len(checks) != 2 || checks[1].Detected != 3 || checks[1].Repaired != 1 || !checks[1].Time.Equal(at("04:00:00")) || checks[1].Origin.Artifact != "checksur" {
		t.Errorf("checks: %+v", checks)
	}
	if len(items) != 1 || !strings.Contains(items[0].Subject, "KB2~") || items[0].Code != "0x800f0900" || items[0].Have != "CBS MUM Corrupt" {
		t.Errorf("items: %+v", items)
	}
}

// A later run that found nothing leaves no damage standing.
func TestCheckSURHealed(t *testing.T) {
	clean := "Checking System Update Readiness.\r\n2024-01-11 13:00\r\nSummary:\r\nSeconds executed: 3\r\n No errors detected\r\n"
	if checks, items := checked(t, map[string]string{"CheckSUR.persist.log": readiness + clean, "CheckSUR.log": clean}); len(checks) != 2 || len(items) != 0 {
		t.Errorf("%+v, %+v", checks, items)
	}
}

func TestCheckSURGarbage(t *testing.T) {
	for _, text := range []string{"", "garbage\n", strings.Repeat("(f)\t", 1000), "\xff\xfe(\x00f"} {
		if checks, items := checked(t, map[string]string{"CheckSUR.log": text}); len(checks)+len(items) != 0 {
			t.Errorf("%q: %+v, %+v", text, checks, items)
		}
	}
}
