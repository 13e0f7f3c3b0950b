package bcd

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"updoc/format/regf"
	"updoc/testkit"
)

func open(t testing.TB, b []byte) *Store {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTruth(t *testing.T) {
	const name = "hive/ezregistry__BCD"
	type truth struct {
		Objects map[string]struct {
			Type                       string
			Elements                   []string
			Description, Path, Default string
		} `json:"bcd_objects"`
	}
	want := testkit.Truth[truth](t, name)[name].Objects
	s := open(t, testkit.SampleBytes(t, name))
	if len(s.Objects) != len(want) || len(want) == 0 || len(s.Problems) != 0 {
		t.Fatalf("%d objects, want %d; problems %q", len(s.Objects), len(want), s.Problems)
	}
	for _, o := range s.Objects {
		w, ok := want[o.ID.String()]
		if !ok {
			t.Errorf("unexpected object %s", o.ID)
		}
		var ids []string
		for _, e := range o.Elements {
			ids = append(ids, e.ID.String())
		}
		if !slices.Equal(ids, w.Elements) || fmt.Sprintf("%#x", o.Type) != w.Type ||
			o.Text(Description) != w.Description || o.Text(Path) != w.Path {
			t.Errorf("%s: type %#x, elements %q, %q, %q; want %+v", o.ID, o.Type, ids, o.Text(Description), o.Text(Path), w)
		}
		if w.Default != "" && s.Default.String() != w.Default {
			t.Errorf("default %s, want %s", s.Default, w.Default)
		}
	}
}

// The sample is the store of an installation medium: its loader boots a WIM on the boot device.
func TestRealDevices(t *testing.T) {
	s := open(t, testkit.SampleBytes(t, "hive/ezregistry__BCD"))
	d := s.Object(s.Default).Device(AppDevice)
	options := mustGUID("7619dcc8-fafe-11d9-b411-000476eba25f")
	if d.Kind != DeviceRamdisk || !d.OnBoot || d.Path != `\sources\boot.wim` || d.Options != options || d.Partition != nil {
		t.Errorf("ramdisk: %+v", d)
	}
	if sdi := s.Object(options).Device(RamdiskSDIDevice); sdi.Kind != DeviceBoot {
		t.Errorf("boot.sdi: %+v", sdi)
	}
	n := 0
	for _, o := range s.Objects {
		for _, e := range o.Elements {
			if e.Device == nil {
				continue
			}
			n++
			fresh := *e.Device
			fresh.Raw = nil
			if b, err := fresh.Encode(); err != nil || !bytes.Equal(b, e.Raw) {
				t.Errorf("%s %s: encoded as %x, stored as %x, error %v", o.ID, e.ID, b, e.Raw, err)
			}
		}
	}
	if n != 4 {
		t.Errorf("%d device elements, want 4", n)
	}
	if e := s.Object(BootMgr).Element(Timeout); e.Integer != 30 {
		t.Errorf("timeout %d", e.Integer)
	}
}

var (
	gptPart  = Partition{Style: GPT, ID: mustGUID("{11111111-2222-3333-4444-555555555555}"), Disk: mustGUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")}
	mbrPart  = Partition{Style: MBR, Offset: 1 << 40, Signature: 0xCAFEBABE}
	optionsG = mustGUID("99999999-0000-0000-0000-000000000001")
)

func TestDeviceRoundTrip(t *testing.T) {
	for text, d := range map[string]Device{
		"partition=gpt:11111111-2222-3333-4444-555555555555": PartitionDevice(gptPart),
		"partition=mbr:cafebabe@1099511627776":               PartitionDevice(mbrPart),
		"boot":                                               Device{Kind: DeviceBoot},
		`ramdisk=[gpt:11111111-2222-3333-4444-555555555555]\Recovery\WindowsRE\Winre.wim,` + optionsG.String(): RamdiskDevice(gptPart, `\Recovery\WindowsRE\Winre.wim`, optionsG),
		`ramdisk=[mbr:cafebabe@1099511627776]\日本.wim`:                                                          RamdiskDevice(mbrPart, `\日本.wim`, GUID{}),
		`file=[boot]\x`: {Kind: DeviceFile, OnBoot: true, Path: `\x`},
		`vhd=[mbr:cafebabe@1099511627776]\d.vhdx`: {Kind: DeviceVHD, Partition: &mbrPart, Virtual: &gptPart, Path: `\d.vhdx`},
	} {
		b, err := d.Encode()
		if err != nil {
			t.Fatal(text, err)
		}
		got := ParseDevice(b)
		if !bytes.Equal(got.Raw, b) {
			t.Errorf("%s: raw bytes differ", text)
		}
		got.Raw = nil
		if got.String() != text || !same(got, d) {
			t.Errorf("%s came back as %+v (%s)", text, got, got)
		}
	}
}

func same(a, b Device) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// The bytes as public descriptions give them, written out by hand.
func TestPartitionBytes(t *testing.T) {
	gpt := strings.Repeat("00", 16) + "06000000" + "00000000" + "48000000" + "00000000" +
		"11111111222233334444555555555555" + "00000000" + "00000000" + "aaaaaaaabbbbccccddddeeeeeeeeeeee" + strings.Repeat("00", 16)
	mbr := strings.Repeat("00", 16) + "06000000" + "00000000" + "48000000" + "00000000" +
		"00000000000100000000000000000000" + "00000000" + "01000000" + "bebafeca" + strings.Repeat("00", 12) + strings.Repeat("00", 16)
	for want, p := range map[string]Partition{gpt: gptPart, mbr: mbrPart} {
		b, err := PartitionDevice(p).Encode()
		if err != nil || hex.EncodeToString(b) != want || len(b) != 88 {
			t.Errorf("%v: %x, want %s, error %v", p, b, want, err)
		}
	}
	b, err := RamdiskDevice(gptPart, `\w`, optionsG).Encode()
	if err != nil || len(b) != 0x8C+6 || b[0x20] != 3 || b[0x38] != 1 || int(b[0x3C]) != len(b)-0x38 || b[0x40] != 5 || b[0x44] != 6 ||
		!bytes.Equal(b[0x54:0x64], gptPart.ID[:]) || !bytes.Equal(b[0x6C:0x7C], gptPart.Disk[:]) || int(b[0x18]) != len(b)-0x10 {
		t.Errorf("ramdisk %x, error %v", b, err)
	}
}

func TestUnknownDevicesKeepTheirBytes(t *testing.T) {
	whole, _ := RamdiskDevice(gptPart, `\w`, optionsG).Encode()
	for n := range whole {
		cut := whole[:n]
		d := ParseDevice(cut)
		b, err := d.Encode()
		if d.Kind == DeviceUnknown && (err != nil || !bytes.Equal(b, cut)) {
			t.Fatalf("%d bytes: %x became %x, error %v", n, cut, b, err)
		}
		if d.Kind != DeviceUnknown {
			t.Fatalf("%d of %d bytes were taken for %s", n, len(whole), d)
		}
	}
	if _, err := (Device{Kind: DevicePartition}).Encode(); !errors.Is(err, ErrDevice) {
		t.Errorf("a partition device without partition gives %v", err)
	}
}

var typicalStore = Typical{
	UEFI: true, System: gptPart, Windows: gptPart, Recovery: mbrPart, RecoveryEnabled: true,
	Loader: mustGUID("10000000-0000-0000-0000-000000000001"), WinRE: mustGUID("20000000-0000-0000-0000-000000000002"), Options: optionsG,
}

func build(t testing.TB, w *Writer) []byte {
	t.Helper()
	root, err := w.Root()
	if err != nil {
		t.Fatal(err)
	}
	return regf.Build(root, regf.BuildOptions{Name: `\EFI\Microsoft\Boot\BCD`})
}

func TestWinRE(t *testing.T) {
	s := open(t, build(t, typicalStore.Writer()))
	w := s.WinRE()
	if w.Loader != typicalStore.Loader || w.ChosenBy != "default" || w.RecoveryEnabled == nil || !*w.RecoveryEnabled ||
		w.Entry == nil || w.Entry.ID != typicalStore.WinRE || w.WinPE == nil || !*w.WinPE {
		t.Errorf("%+v", w)
	}
	if w.Partition == nil || *w.Partition != mbrPart || w.WimPath != `\Recovery\WindowsRE\Winre.wim` ||
		w.Options == nil || w.SDIPath != `\Recovery\WindowsRE\boot.sdi` || *w.SDIDevice.Partition != mbrPart || len(w.Disagreements) != 0 {
		t.Errorf("%+v", w)
	}
	if len(s.Problems) != 0 {
		t.Errorf("problems %q", s.Problems)
	}
}

func TestWinRESilence(t *testing.T) {
	none := typicalStore
	none.WinRE = GUID{}
	w := open(t, build(t, none.Writer())).WinRE()
	if w.Loader != none.Loader || w.Entry != nil || len(w.Sequence) != 0 || len(w.Disagreements) != 0 {
		t.Errorf("without recovery environment: %+v", w)
	}
	empty := open(t, build(t, NewWriter())).WinRE()
	if !empty.Loader.IsZero() || empty.RecoveryEnabled != nil || empty.ChosenBy != "" {
		t.Errorf("empty store: %+v", empty)
	}
}

func TestChooseLoader(t *testing.T) {
	for want, change := range map[string]func(root *regf.BuilderKey){
		"displayorder": func(root *regf.BuilderKey) { mgrElements(root).Delete("23000003") },
		"only":         func(root *regf.BuilderKey) { root.Key("Objects").Delete(BootMgr.String()) },
	} {
		w := typicalStore.Writer()
		root, _ := w.Root()
		change(root)
		if got := open(t, build(t, w)).WinRE(); got.ChosenBy != want || got.Loader != typicalStore.Loader || got.Entry == nil {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

func mgrElements(root *regf.BuilderKey) *regf.BuilderKey {
	return root.Key(`Objects\` + BootMgr.String() + `\Elements`)
}

func TestDisagreements(t *testing.T) {
	for want, change := range map[string]func(w *Writer){
		"which the store does not have": func(w *Writer) {
			w.Object(typicalStore.Loader, TypeOSLoader).GUIDs(RecoverySequence, optionsG, GlobalSettings, RamdiskTemplate)
			root, _ := w.Root()
			root.Key("Objects").Delete(optionsG.String())
		},
		"osdevice": func(w *Writer) { w.Object(typicalStore.WinRE, TypeOSLoader).Device(OSDevice, Device{Kind: DeviceBoot}) },
		"does not boot from a ramdisk": func(w *Writer) {
			w.Object(typicalStore.WinRE, TypeOSLoader).Device(OSDevice, Device{Kind: DeviceBoot}).Device(AppDevice, Device{Kind: DeviceBoot})
		},
		"device options": func(w *Writer) {
			root, _ := w.Root()
			root.Key("Objects").Delete(optionsG.String())
		},
		"different partitions": func(w *Writer) {
			w.Object(optionsG, TypeDeviceOptions).Device(RamdiskSDIDevice, PartitionDevice(gptPart))
		},
	} {
		w := typicalStore.Writer()
		change(w)
		got := open(t, build(t, w)).WinRE().Disagreements
		if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%s: %q", want, got)
		}
	}
}

func TestDamagedElementsAreTold(t *testing.T) {
	w := typicalStore.Writer()
	root, _ := w.Root()
	e := mgrElements(root)
	e.Key("23000003").SetString("Element", "{not a guid}")
	e.Key("25000004").SetBinary("Element", make([]byte, 9))
	e.Key("not hex!").SetDword("Element", 1)
	e.Key("12000004").SetDword("Element", 1)
	e.Key("31000003").SetBinary("Element", make([]byte, maxElement+1))
	root.Key(`Objects\not-a-guid`)
	s := open(t, build(t, w))
	if len(s.Problems) != 6 || !s.Default.IsZero() {
		t.Errorf("default %s, problems %q", s.Default, s.Problems)
	}
	if got := s.WinRE(); got.ChosenBy != "displayorder" || got.Entry == nil {
		t.Errorf("%+v", got)
	}
}

func TestNotAStore(t *testing.T) {
	b := regf.Build(regf.NewRoot("ROOT"), regf.BuildOptions{})
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(h); !errors.Is(err, ErrNotStore) {
		t.Errorf("error %v", err)
	}
}

func TestGUID(t *testing.T) {
	g, err := ParseGUID("{9DEA862C-5CDD-4E70-ACC1-F32B344D4795}")
	if err != nil || g != BootMgr || g[0] != 0x2C || g.Bare() != "9dea862c-5cdd-4e70-acc1-f32b344d4795" {
		t.Errorf("%v, error %v", g, err)
	}
	for _, bad := range []string{"", "{}", "9dea862c5cdd4e70acc1f32b344d4795", "9dea862c-5cdd-4e70-acc1-f32b344d479", "xdea862c-5cdd-4e70-acc1-f32b344d4795", "9dea862c-5cdd-4e70-acc1-f32b-44d4795"} {
		if _, err := ParseGUID(bad); err == nil {
			t.Errorf("%q was taken for a GUID", bad)
		}
	}
}

func FuzzDevice(f *testing.F) {
	for _, d := range []Device{PartitionDevice(gptPart), Device{Kind: DeviceBoot}, RamdiskDevice(mbrPart, `\w`, optionsG),
		{Kind: DeviceFile, OnBoot: true, Path: `\x`}, {Kind: DeviceVHD, Partition: &mbrPart, Virtual: &gptPart, Path: `\d`}} {
		b, err := d.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := ParseDevice(b)
		_ = d.String()
		enc, err := d.Encode()
		if err != nil {
			return
		}
		again := ParseDevice(enc)
		if d.Raw, again.Raw = nil, nil; d.Kind != DeviceUnknown && !same(d, again) {
			t.Errorf("%x: %+v became %+v", b, d, again)
		}
	})
}

func FuzzStore(f *testing.F) {
	f.Add(build(f, typicalStore.Writer()))
	f.Add(build(f, NewWriter()))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		s, err := Read(h)
		if err != nil {
			return
		}
		_ = s.WinRE()
		for _, o := range s.Loaders() {
			_ = s.Recovery(o.ID)
		}
	})
}
