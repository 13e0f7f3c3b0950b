package winapi

import (
	"errors"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRowNumbers(t *testing.T) {
	r := row{"i8": int8(-1), "u8": uint8(200), "i16": int16(-2), "u16": uint16(60000), "i32": int32(-2147467259), "u32": uint32(7),
		"i64": int64(9), "u64": uint64(10), "text": "18446744073709551615", "null": nil, "word": "many", "yes": true}
	for name, want := range map[string]uint64{"i8": 255, "u8": 200, "i16": 65534, "u16": 60000, "i32": 0x80004005, "u32": 7, "i64": 9, "u64": 10, "text": math.MaxUint64} {
		if n, ok := r.number(name); n != want || !ok {
			t.Errorf("%s: %d %v, want %d", name, n, ok, want)
		}
	}
	for _, name := range []string{"null", "word", "yes", "missing"} {
		if n, ok := r.number(name); n != 0 || ok {
			t.Errorf("%s: %d %v", name, n, ok)
		}
	}
	if !r.yes("yes") || r.yes("null") || r.yes("u8") || r.text("null") != "" || r.text("word") != "many" {
		t.Error("yes and text")
	}
}

func TestCIMTime(t *testing.T) {
	for s, want := range map[string]string{
		"20240109193000.123456+540": "2024-01-09T10:30:00.123456Z",
		"20240109003000.000000-300": "2024-01-09T05:30:00Z",
		"20240109003000.000000+000": "2024-01-09T00:30:00Z",
	} {
		if got := cimTime(s).Format(time.RFC3339Nano); got != want {
			t.Errorf("%s is %s, want %s", s, got, want)
		}
	}
	for _, s := range []string{"", "00000001000000.000000:000", "2024010900****.******+000", "20241309193000.123456+540", "20240109193000.123456+5x0"} {
		if got := cimTime(s); !got.IsZero() {
			t.Errorf("%s is %s", s, got)
		}
	}
}

func TestOLETime(t *testing.T) {
	for days, want := range map[float64]string{
		2:              "1900-01-01T00:00:00Z",
		45300.5:        "2024-01-09T12:00:00Z",
		45300.43755787: "2024-01-09T10:30:05Z",
	} {
		if got := oleTime(math.Float64bits(days)).Round(time.Second).Format(time.RFC3339); got != want {
			t.Errorf("%v is %s, want %s", days, got, want)
		}
	}
	for _, days := range []float64{0, 1.5, -45300, 2958466, math.Inf(1), math.NaN()} {
		if got := oleTime(math.Float64bits(days)); !got.IsZero() {
			t.Errorf("%v is %s", days, got)
		}
	}
}

// askedFor sees that the properties of rows are those that a question reads: a
// conversion that is tested with them finds them on a real Windows too.
func askedFor(t *testing.T, q wmiQuestion, rows ...row) {
	t.Helper()
	names := slices.Clone(q.properties)
	for method, outs := range q.methods {
		for _, out := range outs {
			names = append(names, method+"."+out)
		}
	}
	if !strings.HasPrefix(q.wql, "SELECT ") || !strings.HasPrefix(q.namespace, `root\`) {
		t.Errorf("no question: %+v", q)
	}
	haveAll(t, names, rows...)
}

// haveAll: every name is in some row, and no other.
func haveAll(t *testing.T, names []string, rows ...row) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range rows {
		for name := range r {
			seen[name] = true
			if !slices.Contains(names, name) {
				t.Errorf("%s is not asked for", name)
			}
		}
	}
	if len(seen) != len(names) {
		t.Errorf("asked for %v, tested with %v", names, seen)
	}
}

func TestEncrypted(t *testing.T) {
	rows := []row{
		{"DeviceID": `\\?\Volume{1}\`, "GetConversionStatus.ConversionStatus": int32(1), "GetProtectionStatus.ProtectionStatus": int32(0),
			"GetEncryptionMethod.EncryptionMethod": int32(6), "GetSuspendCount.SuspendCount": int32(2)},
		{"DeviceID": `\\?\Volume{2}\`, "GetProtectionStatus.ProtectionStatus": int32(2)},
		{"DeviceID": `\\?\Volume{3}\`},
	}
	askedFor(t, askEncryption, rows...)
	got := encrypted(rows)
	want := []EncryptedVolume{
		{Path: `\\?\Volume{1}\`, Conversion: 1, Method: 6, Suspended: 2},
		{Path: `\\?\Volume{2}\`, Conversion: NotTold, Protection: 2},
		{Path: `\\?\Volume{3}\`, Conversion: NotTold, Protection: 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestAntivirusAndDefender(t *testing.T) {
	products := []row{{"instanceGuid": "{AB}", "displayName": "ウイルス対策", "productState": int32(397568), "pathToSignedProductExe": `C:\av.exe`}, {}}
	askedFor(t, askAntivirus, products...)
	got := antivirus(products)
	if want := []SecurityProduct{{"{ab}", "ウイルス対策", 397568, `C:\av.exe`}, {}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	status := row{"AntivirusEnabled": true, "RealTimeProtectionEnabled": false, "AMRunningMode": "Passive Mode", "AMProductVersion": "4.18.1",
		"AMEngineVersion": "1.1.2", "AntivirusSignatureVersion": "1.403.1.0", "AntivirusSignatureLastUpdated": "20240109193000.000000+540", "IsTamperProtected": true}
	askedFor(t, askDefender, status)
	d, err := defender([]row{status})
	want := DefenderStatus{Enabled: true, Mode: "Passive Mode", Platform: "4.18.1", Engine: "1.1.2", Version: "1.403.1.0",
		Updated: time.Date(2024, 1, 9, 10, 30, 0, 0, time.UTC), Tamper: true}
	if d != want || err != nil {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := defender(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no object: %v", err)
	}
}

func TestDiskHealthJoinsWhatThreeProvidersSay(t *testing.T) {
	disks := []row{
		{"DeviceId": "1", "HealthStatus": int32(0), "FriendlyName": "Old Disk", "MediaType": int32(3)},
		{"DeviceId": "0", "HealthStatus": int32(1), "FriendlyName": "x", "Model": "NVMe Disk", "MediaType": int32(4)},
		{"DeviceId": nil, "FriendlyName": "of a pool elsewhere"},
	}
	counters := []row{{"DeviceId": "0", "Wear": uint8(12), "ReadErrorsUncorrected": "4294967297", "WriteErrorsUncorrected": nil}}
	drives := []row{{"Index": int32(1), "PNPDeviceID": `SCSI\DISK&VEN_OLD\5&1&0`}, {"Index": int32(0), "PNPDeviceID": `SCSI\DISK&VEN_NVME\5&2&0`}}
	predictions := []row{{"InstanceName": `SCSI\Disk&Ven_Old\5&1&0_0`, "PredictFailure": true}}
	askedFor(t, askHealth, disks...)
	askedFor(t, askCounters, counters...)
	askedFor(t, askDrives, drives...)
	askedFor(t, askPredictions, predictions...)
	want := []DiskHealthInfo{
		{Number: 0, Health: 1, MediaType: 4, Model: "NVMe Disk", Counted: true, Wear: 12, ReadBad: 4294967297},
		{Number: 1, MediaType: 3, Model: "Old Disk", Foretold: true, Predicts: true},
	}
	if got := diskHealth(disks, counters, predictions, drives); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := diskHealth(disks[:1], nil, nil, nil); got[0].Counted || got[0].Foretold {
		t.Errorf("nobody told: %+v", got)
	}
}

func TestHistoryEntry(t *testing.T) {
	at := time.Date(2024, 1, 9, 10, 30, 0, 0, time.UTC)
	entry := row{"Date": at, "Title": "KB5034441", "Operation": int32(1), "ResultCode": int32(4), "HResult": int32(-2147023293), "UnmappedResultCode": int32(-2147023293), "ClientApplicationID": "UpdateOrchestrator", "ServiceID": "EF"}
	identity := row{"UpdateID": "AB-CD", "RevisionNumber": int32(200)}
	haveAll(t, historyNames, entry)
	haveAll(t, identityNames, identity)
	got := historyEntry(entry, identity)
	want := HistoryEntry{Time: at, UpdateID: "ab-cd", Revision: 200, Title: "KB5034441", Operation: 1, Result: 4, HResult: 0x80070643, Unmapped: 0x80070643, Client: "UpdateOrchestrator", Service: "ef"}
	if got != want {
		t.Errorf("%+v", got)
	}
}

func TestFoundUpdate(t *testing.T) {
	update := row{"Title": "x", "IsHidden": true, "IsDownloaded": true, "IsInstalled": false, "IsMandatory": true, "MaxDownloadSize": uint64(1 << 33)}
	haveAll(t, updateNames, update)
	got := foundUpdate(update, row{"UpdateID": "AB", "RevisionNumber": int32(1)}, []string{"5034441", ""}, 2)
	want := Update{UpdateID: "ab", Revision: 1, Title: "x", KBs: []string{"KB5034441"}, Hidden: true, Downloaded: true, Mandatory: true, Restart: 2, Size: 1 << 33}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for result, ok := range map[uint64]bool{0: false, 2: true, 3: true, 4: false, 5: false} {
		if err := searchFailed(result, true); (err == nil) != ok {
			t.Errorf("result %d: %v", result, err)
		}
	}
	if searchFailed(0, false) == nil {
		t.Error("a search that tells nothing succeeded")
	}
}

func TestShadowCodesAndIds(t *testing.T) {
	if err := shadowError(0, true); err != nil {
		t.Error(err)
	}
	if err := shadowError(1, true); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	for _, returned := range []uint64{0, 13, 99} {
		var e *Error
		if err := shadowError(returned, returned != 0); !errors.As(err, &e) || e.Code != 0x80042302 {
			t.Error(returned, err)
		}
	}
	if id, err := shadowID("0f0e0d0c-0b0a-0908-0706-050403020100"); id != "{0F0E0D0C-0B0A-0908-0706-050403020100}" || err != nil {
		t.Error(id, err)
	}
	if _, err := shadowID(`x' OR ID<>'`); err == nil {
		t.Error("anything gets into a query")
	}
}

func TestEventTime(t *testing.T) {
	const text = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><TimeCreated SystemTime='2024-01-09T10:30:00.1234567Z'/></System></Event>`
	if got := eventTime(text).Format(time.RFC3339Nano); got != "2024-01-09T10:30:00.1234567Z" {
		t.Error(got)
	}
	for _, bad := range []string{"", "<Event>", `<Event><System><TimeCreated SystemTime='yesterday'/></System></Event>`} {
		if got := eventTime(bad); !got.IsZero() {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

func TestPageIsOldestFirstAndSaysWhatItLeftOut(t *testing.T) {
	if p := page([]string{"c", "b", "a"}, 0, wanted(2)); !reflect.DeepEqual(p, EventPage{Events: []string{"b", "c"}, Cut: true}) {
		t.Errorf("%+v", p)
	}
	if p := page([]string{"b", "a"}, 0, wanted(2)); !reflect.DeepEqual(p, EventPage{Events: []string{"a", "b"}}) {
		t.Errorf("%+v", p)
	}
	if wanted(0) != maxEvents+1 || wanted(-5) != maxEvents+1 || wanted(maxEvents+7) != maxEvents+1 {
		t.Error("all events have no bound")
	}
}

func TestAppControl(t *testing.T) {
	const kernel, user = "CodeIntegrityPolicyEnforcementStatus", "UsermodeCodeIntegrityPolicyEnforcementStatus"
	told := row{kernel: int32(2), user: int32(1)}
	askedFor(t, askAppControl, told)
	if got, err := appControl([]row{told}); err != nil || got != (AppControlInfo{Kernel: 2, User: 1}) {
		t.Errorf("%+v %v", got, err)
	}
	for _, rows := range [][]row{nil, {{kernel: int32(2), user: nil}}} {
		if got, err := appControl(rows); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %+v %v", rows, got, err)
		}
	}
}

func TestWorkersAmongPrograms(t *testing.T) {
	got := workersAmong([]string{"TiWorker.exe", "TrustedInstaller.exe", "MoUsoCoreWorker.exe", "svchost.exe", "Dism.exe", "DISM.EXE", "msiexec.exe"})
	if !slices.Equal(got, []string{"dism.exe", "tiworker.exe"}) {
		t.Error(got)
	}
}

// What the update itself says counts, not the list; only a download that succeeded, or had
// nothing to do, is followed by an installation.
func TestWorkEnd(t *testing.T) {
	whole := row{"ResultCode": int32(3), "HResult": int32(0), "RebootRequired": false}
	one := row{"ResultCode": int32(4), "HResult": int32(-2147023293), "RebootRequired": true} // 0x80070643
	haveAll(t, resultNames, whole, one)
	if got := workEnd(whole, one); got != (InstallResult{Result: 4, HResult: 0x80070643, Restart: true}) {
		t.Errorf("%+v", got)
	}
	if got := workEnd(whole, row{}); got != (InstallResult{Result: 3}) {
		t.Errorf("%+v", got)
	}
	for result, want := range map[int32]bool{0: false, 1: false, 2: true, 3: false, 4: false, 5: false} {
		r := InstallResult{Result: result}
		if r.downloaded(row{}) != want || !r.downloaded(row{"IsDownloaded": true}) {
			t.Error(result)
		}
	}
}

// A file of Microsoft ends at one of two roots, and each is asked for by itself.
func TestRootIsMicrosofts(t *testing.T) {
	const untrusted = 0x800b0109 // CERT_E_UNTRUSTEDROOT
	broken := errors.New("no chain")
	for name, c := range map[string]struct {
		status map[uint32]uint32
		err    error
		want   bool
	}{
		"products":     {status: map[uint32]uint32{0: 0, 0x20000: untrusted}, want: true},
		"applications": {status: map[uint32]uint32{0: untrusted, 0x20000: 0}, want: true},
		"neither":      {status: map[uint32]uint32{0: untrusted, 0x20000: untrusted}},
		"not asked":    {err: broken},
	} {
		got, err := rootIsMicrosofts(func(flags uint32) (uint32, error) { return c.status[flags], c.err })
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// One event that cannot be rendered is counted; the others are given. A Windows that cannot
// render at all says so.
func TestEventsThatCannotBeRendered(t *testing.T) {
	all := []string{"c", "", "a"}
	render := func(e string) (string, error) {
		if e == "" {
			return "", syscall.Errno(errMoreData)
		}
		return e, nil
	}
	texts, unread, err := rendered(all, render)
	if err != nil || unread != 1 || !slices.Equal(texts, []string{"c", "a"}) {
		t.Errorf("%v %d %v", texts, unread, err)
	}
	if p := page(texts, unread, wanted(2)); !reflect.DeepEqual(p, EventPage{Events: []string{"a", "c"}, Cut: true, Unread: 1}) {
		t.Errorf("%+v", p)
	}
	if _, _, err := rendered(all, func(string) (string, error) { return "", syscall.Errno(errNotImpl) }); err == nil {
		t.Error("a Windows without the function rendered nothing and said so to nobody")
	}
}
