package regf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

func openBytes(t testing.TB, b []byte, logs ...Log) *Hive {
	t.Helper()
	h, err := Open(bytes.NewReader(b), int64(len(b)), logs...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func logOf(name string, b []byte) Log { return Log{name, bytes.NewReader(b), int64(len(b))} }

// dump writes everything a hive says, for comparison.
func dump(t testing.TB, h *Hive) string {
	t.Helper()
	var sb strings.Builder
	err := h.Walk(context.Background(), func(p string, k Key) error {
		fmt.Fprintf(&sb, "[%s] %v\n", p, k.LastWrite())
		vs, err := k.Values()
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
		for _, v := range vs {
			b, err := v.Bytes()
			fmt.Fprintf(&sb, "%q %d %x %v\n", v.Name(), v.Type(), b, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return sb.String()
}

// truth is what independent tools found in a hive sample.
type truth struct {
	Base *struct {
		ChecksumOK bool   `json:"checksum_ok"`
		Dirty      bool   `json:"dirty"`
		FileType   uint32 `json:"file_type"`
		BinsSize   uint32 `json:"hive_bins_size"`
		Name       string `json:"name"`
		Primary    uint32 `json:"primary_seq"`
		Secondary  uint32 `json:"secondary_seq"`
		Root       uint32 `json:"root_offset"`
		Version    string `json:"version"`
	} `json:"base_block"`
	Keys         *int              `json:"keys"`
	Values       int               `json:"values"`
	RootKey      string            `json:"root_key"`
	RootSubkeys  []string          `json:"root_subkeys"`
	ControlSet   uint64            `json:"current_control_set"`
	Mounted      int               `json:"mounted_devices"`
	Computer     string            `json:"computer_name"`
	Zone         string            `json:"timezone"`
	Pending      string            `json:"pending_rename"`
	Services     int               `json:"services"`
	ServiceStart map[string]uint64 `json:"service_start"`
}

// sharedKey names the two samples whose damage lets one key be reached from two parents: the independent tool counts it
// twice, this package once.
var sharedKey = map[string]bool{"hive/yarp/BadListHive": true, "hive/yarp/BadSubkeyHive": true}

// exactNames corrects the independent tool: it reads one-byte names in a Windows code page, so that two different keys of one
// parent get the same name, which Windows never allows; and it cuts a name at a NUL that its stored length includes.
var exactNames = map[string][]string{
	"hive/yarp/CompHive":          {"\u009f", "\u0178"},
	"hive/yarp/BogusKeyNamesHive": {"testnew\r\nne", "testnu\x00l"},
}

func TestTruth(t *testing.T) {
	for name, want := range testkit.Truth[truth](t, "hive/") {
		t.Run(name, func(t *testing.T) {
			b := testkit.SampleBytes(t, name)
			h, err := Open(bytes.NewReader(b), int64(len(b)))
			switch {
			case want.Base == nil || want.Base.FileType != 0:
				if name != "hive/yarp/TruncatedDirtyHive" && !errors.Is(err, ErrNotHive) {
					t.Fatalf("opened as a hive, error %v", err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				checkBase(t, h, want)
				checkTree(t, name, h, want)
			}
		})
	}
}

func checkBase(t *testing.T, h *Hive, want truth) {
	t.Helper()
	i, b := h.Info(), want.Base
	if i.ChecksumOK != b.ChecksumOK || i.Dirty != b.Dirty || i.BinsSize != b.BinsSize || i.Name != b.Name ||
		i.Primary != b.Primary || i.Secondary != b.Secondary || i.RootOffset != b.Root ||
		fmt.Sprintf("%d.%d", i.Major, i.Minor) != b.Version {
		t.Errorf("base block: got %+v, want %+v", i, *b)
	}
}

func checkTree(t *testing.T, name string, h *Hive, want truth) {
	t.Helper()
	if want.Keys == nil {
		return // no independent tool could read it
	}
	keys, values, err := h.Count(context.Background())
	if sharedKey[name] {
		keys++
	}
	if err != nil || keys != *want.Keys || values != want.Values {
		t.Errorf("got %d keys, %d values, error %v; want %d, %d", keys, values, err, *want.Keys, want.Values)
	}
	root, err := h.Root()
	if err != nil || root.Name() != want.RootKey {
		t.Errorf("root key %q, error %v; want %q", root.Name(), err, want.RootKey)
	}
	subs, err := root.Subkeys()
	if better := exactNames[name]; better != nil {
		want.RootSubkeys = better
	}
	if err != nil || !slices.Equal(names(subs), want.RootSubkeys) {
		t.Errorf("below the root %q, error %v; want %q", names(subs), err, want.RootSubkeys)
	}
	if want.ControlSet != 0 {
		checkSystem(t, h, want)
	}
}

func names(keys []Key) []string {
	out := []string{}
	for _, k := range keys {
		out = append(out, k.Name())
	}
	return out
}

func checkSystem(t *testing.T, h *Hive, want truth) {
	t.Helper()
	set := `ControlSet001\`
	if got := number(t, h, "Select", "Current"); got != want.ControlSet {
		t.Errorf("current control set %d, want %d", got, want.ControlSet)
	}
	if got := text(t, h, set+`Control\ComputerName\ComputerName`, "ComputerName"); got != want.Computer {
		t.Errorf("computer name %q, want %q", got, want.Computer)
	}
	if got := text(t, h, set+`Control\TimeZoneInformation`, "TimeZoneKeyName"); got != want.Zone {
		t.Errorf("time zone %q, want %q", got, want.Zone)
	}
	if subs, err := mustKey(t, h, set+"Services").Subkeys(); err != nil || len(subs) != want.Services {
		t.Errorf("%d services, error %v; want %d", len(subs), err, want.Services)
	}
	if vs, err := mustKey(t, h, "MountedDevices").Values(); err != nil || len(vs) != want.Mounted {
		t.Errorf("%d mounted devices, error %v; want %d", len(vs), err, want.Mounted)
	}
	if want.Pending != "" {
		v := mustValue(t, h, set+`Control\Session Manager`, "PendingFileRenameOperations")
		if list, err := v.Strings(); err != nil || fmt.Sprintf("<%d bytes>", v.Size()) != want.Pending || len(list)%2 != 0 {
			t.Errorf("pending renames: %d bytes, %d texts, error %v; want %s", v.Size(), len(list), err, want.Pending)
		}
	}
	for service, start := range want.ServiceStart {
		if got := number(t, h, set+`services\`+strings.ToUpper(service), "START"); got != start {
			t.Errorf("%s starts %d, want %d", service, got, start)
		}
	}
}

func mustKey(t testing.TB, h *Hive, path string) Key {
	t.Helper()
	k, err := h.Key(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustValue(t testing.TB, h *Hive, path, name string) Value {
	t.Helper()
	v, err := mustKey(t, h, path).Value(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func number(t testing.TB, h *Hive, path, name string) uint64 {
	t.Helper()
	n, err := mustValue(t, h, path, name).Uint()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func text(t testing.TB, h *Hive, path, name string) string {
	t.Helper()
	s, err := mustValue(t, h, path, name).String()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Windows itself recovered these two; the replayed tree must be the one it made.
func TestReplayEqualsWindows(t *testing.T) {
	for _, c := range []struct {
		dir, hive, windows string
		logs               []string
	}{
		{"NewDirtyHive1", "NewDirtyHive", "RecoveredHive_Windows10", []string{"NewDirtyHive.LOG2", "NewDirtyHive.LOG1"}},
		{"OldDirtyHive", "OldDirtyHive", "RecoveredHive_Windows7", []string{"OldDirtyHive.LOG1"}},
	} {
		dir := "hive/yarp/" + c.dir + "/"
		var logs []Log
		for _, l := range c.logs {
			logs = append(logs, logOf(l, testkit.SampleBytes(t, dir+l)))
		}
		h := openBytes(t, testkit.SampleBytes(t, dir+c.hive), logs...)
		want := openBytes(t, testkit.SampleBytes(t, dir+c.windows))
		if i := h.Info(); !i.Dirty || !i.Recovered || len(i.Replayed) != len(logs) || len(i.Problems) != 0 {
			t.Errorf("%s: %+v", c.dir, i)
		}
		if dump(t, h) != dump(t, want) {
			t.Errorf("%s: the replayed tree is not the one Windows made", c.dir)
		}
	}
}

// The logs of this hive begin 486 entries after its base block: Windows had written the pages back without it.
func TestReplayAfterPartialWriteBack(t *testing.T) {
	h := openBytes(t, testkit.SampleBytes(t, "hive/regipy__SYSTEM_B"),
		logOf("LOG1", testkit.SampleBytes(t, "hive/regipy__SYSTEM_B.LOG1")), logOf("LOG2", testkit.SampleBytes(t, "hive/regipy__SYSTEM_B.LOG2")))
	keys, values, err := h.Count(context.Background())
	if err != nil || keys != 35595 || values != 78901 {
		t.Errorf("got %d keys, %d values, error %v", keys, values, err)
	}
	i := h.Info()
	want := []string{"LOG1: entries 2107 to 2110, 40960 bytes of pages", "LOG2: entries 2111 to 2130, 2633728 bytes of pages"}
	if !i.Recovered || !slices.Equal(i.Replayed, want) || len(i.Problems) != 0 || i.BinsSize != 12591104 {
		t.Errorf("%+v", i)
	}
}

// No independent tool reads these two at all; what is left of them is read and the damage told.
func TestReadsWhatIsLeft(t *testing.T) {
	for name, atLeast := range map[string]int{"hive/regipy__corrupted_system_hive": 1600, "hive/yarp/TruncatedDirtyHive": 2} {
		h := openBytes(t, testkit.SampleBytes(t, name))
		keys, _, err := h.Count(context.Background())
		if err != nil || keys < atLeast || len(h.Info().Problems) == 0 {
			t.Errorf("%s: %d keys, error %v, problems %q", name, keys, err, h.Info().Problems)
		}
	}
}
