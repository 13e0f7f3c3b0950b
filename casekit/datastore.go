package casekit

import (
	"encoding/binary"
	"slices"
	"time"

	"updoc/format/ese"
)

// Places of the databases of the agent and the services it needs.
const (
	dataStorePath = `Windows\SoftwareDistribution\DataStore\DataStore.edb`
	queuePath     = `ProgramData\Microsoft\Network\Downloader\qmgr.db`
	catalogPath   = `Windows\System32\catroot2\`
)

// catalogGUIDs name the two databases of the catalogue service.
var catalogGUIDs = []string{"{F750E6C3-38EE-11D1-85E5-00C04FC295EE}", "{127D0A1D-4EF2-11D1-8608-00C04FC295EE}"}

// addDatabases puts DataStore.edb with the history of updates in place, and the
// databases of the catalogue service and of the background transfer, which hold
// nothing here.
func (w *world) addDatabases(v *volume) error {
	if err := w.database(v, "DataStore", dataStorePath, w.dataStore()...); err != nil {
		return err
	}
	empty := ese.NewTable{Name: "HashCatNameTable", Columns: []ese.Column{intColumn("Id", 1)}}
	for _, guid := range catalogGUIDs {
		if err := w.database(v, "Catroot2", catalogPath+guid+`\catdb`, empty); err != nil {
			return err
		}
	}
	return w.database(v, "Queue", queuePath, ese.NewTable{Name: "Jobs", Columns: []ese.Column{intColumn("Id", 1)}})
}

// database writes one database in the state its log has in the text.
func (w *world) database(v *volume, log, path string, tables ...ese.NewTable) error {
	state := w.Logs[log]
	if state.Missing == On {
		return nil
	}
	b, err := ese.Write(ese.WriteOptions{Dirty: state.Dirty == On, Time: w.since}, tables...)
	if err != nil {
		return err
	}
	if state.Damaged == On { // the header and its copy
		overwrite(b, 100, 600)
		overwrite(b, 4096+100, 4096+600)
	}
	v.add(path, b).at = w.now
	return nil
}

func intColumn(name string, id int) ese.Column {
	return ese.Column{Name: name, ID: id, Type: ese.TypeInt, Size: 4}
}

func bytesOf(name string, id, size int) ese.Column {
	return ese.Column{Name: name, ID: id, Type: ese.TypeBinary, Size: size}
}

func longText(name string, id int) ese.Column {
	return ese.Column{Name: name, ID: id, Type: ese.TypeLongText}
}

// historyColumns are those of tbHistory. Names and types: artifacts.md §1, after
// third-party notes from 2009 to 2018; no real database was read.
func historyColumns() []ese.Column {
	return []ese.Column{
		intColumn("IdEvent", 1), intColumn("Status", 2), intColumn("ServerSelection", 3), intColumn("MappedResult", 4), intColumn("UnmappedResult", 5),
		bytesOf("UpdateId", 6, 20), bytesOf("ServerId", 7, 16), {Name: "Date", ID: 8, Type: ese.TypeDate, Size: 8}, intColumn("Flags", 9),
		longText("ClientId", 256), longText("Title", 257), longText("Description", 258), longText("SupportUrl", 260),
		longText("Classification", 266),
	}
}

// dataStore are the tables that are read of DataStore.edb. Nothing is hidden.
func (w *world) dataStore() []ese.NewTable {
	return []ese.NewTable{
		{Name: "tbHistory", Columns: historyColumns(), Rows: w.historyRows()},
		{Name: "tbHiddenUpdates", Columns: []ese.Column{intColumn("Id", 1), {Name: "UpdateIds", ID: 256, Type: ese.TypeLongBinary}}},
		{Name: "tbStoreVersion", Columns: []ese.Column{intColumn("VersionMajor", 1), intColumn("VersionMinor", 2)}, Rows: [][]any{{int64(123), int64(0)}}},
	}
}

// historyLimit is how many rows of tbHistory are kept, the newest.
const historyLimit = 500

func (w *world) historyRows() [][]any {
	var rows [][]any
	from := w.Logs["DataStore"].from(w)
	for i := range w.attempts {
		a := &w.attempts[i]
		at, code, told := a.told()
		if !told || a.silent("datastore") || at.Before(from) || at.After(w.now) {
			continue
		}
		rows = append(rows, a.historyRow(len(rows)+1, at, code))
	}
	return rows[max(len(rows)-historyLimit, 0):]
}

// told is when Windows Update noted the result of an attempt, and the result; false
// while there is none.
func (a *attempt) told() (time.Time, Code, bool) {
	switch a.Outcome {
	case outcomeInstalled:
		return a.finished, 0, true
	case outcomePending:
		return a.end, 0x240005, true
	case outcomeFailed:
		return a.finished, a.Code, true
	case outcomeCancelled:
		return a.finished, 0x8024000b, true
	}
	return time.Time{}, 0, false
}

func (a *attempt) historyRow(n int, at time.Time, code Code) []any {
	status := int64(1)
	if code&0x80000000 != 0 {
		status = 2
	}
	inner := Code(0)
	if a.Outcome == outcomeFailed {
		inner = a.Unmapped
	}
	id := binary.LittleEndian.AppendUint32(slices.Clone(guidBytes(a.id)), uint32(a.Revision))
	return []any{int64(n), status, int64(3), int64(int32(code)), int64(int32(inner)), id, guidBytes(a.service()), at, int64(0),
		a.Client, a.title, nil, "https://support.microsoft.com", nil}
}
