package checksur

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = "\r\n=================================\r\n" +
	"Checking System Update Readiness.\r\nBinary Version 6.1.7601.22471\r\nPackage Version 26.0\r\n2014-06-10 20:31\r\n\r\n" +
	"Checking Windows Servicing Packages\r\n\r\nChecking Package Manifests and Catalogs\r\n" +
	"(f)\tCBS MUM Missing\t0x00000002\tservicing\\Packages\\Package_1_for_KB1~31bf~amd64~~6.1.1.0.mum\t\t\r\n" +
	"(f)\tCBS MUM Corrupt\t0x800F0900\tservicing\\Packages\\Package_2_for_KB1~31bf~amd64~~6.1.1.0.mum\t\tLine 1: \r\n" +
	"(w)\tUnable to get system disk properties\t0x0000045D\tIOCTL_STORAGE_QUERY_PROPERTY\tDisk Cache\t\r\n" +
	"Checking Component Store\r\n" +
	"(f)\tCSI Payload File Missing\t0x00000000\texample.dll\tamd64_one_31bf_6.1.1_none_1\t\r\n" +
	"(fix)\tCSI Payload File Missing\tCSI File Replaced\tFile: example.dll From: C:\\Windows\\CheckSUR\\v1.0\\one.cab\r\n" +
	"(fix)\tCBS Paired File\tCBS File also Replaced\tother.cat from Cabinet: C:\\Windows\\CheckSUR\\v1.0\\one.cab\r\n" +
	"\r\nSummary:\r\nSeconds executed: 264\r\n Found 3 errors\r\n Fixed 1 errors\r\n" +
	"  CBS MUM Missing Total count: 1\r\n  Fixed: CSI Payload File Missing.  Total count: 1\r\n" +
	"Unavailable repair files:\r\n\tservicing\\packages\\Package_1_for_KB1~31bf~amd64~~6.1.1.0.mum\r\n"

func read(t testing.TB, text string) *Log {
	t.Helper()
	log, err := Read(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestRead(t *testing.T) {
	log := read(t, sample)
	if len(log.Runs) != 1 || log.RunCount != 1 || log.Lines != 26 {
		t.Fatalf("%+v", log)
	}
	r := log.Runs[0]
	if r.Line != 3 || r.Binary != "6.1.7601.22471" || r.Time.Format("2006-01-02 15:04") != "2014-06-10 20:31" || r.Seconds != 264 {
		t.Errorf("heading: %+v", r)
	}
	if !r.Summed || r.Found != 3 || r.Fixed != 1 || r.ItemCount != 3 {
		t.Errorf("counts: %+v", r)
	}
	if i := r.Items[2]; i.Kind != "CSI Payload File Missing" || i.Path != `amd64_one_31bf_6.1.1_none_1\example.dll` || !i.Fixed || i.Code != 0 || i.Line != 15 {
		t.Errorf("payload: %+v", i)
	}
	if u := r.Unfixed(); len(u) != 2 || u[1].Code != 0x800f0900 || u[1].Path != `servicing\Packages\Package_2_for_KB1~31bf~amd64~~6.1.1.0.mum` {
		t.Errorf("unfixed: %+v", u)
	}
}

// TestBlanks has the same log with its tabs lost.
func TestBlanks(t *testing.T) {
	for _, by := range []string{"   ", " "} {
		r := read(t, strings.ReplaceAll(sample, "\t", by)).Runs[0]
		if r.ItemCount != 3 || len(r.Unfixed()) != 2 || r.Items[2].Path != `amd64_one_31bf_6.1.1_none_1\example.dll` || r.Items[0].Kind != "CBS MUM Missing" {
			t.Errorf("%q: %+v", by, r)
		}
	}
}

func TestSeveralRuns(t *testing.T) {
	clean := "Checking System Update Readiness.\nBinary Version 6.1.7601.22471\n2014-06-11 08:00\nSummary:\nSeconds executed: 90\n No errors detected\n"
	log := read(t, sample+clean+"Checking System Update Readiness.\n2014-06-12 08:00\n")
	if len(log.Runs) != 2 || log.RunCount != 3 || log.Runs[1].Found != 0 || !log.Runs[1].Summed {
		t.Errorf("%+v", log)
	}
	log = read(t, "(f)\tCBS MUM Missing\t0x2\tlost.mum\n"+strings.Repeat(clean, maxRuns+5))
	if len(log.Runs) != maxRuns || log.RunCount != maxRuns+5 {
		t.Errorf("%d of %d runs", len(log.Runs), log.RunCount)
	}
}

func TestAllFixed(t *testing.T) {
	all := strings.Replace(sample, "Fixed 1 errors", "Fixed 3 errors", 1)
	if r := read(t, all).Runs[0]; len(r.Unfixed()) != 0 || r.ItemCount != 3 {
		t.Errorf("%+v", r)
	}
}

// TestBrokenOff has a run without its summary: the items were counted.
func TestBrokenOff(t *testing.T) {
	for _, at := range []string{"Summary:", " Found 3"} {
		r := read(t, sample[:strings.Index(sample, at)]).Runs[0]
		if r.Summed || r.Found != 3 || r.Fixed != 1 || len(r.Unfixed()) != 2 {
			t.Errorf("%s: %+v", at, r)
		}
	}
}

// TestLikeDISM is the form of Windows 8.
func TestLikeDISM(t *testing.T) {
	r := read(t, "Checking System Update Readiness.\n\n(p)\tCSI Payload Corrupt\t(w)\t(Fixed)\tamd64_one\\a.dll\n(p)\tCBS MUM Missing\t(n)\t\tPackage_for_KB1\n"+
		"Summary:\nOperation: Detect and Repair \nTotal Detected Corruption:\t2\n\tCBS Manifest Corruption:\t1\nTotal Repaired Corruption:\t1\n").Runs[0]
	if u := r.Unfixed(); len(u) != 1 || u[0].Path != "Package_for_KB1" || r.Found != 2 || r.Fixed != 1 || !r.Time.IsZero() {
		t.Errorf("%+v", r)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("Checking System Update Readiness.\n(p)\tCSI Payload Corrupt\t(n)\t\ta\nFound 99999999999999999999 errors\n2014-13-45 99:99\n(f)\n(fix)\n"))
	f.Add([]byte("\xff\xfe2\x000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), strings.NewReader(string(data)))
		if err != nil || len(log.Runs) > maxRuns || int64(len(log.Runs)) > log.RunCount {
			t.Fatalf("%v %+v", err, log)
		}
		for _, r := range log.Runs {
			if r.Line < 1 || r.Line > log.Lines || r.Found < 0 || r.Fixed < 0 || r.Seconds < 0 || len(r.Items) > maxItems || len(r.Unfixed()) > len(r.Items) {
				t.Fatalf("%+v", r)
			}
			for _, i := range r.Items {
				if i.Line <= r.Line || i.Line > log.Lines || len(i.Path) > maxText || i.Path == "" || !utf8.ValidString(i.Kind+i.Path) {
					t.Fatalf("%+v", i)
				}
			}
		}
	})
}
