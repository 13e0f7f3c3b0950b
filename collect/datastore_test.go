package collect

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"updoc/format/ese"
	"updoc/format/evtx"
	"updoc/format/reportingevents"
	"updoc/model"
)

// row is a row of tbHistory.
type row struct {
	at               time.Time
	title, id        string
	mapped, unmapped uint32
	store            bool
}

func storedGUID(t *testing.T, id string) []byte {
	t.Helper()
	b := make([]byte, 0, 16)
	for i, digits := range []string{id[0:8], id[9:13], id[14:18], id[19:23], id[24:]} {
		part := unhex(t, digits)
		if i < 3 {
			slices.Reverse(part)
		}
		b = append(b, part...)
	}
	return b
}

func unhex(t *testing.T, digits string) []byte {
	t.Helper()
	var b []byte
	for i := 0; i+1 < len(digits); i += 2 {
		n, ok := hexCode("0x" + digits[i:i+2])
		if !ok {
			t.Fatalf("%q", digits)
		}
		b = append(b, byte(n))
	}
	return b
}

func column(name string, id, kind, size int) ese.Column {
	return ese.Column{Name: name, ID: id, Type: kind, Size: size}
}

func idWithRevision(t *testing.T, id string) []byte {
	return binary.LittleEndian.AppendUint32(storedGUID(t, id), 200)
}

func tbHistory(t *testing.T, rows ...row) ese.NewTable {
	t.Helper()
	table := ese.NewTable{Name: "tbHistory", Columns: []ese.Column{
		column("IdEvent", 1, ese.TypeInt, 4), column("Status", 2, ese.TypeInt, 4), column("MappedResult", 3, ese.TypeInt, 4),
		column("UnmappedResult", 4, ese.TypeInt, 4), column("UpdateId", 5, ese.TypeBinary, 20), column("ServerId", 6, ese.TypeBinary, 16),
		column("Date", 7, ese.TypeDate, 8), column("Flags", 8, ese.TypeInt, 4),
		column("ClientId", 256, ese.TypeLongText, 0), column("Title", 257, ese.TypeLongText, 0)}}
	for i, r := range rows {
		server := "9482f4b4-e343-43b6-b170-9a65bc822c77"
		if r.store {
			server = storeService
		}
		table.Rows = append(table.Rows, []any{int64(i + 1), int64(2), int64(int32(r.mapped)), int64(int32(r.unmapped)),
			idWithRevision(t, r.id), storedGUID(t, server), r.at, int64(i), "UpdateOrchestrator", r.title})
	}
	return table
}

func (f *fake) putDataStore(t *testing.T, opts ese.WriteOptions, tables ...ese.NewTable) []byte {
	t.Helper()
	b, err := ese.Write(opts, tables...)
	if err != nil {
		t.Fatal(err)
	}
	f.put(dataStorePath, b)
	return b
}

func history(t *testing.T, src *fake, rows ...row) []model.Attempt {
	t.Helper()
	src.putDataStore(t, ese.WriteOptions{}, tbHistory(t, rows...))
	return look(t, src).Attempts.Items
}

// A row that repeats what the events say is no second attempt; what it knows of the
// installer stands behind the wrapper.
func TestRowRepeatsEvents(t *testing.T) {
	events, lines := winreAttempt(at("03:00:00"))
	src := withSystem(t, events...)
	src.putReporting(lines...)
	a := history(t, src, row{at("03:01:36"), winreTitle, winreID, 0x80070643, 0x80070643, false})
	if len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "0x800f0828" || a[0].Stage != model.StageInstall || len(a[0].Records) != 9 {
		t.Fatalf("%+v", a)
	}
	src = withSystem(t, events[0], events[1], events[3])
	a = history(t, src, row{at("03:01:36"), winreTitle, winreID, 0x80070643, 0x800f0828, false})
	if len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "0x800f0828" || a[0].Inner.Artifact != "datastore" || a[0].Inner.Record != 1 ||
		a[0].Inner.Key != "tbHistory:UnmappedResult" {
		t.Errorf("unmapped: %+v", a)
	}
}

