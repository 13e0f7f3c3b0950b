package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"updoc/format/cbs"
	"updoc/format/evtx"
	"updoc/format/regf"
)

// countRecords decodes a log fully.
func countRecords(t *testing.T, log []byte) evtx.Info {
	t.Helper()
	l, err := evtx.Open(bytes.NewReader(log), int64(len(log)))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Records(context.Background(), nil, func(*evtx.Record) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return l.Info()
}

// TestLogs makes a log of every shape, enlarges it, and spoils it: no record may be
// lost or counted as a copy before it is spoilt, and few after.
func TestLogs(t *testing.T) {
	for _, s := range shapes() {
		path := filepath.Join(t.TempDir(), "x.evtx")
		if err := makeLog(path, s, 200<<10); err != nil {
			t.Fatal(err)
		}
		small, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		one := countRecords(t, small)
		if one.Records < 200 || one.DamagedChunks != 0 {
			t.Errorf("%s: made %d records, %d damaged chunks", s.name, one.Records, one.DamagedChunks)
		}
		large := enlargeLog(small, 3*len(small)-2*evtxHeader)
		all := countRecords(t, large)
		if all.Records != 3*one.Records || all.DuplicateRecords != 0 || all.DamagedChunks != 0 || all.Dirty || len(all.Problems) > 0 {
			t.Errorf("%s: enlarged from %d records to %+v", s.name, one.Records, all)
		}
		spoil(large)
		bad := countRecords(t, large)
		if !bad.Dirty || bad.BadHeaderCRC == 0 || bad.BadRecordsCRC == 0 || bad.Recovered == 0 || bad.Records >= all.Records || bad.Records < all.Records*9/10 {
			t.Errorf("%s: spoilt from %d records to %+v", s.name, all.Records, bad)
		}
	}
	if enlargeLog(make([]byte, evtxHeader+evtxChunk), 1<<20) != nil {
		t.Error("a log without a sound chunk was enlarged")
	}
}

func TestGrowHive(t *testing.T) {
	for _, kind := range hiveKinds() {
		kind.size = 6 << 20
		hive, pieces := growHive(regf.NewRoot("ROOT"), kind)
		if len(hive) < kind.size*99/100 || len(hive) > kind.size*102/100 {
			t.Errorf("%s: %d bytes, want %d", kind.name, len(hive), kind.size)
		}
		h, err := regf.Open(bytes.NewReader(hive), int64(len(hive)))
		if err != nil {
			t.Fatal(err)
		}
		keys, values, err := h.Count(context.Background())
		if info := h.Info(); err != nil || keys < pieces || values < pieces || info.Dirty || len(info.Problems) > 0 {
			t.Errorf("%s: %d pieces gave %d keys and %d values, error %v, problems %v", kind.name, pieces, keys, values, err, info.Problems)
		}
	}
}

func TestDirtyHive(t *testing.T) {
	b := &bench{work: t.TempDir()}
	kind := hiveKinds()[1]
	kind.size = 2 << 20
	root := regf.NewRoot("ROOT")
	_, pieces := growHive(root, kind)
	f, err := b.dirtyHive(root, pieces, kind)
	if err != nil {
		t.Fatal(err)
	}
	var logs []regf.Log
	for _, path := range f.logs {
		log, err := os.ReadFile(path)
		if err != nil || len(log) < 4096 {
			t.Fatalf("log of %d bytes, error %v", len(log), err)
		}
		logs = append(logs, regf.Log{Name: path, R: bytes.NewReader(log), Size: int64(len(log))})
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.Open(bytes.NewReader(data), int64(len(data)), logs...)
	if err != nil || !h.Info().Dirty || !h.Info().Recovered {
		t.Errorf("error %v, %+v", err, h.Info())
	}
}

func TestCBSLines(t *testing.T) {
	const size = 1 << 20
	text := cbsLines(size, epoch)
	log, err := cbs.Read(context.Background(), bytes.NewReader(text), cbs.Options{})
	if err != nil || len(text) < size || len(text) > size*11/10 {
		t.Fatalf("%d bytes, error %v", len(text), err)
	}
	failing := log.HRESULTs[0x800f080d]
	if log.Stamped != log.Lines || log.SessionCount < 10 || failing < log.Lines/200 || failing > log.Lines/50 {
		t.Errorf("%d lines, %d stamped, %d sessions, %d failing codes", log.Lines, log.Stamped, log.SessionCount, failing)
	}
}

// TestCopyData copies part of a file that has a hole.
func TestCopyData(t *testing.T) {
	const hole = 4 << 20
	dir := t.TempDir()
	in, err := os.Create(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, err1 := in.WriteAt([]byte("not wanted, wanted"), 0)
	_, err2 := in.WriteAt([]byte("end"), hole)
	if err := errors.Join(err1, err2, copyData(out, in, 12, hole+2, 100)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out)
	want := make([]byte, 100+hole+2)
	copy(want[112:], "wanted")
	copy(want[100+hole:], "en")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes instead of %d, error %v", len(got), len(want), err)
	}
}

func TestMedianCost(t *testing.T) {
	runs := []cost{
		{usage: usage{CPU: 5 * time.Second, Wall: 9 * time.Second, RSS: 1}},
		{usage: usage{CPU: 1 * time.Second, Wall: 7 * time.Second, RSS: 3}},
		{usage: usage{CPU: 2 * time.Second, Wall: 8 * time.Second, RSS: 2}},
	}
	m := medianCost(runs)
	if m.CPU != 2*time.Second || m.Wall != 7*time.Second || m.RSS != 2 {
		t.Errorf("%+v", m)
	}
	if m := medianCost(runs[:2]); m.CPU != 3*time.Second {
		t.Errorf("median of two: %v", m.CPU)
	}
}

func TestExitCode(t *testing.T) {
	met, missed := row{value: 2, target: 1, atLeast: true}, row{value: 2, target: 1}
	info, skipped := row{value: 2}, row{skipped: "needs x", target: 1}
	for want, rows := range map[int][]row{0: {met, info}, 1: {met, missed, skipped}, 2: {met, skipped}} {
		if got := (&table{rows: rows}).exitCode(); got != want {
			t.Errorf("%v: %d, want %d", rows, got, want)
		}
	}
}
