package regf

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

// changed is tree() after a day's work: enough to touch many pages and to grow the hive.
func changed() *BuilderKey {
	root := tree()
	root.Key("Software").Delete("Vendor")
	root.Key(`Software\After`).SetString("state", "new").SetBinary("grow", make([]byte, 300000))
	root.Key(`Many\Key0600`).SetDword("i", 7)
	return root
}

// buildDirtyOld makes a dirty hive with an old-format log.
func buildDirtyOld(before, after *BuilderKey, o BuildOptions) Dirty {
	o = o.filled()
	old, now := Build(before, o), Build(after, o)
	log := logBase(now, typeLogOld, o.Sequence+1)
	bits := make([]byte, (len(now)-baseSize)/sectorSize/8)
	var dirty []byte
	for _, p := range changedPages(old, now) {
		bits[(p-baseSize)/pageSize] = 0xFF
		dirty = append(dirty, now[p:p+pageSize]...)
	}
	log = padTo(append(append(log, "DIRT"...), bits...), sectorSize)
	stamp(old, o.Sequence+1, o.Sequence)
	return Dirty{Hive: old, Log1: append(log, dirty...)}
}

// wantState opens a dirty hive and says whether the new tree is seen, whole.
func wantState(t *testing.T, d Dirty, replayed bool, logs ...Log) Info {
	t.Helper()
	h := openBytes(t, d.Hive, logs...)
	want := tree()
	if replayed {
		want = changed()
	}
	if dump(t, h) != dump(t, openBytes(t, Build(want, BuildOptions{}))) {
		t.Errorf("not the tree expected; %+v", h.Info())
	}
	if i := h.Info(); !i.Dirty || i.Recovered != replayed || (len(i.Replayed) > 0) != replayed {
		t.Errorf("dirty %v, recovered %v, replayed %q", i.Dirty, i.Recovered, i.Replayed)
	}
	return h.Info()
}

func (d Dirty) logs() []Log { return []Log{logOf("LOG1", d.Log1), logOf("LOG2", d.Log2)} }

func TestReplayBothFormats(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	wantState(t, d, true, d.logs()...)
	wantState(t, d, true, logOf("LOG", nil), logOf("LOG2", d.Log2), logOf("LOG1", d.Log1))
	old := buildDirtyOld(tree(), changed(), BuildOptions{})
	wantState(t, old, true, logOf("LOG1", old.Log1), logOf("LOG2", make([]byte, 4096)))
}

func TestWithoutLogsTheOldTreeIsSeen(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	if i := wantState(t, d, false); len(i.Problems) != 1 {
		t.Errorf("problems %q", i.Problems)
	}
}

func TestLogsOfCleanHiveAreIgnored(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	h := openBytes(t, Build(tree(), BuildOptions{}), d.logs()...)
	if i := h.Info(); i.Dirty || i.Recovered || len(i.Replayed) != 0 {
		t.Errorf("%+v", i)
	}
	if _, err := h.Key(`Software\After`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log of a clean hive was applied: %v", err)
	}
}

// With the earlier log missing the later one alone would mix two states.
func TestMissingFirstLogIsNotCalledRecovered(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	h := openBytes(t, d.Hive, logOf("LOG2", d.Log2))
	if i := h.Info(); i.Recovered || len(i.Problems) == 0 {
		t.Errorf("%+v", i)
	}
}

// entries returns the offsets of the entries in a log.
func entries(log []byte) (at []int) {
	for o := sectorSize; o+entryHeader <= len(log) && string(log[o:o+4]) == "HvLE"; o += int(u32(log, o+4)) {
		at = append(at, o)
	}
	return at
}

func TestBrokenEntryEndsTheReplay(t *testing.T) {
	for what, at := range map[string]int{"head": 20, "pages": 600} {
		d := BuildDirty(tree(), changed(), BuildOptions{})
		list := entries(d.Log2)
		if len(list) < 2 {
			t.Fatal("the log is too short for this test")
		}
		d.Log2[list[1]+at] ^= 1
		i := openBytes(t, d.Hive, d.logs()...).Info()
		if i.Recovered == (len(list) > 2) || len(i.Replayed) != 2 || len(i.Problems) == 0 {
			t.Errorf("%s: %+v", what, i)
		}
		d.Log1[entries(d.Log1)[0]+at] ^= 1
		i = openBytes(t, d.Hive, d.logs()...).Info()
		if i.Recovered || len(i.Replayed) != 0 {
			t.Errorf("%s of the first entry: %+v", what, i)
		}
	}
}

// A torn last entry is what a power failure leaves; all before it is a consistent state.
func TestTornLastEntryIsDropped(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	list := entries(d.Log2)
	d.Log2 = d.Log2[:list[len(list)-1]+1024]
	i := openBytes(t, d.Hive, d.logs()...).Info()
	if !i.Recovered || len(i.Problems) == 0 || !strings.Contains(i.Problems[0], "impossible size") {
		t.Errorf("%+v", i)
	}
}

func TestBaseBlockComesFromTheLog(t *testing.T) {
	d := buildDirtyOld(tree(), changed(), BuildOptions{})
	clear(d.Hive[:512])
	i := wantState(t, d, true, logOf("LOG1", d.Log1))
	if i.ChecksumOK || !slices.Contains(i.Problems, "the base block was taken from LOG1") {
		t.Errorf("%+v", i)
	}
}

func TestOldLogOfAnotherWriteIsRefused(t *testing.T) {
	d := buildDirtyOld(tree(), changed(), BuildOptions{})
	binary.LittleEndian.PutUint64(d.Log1[12:], 1)
	binary.LittleEndian.PutUint32(d.Log1[508:], checksum(d.Log1))
	wantState(t, d, false, logOf("LOG1", d.Log1))
}

func TestShortOldLogIsRefused(t *testing.T) {
	d := buildDirtyOld(tree(), changed(), BuildOptions{})
	wantState(t, d, false, logOf("LOG1", d.Log1[:len(d.Log1)-512]))
}

// The vectors are those of .NET's own tests for the algorithm, with their seed.
func TestMarvin(t *testing.T) {
	for data, want := range map[string]uint64{"": 0x30ED35C100CD3C7D, "\xaf": 0x48E73FC77D75DDC1} {
		m := marvin{lo: 0x001BDBCC, hi: 0x004FB61A}
		if got := m.sum([]byte(data)); got != want {
			t.Errorf("%q: got %#x", data, got)
		}
	}
	// Head of the first entry in sample yarp/NewDirtyHive1/NewDirtyHive.LOG1.
	b := testkit.SampleBytes(t, "hive/yarp/NewDirtyHive1/NewDirtyHive.LOG1")[512:]
	if marvinSum(b[:32]) != u64(b, 32) || marvinSum(b[40:u32(b, 4)]) != u64(b, 24) {
		t.Error("a real log entry does not match its hashes")
	}
}