// The code of the installer is told as Win32 error too; success and the wrapper are
// nothing behind it.
func TestUnmapped(t *testing.T) {
	for raw, want := range map[uint32]string{1612: "0x8007064c", 0x800f0828: "0x800f0828", 0: "", 1603: "", 3010: "", 0x80070643: "", 0x00240005: ""} {
		a := history(t, newFake(softwareKeys(), systemKeys()), row{at("03:01:36"), winreTitle, winreID, 0x80070643, raw, false})
		if len(a) != 1 || a[0].InnerCode != want || a[0].Code != "0x80070643" || a[0].Outcome != model.AttemptFailed {
			t.Errorf("%d: %+v, want %q", raw, a, want)
		}
	}
}

// The database alone: every row is an attempt, one that healed is followed by its
// success, apps of the Store are kept apart, and the stage is that of the code.
func TestOnlyTheDatabaseKnows(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "Office Update (KB5002467)"
	a := history(t, newFake(softwareKeys(), systemKeys()),
		row{at("01:00:00"), title, id, 0x80240034, 0, false},
		row{at("02:00:00"), title, id, 0x80070643, 0, false},
		row{at("03:00:00"), title, id, 0x00240005, 0, false},
		row{at("04:00:00"), title, id, 0, 0, false},
		row{at("05:00:00"), "Photos", "44444444-0000-4000-8000-000000001234", 0x80073d02, 0, true},
		row{at("06:00:00"), winreTitle, winreID, callCancelled, 0, false})
	var got []string
	for _, x := range a {
		got = append(got, x.KB+" "+x.Stage+" "+x.Outcome)
	}
	want := []string{"KB5002467 download failed", "KB5002467 install failed", "KB5002467 commit installed", " install failed", "KB5034441 install cancelled"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(a) == 5 && (!a[3].Store || a[0].Store || a[1].Revision != 200 || a[1].Client != "UpdateOrchestrator" || a[1].UpdateID != id) {
		t.Errorf("%+v", a)
	}
}

// What Settings calls a download error is a failed installation if it was downloaded
// and its installation began; and the other way round. The row says neither.
func TestStageComesFromTheEvents(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "2024-01 Update (KB5034122)"
	r := row{at("04:30:00"), title, id, 0x80070643, 0, false}
	for _, c := range []struct {
		name   string
		events []evtx.Event
		stage  string
	}{
		{"downloaded, begun, failed", []evtx.Event{update(44, at("04:00:00"), title, id, 0), update(41, at("04:05:00"), title, id, 0),
			update(43, at("04:06:00"), title, id, 0), update(20, at("04:30:01"), title, id, 0x80070643)}, model.StageInstall},
		{"the end is lost", []evtx.Event{update(44, at("04:00:00"), title, id, 0), update(41, at("04:05:00"), title, id, 0),
			update(43, at("04:06:00"), title, id, 0)}, model.StageInstall},
		{"downloaded, the rest is lost", []evtx.Event{update(44, at("04:00:00"), title, id, 0), update(41, at("04:05:00"), title, id, 0)}, model.StageInstall},
		{"download failed after the row", []evtx.Event{update(44, at("04:00:00"), title, id, 0), update(31, at("04:30:02"), title, id, 0x80246007)}, model.StageDownload},
		{"only begun to download", []evtx.Event{update(44, at("04:00:00"), title, id, 0)}, model.StageDownload},
	} {
		a := history(t, withSystem(t, c.events...), r)
		if len(a) != 1 || a[0].Stage != c.stage || a[0].Outcome != model.AttemptFailed {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// Clocks: the lines of ReportingEvents.log carry their own distance, events are UTC,
// the database may be either. None of them makes two attempts of one, and a second try
// stays a second one.
func TestClocks(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "2024-01 Update (KB5034122)"
	events := []evtx.Event{update(43, at("15:00:00"), title, id, 0), update(20, at("15:30:00"), title, id, 0x80070643)}
	lines := []reportingevents.Event{line(at("15:30:02"), 182, reportingevents.InstallingFailed, title, id, 0x80070643)}
	for name, when := range map[string]time.Time{"utc": at("15:30:01"), "local": at("15:30:01").Add(9 * time.Hour)} {
		src := withSystem(t, events...)
		src.putReporting(lines...)
		a := history(t, src, row{when, title, id, 0x80070643, 0x80070bc2, false})
		if len(a) != 1 || a[0].InnerCode != "0x80070bc2" || !a[0].End.Equal(at("15:30:00")) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	src := withSystem(t, events...)
	src.putReporting(lines...)
	a := history(t, src, row{at("15:30:01"), title, id, 0x80070643, 0, false}, row{at("18:00:00"), title, id, 0x80070643, 0, false})
	if len(a) != 2 || !a[1].End.Equal(at("18:00:00")) {
		t.Errorf("second try: %+v", a)
	}
}

// Summer time: a local date is read by the rule of its own day.
func TestSummerTime(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "2023-07 Update (KB5028166)"
	july := time.Date(2023, 7, 12, 10, 0, 0, 0, time.UTC)
	system := systemKeys()
	system.Key(`ControlSet001\Control\TimeZoneInformation`).SetString("TimeZoneKeyName", "W. Europe Standard Time").
		SetDword("Bias", 0xffffffc4).SetDword("DaylightBias", 0xffffffc4).
		SetBinary("DaylightStart", []byte{0, 0, 3, 0, 5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}).
		SetBinary("StandardStart", []byte{0, 0, 10, 0, 5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	src := newFake(softwareKeys(), system)
	src.putLog(t, systemLog, update(20, july, title, id, 0x80070643))
	if a := history(t, src, row{july.Add(2 * time.Hour), title, id, 0x80070643, 0, false}); len(a) != 1 {
		t.Errorf("two hours ahead in July: %+v", a)
	}
	if a := history(t, src, row{july.Add(time.Hour), title, id, 0x80070643, 0, false}); len(a) != 2 {
		t.Errorf("an hour ahead is no clock of that day: %+v", a)
	}
}

// A clock that was set between the event and the row.
func TestClockChangedBetween(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "2024-01 Update (KB5034122)"
	jump := ev(kernelGeneral, 1, at("06:00:00"), filetime("NewTime", at("06:00:00")), filetime("OldTime", at("01:00:10")))
	src := withSystem(t, update(43, at("00:50:00"), title, id, 0), update(20, at("01:00:00"), title, id, 0x80070643), jump)
	if a := history(t, src, row{at("05:59:52"), title, id, 0x80070643, 0, false}); len(a) != 1 || a[0].Outcome != model.AttemptFailed {
		t.Errorf("%+v", a)
	}
	if a := history(t, src, row{at("04:00:00"), title, id, 0x80070643, 0, false}); len(a) != 2 {
		t.Errorf("no clock showed that: %+v", a)
	}
}

// States: clean and dirty are both normal; what cannot be trusted is damaged; what
// was not copied is unseen.
func TestDatabaseStates(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	m := look(t, src)
	wantUnseen(t, "nothing copied", m.Agent.DataStore, model.ReasonAbsent)
	want(t, "catroot2 of a disk whose System32 is there", m.Agent.Catroot2, "missing")
	wantUnseen(t, "queue", m.Agent.Queue, model.ReasonAbsent)

	src.put("Windows/SoftwareDistribution/x", nil)
	src.put("Windows/System32/catroot2/edb.chk", nil)
	src.put("ProgramData/Microsoft/Network/Downloader/x", nil)
	m = look(t, src)
	want(t, "DataStore", m.Agent.DataStore, "missing")
	want(t, "catroot2", m.Agent.Catroot2, "missing")
	want(t, "queue", m.Agent.Queue, "missing")

	b := src.putDataStore(t, ese.WriteOptions{Dirty: true}, tbHistory(t, row{at("01:00:00"), "A (KB5034122)", winreID, 0, 0, false}))
	src.put("Windows/System32/catroot2/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/catdb", slices.Clone(b))
	src.put("ProgramData/Microsoft/Network/Downloader/qmgr0.dat", []byte{1})
	m = look(t, src)
	want(t, "DataStore", m.Agent.DataStore, "dirty")
	want(t, "catroot2", m.Agent.Catroot2, "dirty")
	want(t, "older queue", m.Agent.Queue, "clean")
	if m.Attempts.Coverage.Covers(at("02:00:00")) || !m.Attempts.Coverage.Covers(at("01:00:00")) {
		t.Errorf("newest rows may lack: %+v", m.Attempts.Coverage)
	}

	b[100], b[4096+100] = ^b[100], ^b[4096+100]
	src.put("Windows/System32/catroot2/{127D0A1D-4EF2-11D1-8608-00C04FC295EE}/catdb", b)
	src.put("ProgramData/Microsoft/Network/Downloader/qmgr.db", make([]byte, 8192))
	src.put(dataStorePath, b)
	m = look(t, src)
	want(t, "DataStore", m.Agent.DataStore, "damaged")
	want(t, "one of two", m.Agent.Catroot2, "damaged")
	want(t, "zeros", m.Agent.Queue, "damaged")

	src.put(dataStorePath, failing)
	wantUnseen(t, "the medium", look(t, src).Agent.DataStore, model.ReasonDamaged)
}

// A torn page of a database that was closed is damage; the logs of one that was not
// would put it right.
func TestTornPage(t *testing.T) {
	var rows []row
	for i := range 200 {
		rows = append(rows, row{at("01:00:00").Add(time.Duration(i) * 20 * time.Minute), "A (KB5034122)", winreID, 0, 0, false})
	}
	for dirty, state := range map[bool]string{true: "dirty", false: "damaged"} {
		src := newFake(softwareKeys(), systemKeys())
		b := src.putDataStore(t, ese.WriteOptions{Dirty: dirty}, tbHistory(t, rows...))
		b[len(b)-4*4096+700] ^= 0xff
		m := look(t, src)
		want(t, "state", m.Agent.DataStore, state)
		if n := len(m.Attempts.Items); n == 0 || n == 200 || m.Attempts.Coverage.Covers(at("02:00:00")) {
			t.Errorf("%d attempts, %+v", n, m.Attempts.Coverage)
		}
	}
}

// Hidden updates are told by KB where the database knows it.
func TestHidden(t *testing.T) {
	ids := []string{"11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002", "33333333-0000-4000-8000-000000000003"}
	hidden := func(b []byte) ese.NewTable {
		return ese.NewTable{Name: "tbHiddenUpdates", Rows: [][]any{{int64(1), b}},
			Columns: []ese.Column{column("Id", 1, ese.TypeInt, 4), column("UpdateIds", 256, ese.TypeLongBinary, 0)}}
	}
	updates := ese.NewTable{Name: "tbUpdates", Rows: [][]any{{int64(7), idWithRevision(t, ids[0]), "5034441"}, {int64(8), idWithRevision(t, ids[1]), nil}},
		Columns: []ese.Column{column("IdLocal", 1, ese.TypeInt, 4), column("UpdateId", 2, ese.TypeBinary, 20), column("KBArticleIds", 272, ese.TypeLongText, 0)}}
	titles := ese.NewTable{Name: "tbUpdateLocalizedProps", Rows: [][]any{{int64(8), "Driver (KB5012170)"}},
		Columns: []ese.Column{column("IdLocal", 4, ese.TypeInt, 4), column("Title", 256, ese.TypeLongText, 0)}}
	titles.Columns[0].ID = 1
	src := newFake(softwareKeys(), systemKeys())
	src.putDataStore(t, ese.WriteOptions{}, tbHistory(t), hidden(slices.Concat(idWithRevision(t, ids[0]), idWithRevision(t, ids[1]), idWithRevision(t, ids[2]))), updates, titles)
	h := look(t, src).Agent.Hidden
	if !h.Coverage.Complete || !slices.Equal(h.Items, []string{"KB5034441", "KB5012170", ids[2]}) {
		t.Errorf("%+v", h)
	}
	src.putDataStore(t, ese.WriteOptions{}, tbHistory(t), hidden(slices.Concat(storedGUID(t, ids[0]), storedGUID(t, ids[2]))))
	if h := look(t, src).Agent.Hidden; !slices.Equal(h.Items, []string{ids[0], ids[2]}) {
		t.Errorf("without revisions: %+v", h)
	}
	src.putDataStore(t, ese.WriteOptions{}, tbHistory(t), hidden([]byte{1, 2, 3}))
	if h := look(t, src).Agent.Hidden; h.Coverage.Complete || len(h.Items) != 0 {
		t.Errorf("no ids: %+v", h)
	}
	src.putDataStore(t, ese.WriteOptions{}, tbHistory(t))
	if h := look(t, src).Agent.Hidden; h.Coverage.Complete || h.Coverage.Reason().Reason != model.ReasonAbsent {
		t.Errorf("no table: %+v", h)
	}
}

func msiRecord(id uint32, when time.Time, values ...string) evtx.Event {
	e := evtx.Event{Provider: msiInstaller, EventID: id, Time: when, Level: 4, Channel: applicationLog}
	for _, v := range values {
		e.Data = append(e.Data, evtx.Item{Type: evtx.TypeString, Value: v})
	}
	return e
}

// Windows Installer's result is the code behind the wrapper of the update that was
// being installed: by KB, or by name. Its level says nothing, and another program's
// failure explains nothing.
func TestInstallerBehindTheWrapper(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "Security Update for Microsoft Office 2016 (KB5002467)"
	failed := []evtx.Event{update(43, at("03:00:00"), title, id, 0), update(20, at("03:05:00"), title, id, 0x80070643)}
	for name, c := range map[string]struct {
		event evtx.Event
		inner string
	}{
		"by KB":          {msiRecord(1024, at("03:04:00"), "Word", "Security Update for Word (KB5002467)", "1612", ""), "0x8007064c"},
		"by name":        {msiRecord(1033, at("03:04:00"), "Microsoft Office Standard", "16.0", "1041", "1612", "Microsoft"), "0x8007064c"},
		"patch":          {msiRecord(1036, at("03:04:00"), "Office", "16.0", "1041", "Fix", "1642", "Microsoft"), "0x8007066a"},
		"other program":  {msiRecord(1033, at("03:04:00"), "Photo Studio", "1.0", "1041", "1612", "Example"), ""},
		"another time":   {msiRecord(1033, at("05:04:00"), "Microsoft Office", "16.0", "1041", "1612", "Microsoft"), ""},
		"wrapper":        {msiRecord(1033, at("03:04:00"), "Microsoft Office", "16.0", "1041", "1603", "Microsoft"), ""},
		"success":        {msiRecord(1033, at("03:04:00"), "Microsoft Office", "16.0", "1041", "0", "Microsoft"), ""},
		"no number":      {msiRecord(1033, at("03:04:00"), "Microsoft Office", "16.0", "1041", "x", "Microsoft"), ""},
		"too few values": {msiRecord(1033, at("03:04:00"), "Microsoft Office"), ""},
	} {
		src := withSystem(t, failed...)
		src.putLog(t, applicationLog, c.event)
		if a := look(t, src).Attempts.Items; len(a) != 1 || a[0].InnerCode != c.inner {
			t.Errorf("%s: %+v, want %q", name, a, c.inner)
		}
	}
}
