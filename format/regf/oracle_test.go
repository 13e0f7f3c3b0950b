package regf

import (
	"context"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"testing"

	"updoc/testkit"
)

// hivexml returns a hive as hivexml prints it.
func hivexml(t testing.TB, hive []byte) string {
	t.Helper()
	return testkit.Output(t, testkit.Command(t, "hivexml", testkit.WriteFile(t, "hive", hive)))
}

// hivexsh runs a script of hivexsh.
func hivexsh(t testing.TB, script string, args ...string) string {
	t.Helper()
	cmd := testkit.Command(t, "hivexsh", args...)
	cmd.Stdin = strings.NewReader(script)
	return testkit.Output(t, cmd)
}

// xmlCount counts what hivexml prints.
func xmlCount(t testing.TB, out string) (nodes, values int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return nodes, values
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "node" {
			nodes++
		} else if ok && s.Name.Local == "value" {
			values++
		}
	}
}

func TestHivexmlReadsOurHive(t *testing.T) {
	for _, minor := range []uint32{3, 5} {
		nodes, values := xmlCount(t, hivexml(t, Build(tree(), BuildOptions{Minor: minor})))
		if nodes != 1207 || values != 1213 {
			t.Errorf("1.%d: hivexml sees %d keys and %d values", minor, nodes, values)
		}
	}
}

func TestHivexshReadsOurHive(t *testing.T) {
	path := testkit.WriteFile(t, "hive", Build(tree(), BuildOptions{}))
	out := hivexsh(t, "cd \\Many\\Key0777\nlsval i\ncd \\Software\\Vendor\nlsval Path\nlsval Segmented\n", path)
	lines := strings.SplitN(strings.TrimSpace(out), "\n", 3)
	if len(lines) < 3 || lines[0] != "777" || lines[1] != `%windir%\x` {
		t.Fatalf("hivexsh says %.300q", out)
	}
	if lines[2] != strings.Repeat("0123456789", 5000) {
		t.Errorf("hivexsh sees %d bytes of segmented data", len(lines[2]))
	}
}

func TestHivexshChangesOurHive(t *testing.T) {
	path := testkit.WriteFile(t, "hive", Build(tree(), BuildOptions{}))
	hivexsh(t, "cd \\Software\nadd New\ncd New\nsetval 1\nx\ndword:0x2a\ncommit\n", "-w", path)
	h := openBytes(t, testkit.ReadFile(t, path))
	if number(t, h, `Software\New`, "x") != 42 {
		t.Error("a change by hivexsh is not seen")
	}
	if keys, _, _ := h.Count(context.Background()); keys != 1208 || len(h.Info().Problems) != 0 {
		t.Errorf("%d keys after the change, problems %q", keys, h.Info().Problems)
	}
}

func TestRegfexportReadsOurHive(t *testing.T) {
	out := testkit.Run(t, "regfexport", testkit.WriteFile(t, "hive", Build(tree(), BuildOptions{})))
	keys, values := strings.Count(out, "\nKey path:"), strings.Count(out, "\nValue:")
	if keys != 1207 || values != 1213 || !strings.Contains(out, "Data: 日本語 𠮷 abc\n") {
		t.Errorf("regfexport sees %d keys and %d values: %.300s", keys, values, out)
	}
	if strings.Contains(strings.ToLower(out), "corrupt") {
		t.Error("regfexport calls the hive corrupt")
	}
}

// hivexml prints each value's type and bytes; compared one by one with a real hive.
func TestValuesEqualHivexml(t *testing.T) {
	b := testkit.SampleBytes(t, "hive/regipy__SYSTEM")
	h := openBytes(t, b)
	var ours []string
	if err := h.Walk(context.Background(), func(_ string, k Key) error {
		vs, err := k.Values()
		for _, v := range vs {
			n, uerr := v.Uint()
			if uerr == nil && v.Type() == Dword {
				ours = append(ours, v.Name()+"="+strconv.Itoa(int(int32(n))))
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	theirs := xmlNumbers(t, hivexml(t, b))
	if len(ours) != len(theirs) {
		t.Fatalf("%d numbers, hivexml has %d", len(ours), len(theirs))
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Fatalf("number %d: %q, hivexml has %q", i, ours[i], theirs[i])
		}
	}
}

func xmlNumbers(t testing.TB, out string) (list []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		s, ok := tok.(xml.StartElement)
		if !ok || s.Name.Local != "value" {
			continue
		}
		a := map[string]string{}
		for _, x := range s.Attr {
			a[x.Name.Local] = x.Value
		}
		if a["type"] == "int32" {
			list = append(list, a["key"]+"="+a["value"])
		}
	}
}
