package evtx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
)

// ids reads a log and returns the record ids in the order they come, and Info.
func ids(t *testing.T, b []byte) ([]uint64, Info) {
	t.Helper()
	var got []uint64
	info := readAll(t, openBytes(t, b), func(r *Record) { got = append(got, r.RecordID) })
	return got, info
}

// wantIDs checks that got are from…to in order, without those in except.
func wantIDs(t *testing.T, got []uint64, from, to uint64, except ...uint64) {
	t.Helper()
	missing := map[uint64]bool{}
	for _, id := range except {
		missing[id] = true
	}
	i := 0
	for id := from; id <= to; id++ {
		if missing[id] {
			continue
		}
		if i >= len(got) || got[i] != id {
			t.Fatalf("record %d of %d: not found in its place", id, to)
		}
		i++
	}
	if i != len(got) {
		t.Fatalf("%d records more than expected", len(got)-i)
	}
}

// chunkAt returns the i-th chunk of a log for changing.
func chunkAt(b []byte, i int) []byte {
	return b[headerBlockSize+i*chunkSize : headerBlockSize+(i+1)*chunkSize]
}

// recordOffsets returns where the records of a chunk begin.
func recordOffsets(c []byte) []int {
	var offs []int
	for pos := chunkHeaderSize; ; {
		r, ok := recordAt(c, pos)
		if !ok {
			return offs
		}
		offs = append(offs, pos)
		pos = r.end
	}
}

func TestDestroyedFileHeader(t *testing.T) {
	b := build(t, updateEvents(300), Options{})
	clear(b[:headerBlockSize])
	got, info := ids(t, b)
	wantIDs(t, got, 1, 300)
	equal(t, "header present", info.Header.Present, false)
	equal(t, "problems", len(info.Problems), 1)
}

func TestHeaderChecksumAndFlags(t *testing.T) {
	b := build(t, updateEvents(400), Options{Dirty: true, Full: true})
	_, info := ids(t, b)
	equal(t, "dirty", info.Dirty, true)
	equal(t, "full", info.Full, true)
	equal(t, "checksum", info.Header.CRCOK, true)
	equal(t, "records beyond the stale header", info.Records, 400)
	if info.NextRecordID >= 400 || info.Header.ChunkCount != 1 {
		t.Errorf("header of a dirty log is not stale: %+v", info.Header)
	}
	b[24] ^= 1
	_, info = ids(t, b)
	equal(t, "checksum", info.Header.CRCOK, false)
	equal(t, "problems", len(info.Problems), 1)
}

func TestBadRecordsChecksumIsOnlyAFact(t *testing.T) {
	got, info := ids(t, build(t, updateEvents(400), Options{BadCRC: []int{1}}))
	wantIDs(t, got, 1, 400)
	equal(t, "damaged chunks", info.DamagedChunks, 1)
	equal(t, "offset", info.Issues[0].Offset, headerBlockSize+chunkSize)
	equal(t, "damaged records", info.DamagedRecords, 0)
}

func TestTruncatedLastChunk(t *testing.T) {
	b := build(t, updateEvents(400), Options{})
	last := (len(b) - headerBlockSize) / chunkSize
	offs := recordOffsets(chunkAt(b, last-1))
	cut := headerBlockSize + (last-1)*chunkSize + offs[3] + 100
	got, info := ids(t, b[:cut])
	lost := len(offs) - 3
	wantIDs(t, got, 1, uint64(400-lost))
	equal(t, "short chunks", info.ShortChunks, 1)
	equal(t, "missing or damaged", info.MissingRecords+info.DamagedRecords, lost)
}

func TestTruncateOption(t *testing.T) {
	whole := build(t, updateEvents(10), Options{})
	b := build(t, updateEvents(10), Options{TruncateLast: 60000})
	equal(t, "size", len(b), len(whole)-60000)
	_, info := ids(t, b)
	equal(t, "short chunks", info.ShortChunks, 1)
	equal(t, "all accounted for", info.Records+info.DamagedRecords+info.MissingRecords, 10)
}

