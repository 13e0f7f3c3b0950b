package casekit

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"updoc/format/evtx"
)

// records are all events of the PC, by time.
func (w *world) records() []record {
	var list []record
	for _, more := range [][]record{w.bootEvents(), w.updateEvents(), w.clockEvents(), w.diskEvents(), w.noiseEvents(), w.toldEvents()} {
		list = append(list, more...)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].at.Before(list[j].at) })
	return list
}

// eventLogs returns the event logs by file name. Record ids count from an arbitrary
// number when a log has lost its beginning.
func (w *world) eventLogs() (map[string][]byte, error) {
	logs := map[string][]evtx.Event{}
	for log := range logFiles() {
		logs[log] = nil
	}
	lost := map[string]uint64{}
	for _, r := range w.records() {
		switch {
		case r.at.After(w.now):
		case r.at.Before(w.Logs[r.log].from(w)):
			lost[r.log]++
		default:
			logs[r.log] = append(logs[r.log], w.event(r))
		}
	}
	files := map[string][]byte{}
	for log := range logs {
		if w.Logs[log].Missing == On {
			continue
		}
		if len(logs[log]) > 0 && lost[log] > 0 {
			logs[log][0].RecordID = lost[log] + 1
		}
		b, err := evtx.Build(logs[log], evtx.Options{Slots: 2})
		if err != nil {
			return nil, fmt.Errorf("event log %s: %w", log, err)
		}
		if w.Logs[log].Damaged == On {
			overwrite(b, 4096+0x6000, 4096+0x8000) // in the middle of the first chunk
		}
		files[logFile(log)] = b
	}
	return files, nil
}

// overwrite destroys the bytes from one place to another, as far as there are any.
func overwrite(b []byte, from, to int) {
	for i := from; i < to && i < len(b); i++ {
		b[i] = 0xaa
	}
}

// event turns a record into an event of the log writer.
func (w *world) event(r record) evtx.Event {
	guid, _ := evtx.ParseGUID(or(r.guid, guidOf(r.source)))
	e := evtx.Event{
		Provider: string(r.source), ProviderGUID: guid, EventID: uint32(r.id), Qualifiers: uint16(r.classic), Version: uint8(r.version),
		Level: uint8(r.level), Task: uint16(r.task), Opcode: uint8(r.opcode), Keywords: r.keywords, Time: r.at, ProcessID: r.process,
		Channel: channel(r.log), Computer: w.Name, UserSID: r.user, Binary: r.binary, UserData: r.wrap,
	}
	if r.process != 0 {
		e.ThreadID = r.process + 44
	}
	if r.source == byServices {
		e.Source = string(byServices)
	}
	if r.wrap != "" {
		e.UserDataNS = "http://manifests.microsoft.com/win/2004/08/windows/setup_provider"
	}
	for _, f := range r.data {
		e.Data = append(e.Data, item(f))
	}
	return e
}

// item writes a value the way the log writer reads it.
func item(f field) evtx.Item {
	i := evtx.Item{Name: f.name}
	switch v := f.value.(type) {
	case string:
		i.Type, i.Value = evtx.TypeString, v
	case bool:
		i.Type, i.Value = evtx.TypeBool, strconv.FormatBool(v)
	case uint32:
		i.Type, i.Value = evtx.TypeUint32, strconv.FormatUint(uint64(v), 10)
	case int32:
		i.Type, i.Value = evtx.TypeInt32, strconv.FormatInt(int64(v), 10)
	case int64:
		i.Type, i.Value = evtx.TypeInt64, strconv.FormatInt(v, 10)
	case hexNumber:
		i.Type, i.Value = evtx.TypeHex32, fmt.Sprintf("%#x", uint32(v))
	case guidText:
		i.Type, i.Value = evtx.TypeGUID, braced(strings.ToUpper(string(v)))
	case time.Time:
		i.Type, i.Value = evtx.TypeFiletime, v.UTC().Format("2006-01-02T15:04:05.0000000Z")
	case typed:
		i.Type, i.Value = v.kind, v.text
	}
	return i
}
