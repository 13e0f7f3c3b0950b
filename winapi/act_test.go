package winapi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTaskXML(t *testing.T) {
	got, err := taskXML(Task{Name: "resume", Path: `C:\Program Files\updoc\updoc.exe`, Args: []string{"resume", "--journal", `C:\my files\`}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<BootTrigger><Repetition><Interval>PT15M</Interval><Duration>P1D</Duration><StopAtDurationEnd>false</StopAtDurationEnd></Repetition><Enabled>true</Enabled><Delay>PT1M</Delay></BootTrigger>`, `<UserId>S-1-5-18</UserId>`, `HighestAvailable`,
		`<Command>C:\Program Files\updoc\updoc.exe</Command>`, `<Arguments>resume --journal &#34;C:\my files\\&#34;</Arguments>`, `<DisallowStartIfOnBatteries>false`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "LogonTrigger") || strings.Contains(got, "RegistrationTrigger") || strings.Contains(got, "DeleteExpired") || strings.Contains(got, "EndBoundary") {
		t.Errorf("too much in\n%s", got)
	}
	got, err = taskXML(Task{Path: "x", Soon: true, Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || strings.Count(got, "<EndBoundary>2026-12-01T00:00:00Z</EndBoundary>") != 2 ||
		!strings.Contains(got, "<Delay>PT15M</Delay></RegistrationTrigger>") || !strings.Contains(got, "<Delay>PT1M</Delay></BootTrigger>") {
		t.Errorf("%v, not also soon:\n%s", err, got)
	}
	if got, err = taskXML(Task{AtOnce: true}); err != nil || !strings.Contains(got, `<RegistrationTrigger><Enabled>true</Enabled></RegistrationTrigger>`) ||
		!strings.Contains(got, `<UserId>S-1-5-18</UserId>`) || strings.Contains(got, "BootTrigger") {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = taskXML(Task{AtLogOn: true, Path: "a&b", Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<LogonTrigger><EndBoundary>2026-12-01T00:00:00Z</EndBoundary>`, `<GroupId>S-1-5-32-545</GroupId>`, `LeastPrivilege`, `<DeleteExpiredTaskAfter>PT0S`, `a&amp;b`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// Source of the pairs: the table of "Parsing C command-line arguments".
func TestCommandLine(t *testing.T) {
	for want, args := range map[string][]string{
		`plain`:                {"plain"},
		`""`:                   {""},
		`"a b" c`:              {"a b", "c"},
		`"a\\\"b"`:             {`a\"b`},
		`a\b`:                  {`a\b`},
		`"ends in \\"`:         {`ends in \`},
		`"say \"yes\" \\\\\""`: {`say "yes" \\"`},
	} {
		if got := commandLine(args); got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
}

func TestPartInfo(t *testing.T) {
	now := Partition{GUID: "{11111111-2222-3333-4444-555555555555}", Name: "Basic data partition"}
	b, err := partInfo(PartitionCall{TypeGUID: "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}", Attributes: 0x8000000000000001}, now)
	if err != nil {
		t.Fatal(err)
	}
	// As parseLayout reads an entry, whose part of its own kind has the same form.
	if len(b) != 120 || b[0] != 1 || b[8] != 0xa4 || b[24] != 0x11 || binary.LittleEndian.Uint64(b[40:]) != 0x8000000000000001 || b[48] != 'B' || b[50] != 'a' {
		t.Errorf("% x", b)
	}
	b, err = partInfo(PartitionCall{MBRType: 0x27}, now)
	if err != nil || b[0] != 0 || b[8] != 0x27 {
		t.Errorf("% x %v", b, err)
	}
	if _, err := partInfo(PartitionCall{TypeGUID: "no"}, now); err == nil {
		t.Error("no GUID was taken")
	}
}

// The forms that MSFT_Disk.CreatePartition documents; of GUIDs only the braced one is taken.
func TestCreation(t *testing.T) {
	for _, text := range []string{"DE94BBA4-06d1-4d40-a16a-bfd50179d6ac", "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}"} {
		p, err := creation(PartitionCall{Start: 1 << 40, Size: 1 << 20, TypeGUID: text})
		if err != nil || p["GptType"] != "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}" || p["Offset"] != "1099511627776" || p["AssignDriveLetter"] != false {
			t.Error(text, p, err)
		}
		if _, both := p["MbrType"]; both {
			t.Error("both types are given")
		}
	}
	for n := range 256 {
		p, err := creation(PartitionCall{MBRType: uint8(n)})
		want := strings.Contains(" 1 4 5 6 7 12 ", fmt.Sprintf(" %d ", n))
		if (err == nil) != want || want && p["MbrType"] != int32(n) {
			t.Error(n, p, err)
		}
	}
	if Creatable(PartitionCall{TypeGUID: "recovery"}) == nil {
		t.Error("no GUID was taken")
	}
}

// keysInMemory are keys by their paths; one of them may be denied.
type keysInMemory struct {
	keys   map[string]bool
	denied string
}

func (k keysInMemory) below(path string) (names []string, err error) {
	for key := range k.keys {
		if name, is := strings.CutPrefix(key, path+`\`); is && !strings.Contains(name, `\`) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (k keysInMemory) remove(path string) error {
	names, _ := k.below(path)
	if len(names) > 0 || !k.keys[path] || path == k.denied {
		return syscall.Errno(errAccessDenied) // NtDeleteKey: keys below, or no right
	}
	delete(k.keys, path)
	return nil
}

func TestRemoveKeys(t *testing.T) {
	keys := func() map[string]bool {
		return map[string]bool{`a`: true, `a\b`: true, `a\b\c`: true, `a\d`: true, `ab`: true}
	}
	k := keysInMemory{keys: keys()}
	if err := removeKeys(k, "a", 0); err != nil || len(k.keys) != 1 || !k.keys["ab"] {
		t.Error(k.keys, err)
	}
	k = keysInMemory{keys: map[string]bool{`a`: true, `a\b`: true}, denied: `a\b`}
	if err := removeKeys(k, "a", 0); err == nil || len(k.keys) != 2 {
		t.Error("denied below, and something is gone:", k.keys, err)
	}
	if removeKeys(endless{}, "a", 0) == nil {
		t.Error("endless")
	}
}

type endless struct{}

func (endless) below(string) ([]string, error) { return []string{"x"}, nil }
func (endless) remove(string) error            { return nil }

// Only what permissions deny is done by privilege.
func TestOrElse(t *testing.T) {
	denied, other, asked := syscall.Errno(errAccessDenied), syscall.Errno(errParameter), 0
	do := func(err error) func() error { return func() error { asked++; return err } }
	if err := orElse(nil, do(other)); err != nil || asked != 0 {
		t.Error(err)
	}
	if err := orElse(other, do(nil)); !errors.Is(err, other) || asked != 0 {
		t.Error(err)
	}
	if err := orElse(denied, do(nil)); err != nil || asked != 1 {
		t.Error(err)
	}
	if err := orElse(denied, do(other)); !errors.Is(err, denied) || !errors.Is(err, other) {
		t.Error(err)
	}
}

func TestLastBytes(t *testing.T) {
	l := lastBytes{most: 4}
	for _, p := range []string{"abc", "defgh", "", "ijklmnop", "q"} {
		if n, err := l.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if string(l.bytes()) != "nopq" || len(l.kept) > 8 {
		t.Errorf("%q of %d", l.bytes(), len(l.kept))
	}
}

func TestPoll(t *testing.T) {
	asked := 0
	if err := poll(t.Context(), time.Hour, func() (bool, error) { asked++; return asked == 2, nil }); err != nil || asked != 2 {
		t.Error(asked, err)
	}
	never := func() (bool, error) { return false, nil }
	if err := poll(t.Context(), 0, never); !errors.Is(err, timedOut) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := poll(ctx, time.Hour, never); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	bad := errors.New("bad")
	if err := poll(t.Context(), time.Hour, func() (bool, error) { return false, bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
}

// descriptor has Administrators as owner and an empty DACL.
func descriptor() []byte {
	b := make([]byte, 20, 64)
	b[0] = 1
	binary.LittleEndian.PutUint16(b[2:], selfRelative|4)
	binary.LittleEndian.PutUint32(b[4:], 20)
	b = append(b, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)))
	return append(b, 2, 0, 8, 0, 0, 0, 0, 0)
}

func TestRelativeDescriptor(t *testing.T) {
	good := descriptor()
	if !relativeDescriptor(good) {
		t.Error("a good one was refused")
	}
	for n := range good {
		if relativeDescriptor(good[:n]) {
			t.Errorf("cut to %d bytes it was taken", n)
		}
	}
}

// Windows keeps AUTO_INHERITED only beside AUTO_INHERIT_REQ; a descriptor without it must
// not get any.
func TestAsStored(t *testing.T) {
	for was, want := range map[uint16]uint16{selfRelative | 4 | 0x400: selfRelative | 4 | 0x500, selfRelative | 4: selfRelative | 4} {
		b := descriptor()
		binary.LittleEndian.PutUint16(b[2:], was)
		if got := binary.LittleEndian.Uint16(asStored(b)[2:]); got != want || binary.LittleEndian.Uint16(b[2:]) != was {
			t.Errorf("%04x: %04x, want %04x", was, got, want)
		}
	}
}

func TestSameRights(t *testing.T) {
	a := descriptor()
	for at, want := range map[int]bool{2: false, 3: true, 32: false, len(a) - 8: false} { // DACL_PRESENT, AUTO_INHERITED, owner, DACL
		b := descriptor()
		b[at] ^= 4
		if got := SameRights(a, b); got != want {
			t.Errorf("byte %d: %v", at, got)
		}
	}
	if !SameRights(a, descriptor()) || SameRights(a, nil) || !SameRights(nil, nil) || SameRights([]byte("x"), []byte("y")) {
		t.Error("whole ones")
	}
	moved := append(append(descriptor()[:20], 0, 0, 0, 0), descriptor()[20:]...) // the same parts elsewhere
	binary.LittleEndian.PutUint32(moved[4:], 24)
	binary.LittleEndian.PutUint32(moved[16:], binary.LittleEndian.Uint32(moved[16:])+4)
	if !SameRights(a, moved) {
		t.Error("parts that lie elsewhere")
	}
}

func FuzzRelativeDescriptor(f *testing.F) {
	f.Add(descriptor())
	f.Fuzz(func(t *testing.T, b []byte) {
		if relativeDescriptor(b) && (len(b) < descriptorHead || !SameRights(b, asStored(b))) {
			t.Error("too short, or not the same")
		}
	})
}

func TestUpdateID(t *testing.T) {
	if got, err := updateID("{0A1B2C3D-0000-1111-2222-333344445555}"); err != nil || got != "0a1b2c3d-0000-1111-2222-333344445555" {
		t.Error(got, err)
	}
	if _, err := updateID("x' or IsInstalled=1 or UpdateID='x"); err == nil {
		t.Error("a query was taken for an id")
	}
}