// TestLostChunkStart destroys the header and the first record, and with it the
// templates: the neighbours lend theirs.
func TestLostChunkStart(t *testing.T) {
	b := build(t, updateEvents(400), Options{Dirty: true})
	c := chunkAt(b, 1)
	offs := recordOffsets(c)
	first := le.Uint64(c[24:])
	clear(c[:offs[8]])
	var lost []uint64
	for i := range uint64(8) {
		lost = append(lost, first+i)
	}
	var got []uint64
	var flats []flat
	info := readAll(t, openBytes(t, b), func(r *Record) { got = append(got, r.RecordID); flats = append(flats, flatRecord(r)) })
	wantIDs(t, got, 1, 400, lost...)
	equal(t, "chunks without magic", info.BadMagic, 1)
	equal(t, "recovered", info.Recovered, len(offs)-8)
	want := flatEvents(updateEvents(400))
	for i, id := range got {
		compareEvents(t, flats[i:i+1], want[id-1:id])
	}
}

func TestLostTemplatesWithoutDonor(t *testing.T) {
	b := build(t, updateEvents(40), Options{})
	c := chunkAt(b, 0)
	offs := recordOffsets(c)
	clear(c[offs[0]+24 : offs[1]-4]) // the frame stays, the outer template goes
	got, info := ids(t, b)
	wantIDs(t, got, 1, 0)
	equal(t, "damaged", info.DamagedRecords, 40)
}

func TestBrokenRecordInTheMiddle(t *testing.T) {
	for name, spoil := range map[string]func(c []byte, pos int){
		"signature": func(c []byte, pos int) { c[pos] = 'x' },
		"size":      func(c []byte, pos int) { le.PutUint32(c[pos+4:], 0xfffffff0) },
		"zeros":     func(c []byte, pos int) { clear(c[pos : pos+24]) },
	} {
		t.Run(name, func(t *testing.T) {
			b := build(t, updateEvents(300), Options{})
			spoil(chunkAt(b, 0), recordOffsets(chunkAt(b, 0))[20])
			got, info := ids(t, b)
			mended := name == "size" // the copy behind the record is still there
			if mended {
				wantIDs(t, got, 1, 300)
			} else {
				wantIDs(t, got, 1, 300, 21)
			}
			equal(t, "damaged", info.DamagedRecords == 0, mended)
			equal(t, "records checksums", info.BadRecordsCRC, 1)
		})
	}
}

// TestRecordOfSizeZero mends a record whose two sizes are both zero.
func TestRecordOfSizeZero(t *testing.T) {
	b := build(t, updateEvents(30), Options{})
	c := chunkAt(b, 0)
	offs := recordOffsets(c)
	le.PutUint32(c[offs[5]+4:], 0)
	le.PutUint32(c[offs[6]-4:], 0)
	got, info := ids(t, b)
	wantIDs(t, got, 1, 30)
	equal(t, "recovered", info.Recovered, 30-5)
}

// TestRemainsOfOlderRecords leaves out what stands behind the free offset,
// unless it continues the numbering: then the header was just not saved yet.
func TestRemainsOfOlderRecords(t *testing.T) {
	b := build(t, updateEvents(30), Options{})
	c := chunkAt(b, 0)
	offs := recordOffsets(c)
	le.PutUint32(c[48:], uint32(offs[20]))
	le.PutUint64(c[32:], 20)
	seal(c)
	got, info := ids(t, b)
	wantIDs(t, got, 1, 30)
	equal(t, "recovered", info.Recovered, 10)
	for _, off := range offs[20:] {
		le.PutUint64(c[off+8:], le.Uint64(c[off+8:])+1000)
	}
	got, _ = ids(t, b)
	wantIDs(t, got, 1, 20)
}

func TestSecondCopyOfAChunk(t *testing.T) {
	b := build(t, updateEvents(300), Options{})
	b = append(b, chunkAt(b, 0)...)
	got, info := ids(t, b)
	wantIDs(t, got, 1, 300)
	equal(t, "duplicates", info.DuplicateRecords, len(recordOffsets(chunkAt(b, 0))))
}

// TestClearedLog keeps records of an older generation with the same ids.
func TestClearedLog(t *testing.T) {
	older := updateEvents(20)
	for i := range older {
		older[i].Time = older[i].Time.AddDate(-1, 0, 0)
	}
	b := append(build(t, updateEvents(20), Options{}), build(t, older, Options{})[headerBlockSize:]...)
	_, info := ids(t, b)
	equal(t, "records", info.Records, 40)
	equal(t, "duplicates", info.DuplicateRecords, 0)
	equal(t, "first", info.First, older[0].Time)
}

