package bcd

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/format/regf"
	"updoc/testkit"
)

var (
	now     = time.Date(2025, 6, 1, 10, 0, 0, 0, time.UTC)
	newPart = Partition{Style: GPT, ID: mustGUID("77777777-8888-9999-aaaa-bbbbbbbbbbbb"), Disk: gptPart.Disk}
)

// said lists every element of a store with its bytes.
func said(t *testing.T, b []byte) (list []string) {
	t.Helper()
	s := open(t, b)
	if len(s.Problems) > 0 {
		t.Errorf("problems %q", s.Problems)
	}
	for _, o := range s.Objects {
		list = append(list, fmt.Sprintf("%s %#x", o.ID, o.Type))
		for _, e := range o.Elements {
			list = append(list, fmt.Sprintf("%s %s %x", o.ID, e.ID, e.Raw))
		}
	}
	return list
}

// news returns where two stores differ: object and element.
func news(before, after []string) (gone, come []string) {
	name := func(s string) string { return strings.Join(strings.Fields(s)[:2], " ") }
	for _, l := range before {
		if !slices.Contains(after, l) {
			gone = append(gone, name(l))
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			come = append(come, name(l))
		}
	}
	return gone, come
}

func set(t *testing.T, b []byte, target RecoveryTarget) ([]byte, RecoveryIDs) {
	t.Helper()
	out, ids, err := SetRecovery(b, now, target)
	if err != nil {
		t.Fatal(err)
	}
	again, ids2, err := SetRecovery(out, now.Add(time.Hour), target)
	if err != nil || ids2 != ids || !bytes.Equal(again, out) {
		t.Errorf("a second time: %+v, error %v, the same %t", ids2, err, bytes.Equal(again, out))
	}
	if xml := testkit.Run(t, "hivexml", testkit.WriteFile(t, "BCD", out)); !strings.Contains(xml, ids.Entry.String()) {
		t.Error("hivexml does not see the recovery environment")
	}
	return out, ids
}

func TestSetRecoveryMovesTheImage(t *testing.T) {
	for _, holder := range []Partition{newPart, {Style: MBR, Offset: 123 << 20, Signature: 0xCAFEBABE}} {
		before := build(t, typicalStore.Writer())
		after, ids := set(t, before, RecoveryTarget{Windows: &gptPart, Holder: holder})
		if want := (RecoveryIDs{typicalStore.Loader, typicalStore.WinRE, typicalStore.Options}); ids != want {
			t.Errorf("%+v, want %+v", ids, want)
		}
		gone, come := news(said(t, before), said(t, after))
		changed := []string{ids.Entry.String() + " 11000001", ids.Entry.String() + " 21000001", ids.Options.String() + " 31000003"}
		if !slices.Equal(gone, changed) || !slices.Equal(come, changed) {
			t.Errorf("gone %q, come %q", gone, come)
		}
		if w := open(t, after).WinRE(); *w.Partition != holder || *w.SDIDevice.Partition != holder || len(w.Disagreements) > 0 {
			t.Errorf("%+v", w)
		}
	}
}

func TestSetRecoveryMakesWhatIsMissing(t *testing.T) {
	bare := typicalStore
	bare.WinRE, bare.RecoveryEnabled = GUID{}, false
	before := build(t, bare.Writer())
	after, ids := set(t, before, RecoveryTarget{Holder: newPart})
	want := typicalStore
	want.WinRE, want.Options, want.Recovery = ids.Entry, ids.Options, newPart
	if gone, come := news(said(t, build(t, want.Writer())), said(t, after)); len(gone)+len(come) > 0 {
		t.Errorf("unlike a typical store: lacks %q, has %q", gone, come)
	}
}

// The store of an installation medium: its only loader is Setup's.
func TestSetRecoveryInSample(t *testing.T) {
	before := testkit.SampleBytes(t, "hive/ezregistry__BCD")
	after, ids := set(t, before, RecoveryTarget{Holder: newPart})
	gone, come := news(said(t, before), said(t, after))
	if len(gone) > 0 || len(after) != len(before) {
		t.Errorf("gone %q; %d bytes, before %d", gone, len(after), len(before))
	}
	for _, c := range come {
		if !strings.HasPrefix(c, ids.Entry.String()) && !strings.HasPrefix(c, ids.Options.String()) &&
			c != ids.Loader.String()+" 14000008" && c != ids.Loader.String()+" 16000009" {
			t.Errorf("unexpected %q", c)
		}
	}
	if w := open(t, after).WinRE(); w.Entry == nil || w.Entry.ID != ids.Entry || *w.Partition != newPart {
		t.Errorf("%+v", w)
	}
}

func TestSetRecoveryChoosesWindowsByItsPartition(t *testing.T) {
	w, second := typicalStore.Writer(), mustGUID("30000000-0000-0000-0000-000000000003")
	other := Partition{Style: GPT, ID: mustGUID("44444444-0000-0000-0000-000000000004"), Disk: gptPart.Disk}
	w.Object(second, TypeOSLoader).Device(OSDevice, PartitionDevice(other)).Text(Path, `\Windows\system32\WINLOAD.EXE`)
	before := build(t, w)
	after, ids := set(t, before, RecoveryTarget{Windows: &other, Holder: newPart})
	if ids.Loader != second || open(t, after).Object(ids.Entry).Text(Path) != `\windows\system32\winload.exe` {
		t.Errorf("%+v", ids)
	}
	if gone, _ := news(said(t, before), said(t, after)); len(gone) > 0 {
		t.Errorf("the other Windows changed: %q", gone)
	}
}

func TestSetRecoveryRefuses(t *testing.T) {
	if _, _, err := SetRecovery(build(t, NewWriter()), now, RecoveryTarget{Holder: newPart}); !errors.Is(err, ErrNoLoader) {
		t.Errorf("an empty store gives %v", err)
	}
	if _, _, err := SetRecovery(regf.Build(regf.NewRoot("x"), regf.BuildOptions{}), now, RecoveryTarget{}); !errors.Is(err, ErrNotStore) {
		t.Errorf("no store gives %v", err)
	}
}
