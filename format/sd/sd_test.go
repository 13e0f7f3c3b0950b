package sd

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// usual is how Windows protects WinSxS: TrustedInstaller may do everything, SYSTEM reads.
func usual() *Descriptor {
	return &Descriptor{Owner: TrustedInstaller, Group: TrustedInstaller, HasDACL: true, DACL: []Entry{
		{Mask: 0x1f01ff, SID: TrustedInstaller, Flags: ObjectInherit | ContainerInherit},
		{Mask: 0x1200a9, SID: System},
		{Mask: 1 << 28, SID: Administrators, Flags: InheritOnly},
	}}
}

func stored(t testing.TB, d *Descriptor) []byte {
	t.Helper()
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestThereAndBack(t *testing.T) {
	want := usual()
	got, err := Parse(stored(t, want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// The bytes are those of [MS-DTYP]: owner S-1-5-32-544, group S-1-5-18, SYSTEM may do everything.
func TestKnownBytes(t *testing.T) {
	raw := []byte{1, 0, 4, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
		1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
		1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
		2, 0, 28, 0, 1, 0, 0, 0, 0, 3, 20, 0, 0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	d, err := Parse(raw)
	if err != nil || d.Owner != Administrators || d.Group != System || len(d.DACL) != 1 || d.DACL[0] != (Entry{Flags: 3, Mask: 0x1f01ff, SID: System}) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAllows(t *testing.T) {
	const modify = 0x1301bf
	d := usual()
	denied := usual()
	denied.DACL = append([]Entry{{Deny: true, Mask: 2, SID: Everyone}}, denied.DACL...)
	late := usual()
	late.DACL = append(late.DACL, Entry{Deny: true, Mask: 2, SID: TrustedInstaller})
	for _, c := range []struct {
		name string
		d    *Descriptor
		sids []string
		want bool
	}{
		{"the owner's list", d, []string{TrustedInstaller}, true},
		{"reading only", d, []string{System, Administrators}, false},
		{"rights add up", &Descriptor{HasDACL: true, DACL: []Entry{{Mask: 0xff, SID: System}, {Mask: 0x1301bf, SID: Everyone}}}, []string{System, Everyone}, true},
		{"generic rights", &Descriptor{HasDACL: true, DACL: []Entry{{Mask: 1 << 28, SID: System}}}, []string{System}, true},
		{"denied first", denied, []string{TrustedInstaller, Everyone}, false},
		{"denied too late", late, []string{TrustedInstaller}, true},
		{"no list", &Descriptor{}, []string{System}, true},
		{"an empty list", &Descriptor{HasDACL: true}, []string{System}, false},
	} {
		if got := c.d.Allows(modify, File, c.sids...); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestDamaged(t *testing.T) {
	whole := stored(t, usual())
	for n := range len(whole) {
		if _, err := Parse(whole[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	for _, s := range []string{"", "S-1", "S-2-5", "S-1-x", "S-1-5-99999999999"} {
		if _, err := (&Descriptor{Owner: s + "-"}).Bytes(); err == nil {
			t.Errorf("%q became a SID", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(stored(f, usual()))
	f.Add(stored(f, &Descriptor{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(stored(t, d))
		if err != nil {
			t.Fatal(err)
		}
		if d.Unknown = 0; !reflect.DeepEqual(again, d) && !bytes.Equal(stored(t, again), stored(t, d)) {
			t.Fatalf("%+v became %+v", d, again)
		}
	})
}
