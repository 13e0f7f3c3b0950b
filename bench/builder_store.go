package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"time"

	"updoc/format/cab"
	"updoc/format/ese"
)

const (
	historyCount  = 5000 // rows of tbHistory: some two years of a PC that gets definitions six times a day
	storeTexts    = 7000 // rows of what else lies in a DataStore.edb: texts of updates, some 25 MB
	packedCount   = 5
	packedLogSize = 50 << 20
)

// lengthenStore puts older rows in front of the history of DataStore.edb and a large
// table beside it.
func lengthenStore(ctx context.Context, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	db, err := ese.Open(ctx, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	history := db.Table("tbHistory")
	if history == nil {
		return fmt.Errorf("%s: no table tbHistory", path)
	}
	made := ese.NewTable{Name: history.Name, Columns: history.Columns}
	for i := range historyCount {
		made.Rows = append(made.Rows, rowOf(history.Columns, oldHistory(i)))
	}
	err = db.Rows(history, func(r ese.Row) error {
		made.Rows = append(made.Rows, rowOf(history.Columns, r))
		return nil
	})
	if err != nil {
		return err
	}
	large, err := ese.Write(ese.WriteOptions{Time: epoch}, storeTable(), made)
	if err != nil {
		return err
	}
	return os.WriteFile(path, large, 0o600)
}

// rowOf puts the values of a row in the order of the columns.
func rowOf(columns []ese.Column, r ese.Row) []any {
	values := make([]any, 0, len(columns))
	for _, c := range columns {
		values = append(values, r.Get(c.Name))
	}
	return values
}

// oldHistory is an update long ago, mostly of definitions, that went well.
func oldHistory(i int) ese.Row {
	id := binary.LittleEndian.AppendUint64(nil, mix(uint64(i)))
	id = binary.LittleEndian.AppendUint64(id, mix(uint64(i)+1<<42))
	title := fmt.Sprintf("Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.%d.%d.0)", 380+i/300, i%300*7)
	if i%60 == 0 {
		title = fmt.Sprintf("2023-%02d Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (KB%d)", 1+i/60%12, 5010000+i)
	}
	return ese.Row{{Name: "IdEvent", Value: int64(i + 1)}, {Name: "Status", Value: int64(1)}, {Name: "ServerSelection", Value: int64(3)},
		{Name: "MappedResult", Value: int64(0)}, {Name: "UnmappedResult", Value: int64(0)}, {Name: "UpdateId", Value: binary.LittleEndian.AppendUint32(id, 200)},
		{Name: "ServerId", Value: slices.Clone(id[:16])}, {Name: "Date", Value: epoch.Add(time.Duration(i-historyCount) * 4 * time.Hour)}, {Name: "Flags", Value: int64(0)},
		{Name: "ClientId", Value: "UpdateOrchestrator"}, {Name: "Title", Value: title},
		{Name: "Description", Value: "Install this update to revise the files that are used to detect viruses, spyware, and other potentially unwanted software. Once you have installed this item, it cannot be removed."},
		{Name: "SupportUrl", Value: "https://support.microsoft.com"}}
}

// storeTable is what fills a database besides its history.
func storeTable() ese.NewTable {
	t := ese.NewTable{Name: "tbUpdateLocalizedProps", Columns: []ese.Column{{Name: "IdLocal", ID: 1, Type: ese.TypeInt, Size: 4}, {Name: "Xml", ID: 256, Type: ese.TypeLongBinary}}}
	for i := range storeTexts {
		body := make([]byte, 3000+i%700)
		_, _ = noise{uint64(i)}.ReadAt(body, 0) // never fails
		t.Rows = append(t.Rows, []any{int64(i + 1), body})
	}
	return t
}

// packedLogs are older parts of CBS.log, packed as Windows packs them, each with the
// days before the next.
func packedLogs(folder string) error {
	for i := range packedCount {
		end := epoch.AddDate(0, 0, -7*i)
		name := "CbsPersist_" + end.Format("20060102150405")
		packed := cab.Write(name+".log", cbsLines(packedLogSize, end.AddDate(0, 0, -7)), end)
		if err := os.WriteFile(folder+"/"+name+".cab", packed, 0o600); err != nil {
			return err
		}
	}
	return nil
}
