package reagent

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

// enabled is the configuration of a healthy Windows.
func enabled() *Config {
	c := New()
	c.BCD = "{ec9e2cda-63d3-11ee-bd2c-af2423a570b6}"
	c.Location = Location{Path: `\Recovery\WindowsRE`, ID: "0", Offset: 188570664960, GUID: "{1cb3eeb3-fd89-4fc4-a7d5-34f852f5aa52}"}
	c.InstallState, c.AutoRepair, c.ScheduledOperation = "1", "1", "4"
	return c
}

func equal(a, b *Config) bool {
	return string(a.Format()) == string(b.Format()) && a.BCD == b.BCD && a.Location == b.Location && a.Image == b.Image &&
		a.PBRImage == b.PBRImage && a.PBRCustomImage == b.PBRCustomImage && a.Downlevel == b.Downlevel && a.State() == b.State() &&
		a.OSBuild == b.OSBuild && a.ScheduledOperation == b.ScheduledOperation && a.WinREStaged == b.WinREStaged
}

func TestFormatIsReadBack(t *testing.T) {
	odd := enabled()
	odd.OSBuild, odd.OperationParam, odd.Location.Path = "26100.1.amd64fre", `a "b" <c> & 'd'`, `\回復`
	for name, c := range map[string]*Config{"off": New(), "on": enabled(), "odd texts": odd} {
		got, err := Parse(c.Format())
		if err != nil || len(got.Problems) > 0 || !equal(got, c) {
			t.Errorf("%s: %v %q\n%s\n%s", name, err, got.Problems, c.Format(), got.Format())
		}
	}
}

func TestFormatHasTheFormOfWindows(t *testing.T) {
	b := string(enabled().Format())
	// A real ReAgent.xml with these elements and values, its digits as many as here, has 1,070 bytes.
	if len(b) != 1070 {
		t.Errorf("%d bytes", len(b))
	}
	if !strings.HasPrefix(b, "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n\r\n<WindowsRE version=\"2.0\">\r\n  <WinreBCD id=\"{ec9e2cda-") {
		t.Errorf("%q", b[:120])
	}
	if !strings.HasSuffix(b, "  <ScheduledOperation state=\"4\"/>\r\n</WindowsRE>") {
		t.Errorf("%q", b[len(b)-60:])
	}
}

func TestState(t *testing.T) {
	for raw, want := range map[string]string{"1": StateEnabled, "0": StateDisabled, "": StateUnknown, "2": StateUnknown} {
		if got := (&Config{InstallState: raw}).State(); got != want {
			t.Errorf("%q: %s", raw, got)
		}
	}
}

func TestParseTakesEveryEncoding(t *testing.T) {
	text := strings.TrimPrefix(string(enabled().Format()), "\ufeff")
	wide := "\ufeff" + strings.Replace(text, "utf-8", "utf-16", 1)
	for name, b := range map[string][]byte{
		"no mark": []byte(text), "little endian": testkit.UTF16(wide, binary.LittleEndian), "big endian": testkit.UTF16(wide, binary.BigEndian),
		"little endian, no mark": testkit.UTF16(wide, binary.LittleEndian)[2:], "big endian, no mark": testkit.UTF16(wide, binary.BigEndian)[2:],
	} {
		c, err := Parse(b)
		if err != nil || len(c.Problems) > 0 || !equal(c, enabled()) {
			t.Errorf("%s: %v %q", name, err, c.Problems)
		}
	}
}

func TestParseOldSchema(t *testing.T) {
	c, err := Parse([]byte(`<WindowsRE version="1.0">
		<WinreBCD id="{92B228D6-2C5B-11E3-8636-00155DF13812}"/>
		<WinreLocation path="\Recovery\WindowsRE" id="1234567890" offset="1048576"></WinreLocation>
		<OsInstallLocation path="\RecoveryImage" id="0" offset="126717263872" guid="{46d52120-8158-4242-ad3c-0a3e919752b1}" index="1"/>
		<InstallState state='1'/>
		<FutureThing colour="blue"><Nested/></FutureThing>
	</WindowsRE>`))
	if err != nil || len(c.Problems) > 0 {
		t.Fatal(err, c.Problems)
	}
	if c.Version != "1.0" || c.BCD != "{92b228d6-2c5b-11e3-8636-00155df13812}" || c.State() != StateEnabled || c.WinREStaged != "" {
		t.Errorf("%+v", c)
	}
	if want := (Location{Path: `\Recovery\WindowsRE`, ID: "1234567890", Offset: 1048576}); c.Location != want {
		t.Errorf("%+v", c.Location)
	}
	if c.PBRImage.Offset != 126717263872 || c.PBRImage.Index != "1" {
		t.Errorf("%+v", c.PBRImage)
	}
	c.Location.GUID, c.AutoRepair = "{46d52120-8158-4242-ad3c-0a3e919752b1}", "1"
	for _, want := range []string{
		`  <WinreLocation path="\Recovery\WindowsRE" id="1234567890" offset="1048576" guid="{46d52120-8158-4242-ad3c-0a3e919752b1}"/>`,
		`  <OsInstallLocation path="\RecoveryImage"`, `  <FutureThing colour="blue"/>`, `  <IsAutoRepairOn state="1"/>`, `<WindowsRE version="1.0">`,
	} {
		if !strings.Contains(string(c.Format()), want) {
			t.Errorf("lacks %s:\n%s", want, c.Format())
		}
	}
	if strings.Contains(string(c.Format()), "WinREStaged") || strings.Contains(string(c.Format()), "PBRImageLocation") {
		t.Errorf("elements were invented:\n%s", c.Format())
	}
}

func TestParseTellsDamage(t *testing.T) {
	whole := string(enabled().Format())
	tests := []struct{ name, text, problem string }{
		{"cut off", whole[:400], "the XML is broken at line"},
		{"zero tail", whole + "\x00\x00", "ends in 2 zero characters"},
		{"bad offset", strings.Replace(whole, "188570664960", "-5", 1), `<WinreLocation> has the offset "-5"`},
		{"bad GUID", strings.Replace(whole, "{1cb3eeb3", "{xcb3eeb3", 1), `<WinreLocation> has the GUID`},
		{"state 7", strings.Replace(whole, `<InstallState state="1"`, `<InstallState state="7"`, 1), `<InstallState> has the state "7"`},
		{"twice", strings.Replace(whole, "</WindowsRE>", `<WinreBCD id="x"/></WindowsRE>`, 1), "<WinreBCD> is there twice"},
		{"no state", strings.Replace(whole, "InstallState", "Other", 1), "<InstallState> is missing"},
	}
	for _, tt := range tests {
		c, err := Parse([]byte(tt.text))
		if err != nil || !slices.ContainsFunc(c.Problems, func(p string) bool { return strings.Contains(p, tt.problem) }) {
			t.Errorf("%s: %v %q", tt.name, err, c.Problems)
		}
		if c.BCD != "{ec9e2cda-63d3-11ee-bd2c-af2423a570b6}" {
			t.Errorf("%s: what was readable is lost: %+v", tt.name, c)
		}
	}
}

func TestParseFindsNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "zero bytes": strings.Repeat("\x00", 1070), "text": "hello", "other XML": "<a><b/></a>", "too long": strings.Repeat(" ", MaxSize+1),
		"binary": "\xff\xfe\x00\xd8<", "only a mark": "\xef\xbb\xbf",
	} {
		c, err := Parse([]byte(text))
		if !errors.Is(err, ErrNotReAgent) || len(c.Problems) == 0 || c.State() != StateUnknown {
			t.Errorf("%s: %v, %+v", name, err, c)
		}
	}
}
