package reagent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"updoc/testkit"
)

const entry = "{11111111-2222-3333-4444-555555555555}"

var place = Location{Path: `\Recovery\WindowsRE`, Offset: 127379963904, GUID: "{AAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee}"}

func enable(t *testing.T, old []byte) []byte {
	t.Helper()
	b, err := Enable(old, place, strings.ToUpper(strings.Trim(entry, "{}")))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(b)
	if err != nil || len(c.Problems) > 0 || c.State() != StateEnabled || c.BCD != entry || c.Location.Offset != place.Offset ||
		c.Location.Path != place.Path || c.Location.GUID != strings.ToLower(place.GUID) || c.Location.ID != "0" {
		t.Errorf("%v %+v\n%s", err, c, b)
	}
	again, err := Enable(b, place, entry)
	if err != nil || !bytes.Equal(again, b) {
		t.Errorf("a second time: %v\n%s", err, again)
	}
	return b
}

// changedLines returns the lines that differ; both files have as many.
func changedLines(t *testing.T, old, now []byte) (list []string) {
	t.Helper()
	a, b := strings.Split(string(old), "\n"), strings.Split(string(now), "\n")
	if len(a) != len(b) {
		t.Fatalf("%d lines became %d:\n%s", len(a), len(b), now)
	}
	for i := range a {
		if a[i] != b[i] {
			list = append(list, strings.TrimSpace(b[i]))
		}
	}
	return list
}

func TestEnableChangesFourElementsOfSamples(t *testing.T) {
	bcd, location := `<WinreBCD id="`+entry+`"/>`, `<WinreLocation path="\Recovery\WindowsRE" id="0" offset="127379963904" guid="`+strings.ToLower(place.GUID)+`"/>`
	for name, want := range map[string][]string{
		"ReAgent_disabled_factory_defaults__deployscript": {bcd, location, `<InstallState state="1"/>`, `<IsAutoRepairOn state="1"/>`},
		"ReAgent_win10_14388_enabled__blog":               {bcd, location},
		"ReAgent_win11_25h2_enabled__winmedic":            {bcd, location},
		"ReAgent_win81_partial_pbr__convertvm":            {bcd, location},
	} {
		old := testkit.SampleBytes(t, "xml/"+name+".xml")
		if got := changedLines(t, old, enable(t, old)); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestEnableKeepsWhatItDoesNotKnow(t *testing.T) {
	old := "\ufeff<?xml version='1.0' encoding='utf-8'?>\n\r\n<WindowsRE version=\"2.0\">\r\n" +
		"  <!-- <WinreBCD id=\"x\"/> -->\r\n  <OperationParam path=\"a &amp; b\"/>\r\n" +
		"\t<WinreBCD id='{00000000-0000-0000-0000-000000000000}'></WinreBCD>\r\n" +
		"  <WinreLocation note=\" id='7' \" path = \"\" id=\"0\" offset=\"0\" colour='blue' />\r\n" +
		"  <InstallState state=\"0\"/>\r\n  <FutureThing><InstallState state=\"0\"/></FutureThing>\r\n</WindowsRE>\r\n<!-- end -->"
	want := strings.NewReplacer("id='{00000000-0000-0000-0000-000000000000}'", "id='"+entry+"'", `path = ""`, `path = "\Recovery\WindowsRE"`,
		`offset="0" colour='blue' />`, `offset="127379963904" colour='blue' guid="`+strings.ToLower(place.GUID)+`" />`,
		"  <InstallState state=\"0\"/>\r", "  <InstallState state=\"1\"/>\r").Replace(old)
	if got := string(enable(t, []byte(old))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEnableKeepsEncoding(t *testing.T) {
	text := strings.Replace(string(New().Format()), "utf-8", "utf-16", 1)
	bare := strings.TrimPrefix(text, "\ufeff")
	for name, old := range map[string][]byte{
		"UTF-8": New().Format(), "no mark": New().Format()[3:], "little endian": testkit.UTF16(text, binary.LittleEndian), "big endian": testkit.UTF16(text, binary.BigEndian),
		"little endian, no mark": testkit.UTF16(bare, binary.LittleEndian), "big endian, no mark": testkit.UTF16(bare, binary.BigEndian),
	} {
		if got := enable(t, old); !bytes.Equal(got[:4], old[:4]) {
			t.Errorf("%s: begins with %x, before %x", name, got[:4], old[:4])
		}
	}
}

func TestEnableReplacesDamagedFiles(t *testing.T) {
	fresh := enable(t, nil)
	whole := enabled().Format()
	for name, old := range map[string][]byte{"zeros": make([]byte, 1070), "cut": whole[:500], "tail": append(whole, 0, 0), "other": []byte("<a/>")} {
		if got := enable(t, old); !bytes.Equal(got, fresh) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestEnableOnMBR(t *testing.T) {
	b, err := Enable(enabled().Format(), Location{Path: `\Recovery\WindowsRE`, ID: "3405691582", Offset: 1 << 20}, entry)
	if err != nil || !strings.Contains(string(b), `<WinreLocation path="\Recovery\WindowsRE" id="3405691582" offset="1048576" guid="`+zeroGUID+`"/>`) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestEnableRefusesNoPlace(t *testing.T) {
	for _, at := range []Location{{Offset: 1}, {Path: `\x`}, {Path: `\x`, Offset: 1, GUID: "{x}"}} {
		if _, err := Enable(nil, at, entry); !errors.Is(err, ErrPlace) {
			t.Errorf("%+v: %v", at, err)
		}
	}
	if _, err := Enable(nil, place, "{}"); !errors.Is(err, ErrPlace) {
		t.Errorf("no identifier: %v", err)
	}
}

func FuzzEnable(f *testing.F) {
	f.Add(New().Format())
	f.Add([]byte("<WindowsRE><WinreBCD/><WinreLocation path='a'/><InstallState state='0'>x</InstallState></WindowsRE>"))
	f.Fuzz(func(t *testing.T, old []byte) {
		b, err := Enable(old, place, entry)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(b)
		if err != nil || len(c.Problems) > 0 || c.State() != StateEnabled || c.BCD != entry || c.Location.Offset != place.Offset {
			t.Fatalf("%v %+v\n%q\n%q", err, c, old, b)
		}
	})
}