// TestChunksOfAnOlderGeneration takes the header of a shorter, closed log.
func TestChunksOfAnOlderGeneration(t *testing.T) {
	b := build(t, updateEvents(400), Options{})
	next := le.Uint64(chunkAt(b, 1)[24:])
	copy(b, build(t, updateEvents(int(next-1)), Options{})[:headerBlockSize])
	info := readAll(t, openBytes(t, b), func(r *Record) {
		equal(t, "stale", r.Stale, r.RecordID >= next)
	})
	equal(t, "records", info.Records, 400)
	equal(t, "stale chunks", info.StaleChunks, info.Chunks-1)
}

// TestChunkOrder reads a wrapped log oldest first.
func TestChunkOrder(t *testing.T) {
	b := build(t, updateEvents(400), Options{})
	a, z := chunkAt(b, 0), chunkAt(b, 2)
	for i := range a {
		a[i], z[i] = z[i], a[i]
	}
	got, _ := ids(t, b)
	wantIDs(t, got, 1, 400)
}

// badMedium gives an error for reads that touch a range.
type badMedium struct {
	*bytes.Reader
	from, to int64
}

var errMedium = errors.New("input/output error")

func (m badMedium) ReadAt(p []byte, off int64) (int, error) {
	if off < m.to && off+int64(len(p)) > m.from {
		return 0, errMedium
	}
	return m.Reader.ReadAt(p, off)
}

func TestUnreadableSector(t *testing.T) {
	b := build(t, updateEvents(400), Options{})
	m := badMedium{bytes.NewReader(b), headerBlockSize + chunkSize + 8192, headerBlockSize + chunkSize + 8704}
	l, err := Open(m, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	info := readAll(t, l, func(*Record) { n++ })
	equal(t, "unreadable chunks", info.Unreadable, 1)
	lost := len(recordOffsets(chunkAt(b, 1)))
	equal(t, "records", n, 400-lost)
}

func TestNotAnEventLog(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": {}, "text": bytes.Repeat([]byte("2024-01-09, Info CBS\r\n"), 9000),
		"zeros": make([]byte, 200000), "short": []byte("ElfFile"),
	} {
		if _, err := Open(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrNotEventLog) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Open(badMedium{bytes.NewReader(nil), 0, 1 << 40}, 1<<20)
	if !errors.Is(err, errMedium) {
		t.Errorf("unreadable file: %v", err)
	}
}

func TestEmptyLog(t *testing.T) {
	got, info := ids(t, build(t, nil, Options{Slots: 3}))
	equal(t, "records", len(got), 0)
	equal(t, "slots", info.Slots, 3)
	equal(t, "chunks", info.Chunks, 0)
	equal(t, "first", info.First.IsZero(), true)
}

func TestStopping(t *testing.T) {
	l := openBytes(t, build(t, updateEvents(400), Options{}))
	n := 0
	err := l.Records(context.Background(), nil, func(*Record) error {
		if n++; n == 5 {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	equal(t, "error", err, io.ErrUnexpectedEOF)
	equal(t, "calls", n, 5)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	equal(t, "error", l.Records(ctx, nil, nil), context.Canceled)
}

// TestWantDecidesOnTheHead checks that the head is right and that rejected
// records are counted but not handed out.
func TestWantDecidesOnTheHead(t *testing.T) {
	events := updateEvents(100)
	l := openBytes(t, build(t, events, Options{}))
	n := 0
	err := l.Records(context.Background(), func(h Head) bool {
		e := events[h.RecordID-1]
		equal(t, "head", h, Head{RecordID: h.RecordID, Offset: h.Offset, Written: e.Time, Time: e.Time,
			Provider: e.Provider, Source: e.Source, EventID: e.EventID, Level: e.Level, Channel: e.Channel})
		return h.Provider == "MsiInstaller"
	}, func(r *Record) error {
		n++
		equal(t, "status", r.At(3), "1603")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "handed out", n, 25)
	equal(t, "counted", l.Info().Records, 100)
}
