package hosts

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

func TestUpdateServer(t *testing.T) {
	for name, want := range map[string]bool{
		"windowsupdate.com": true, "Download.WindowsUpdate.com.": true, "fe2.update.microsoft.com": true,
		"statsfe2.update.microsoft.com": false, "notwindowsupdate.com": false, "microsoft.com": false, "": false,
	} {
		if UpdateServer(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		text, address string
		names         []string
		ok            bool
	}{
		{"127.0.0.1 a b # c", "127.0.0.1", []string{"a", "b"}, true},
		{"\t::1\tlocalhost\r\n", "::1", []string{"localhost"}, true},
		{"# 0.0.0.0 a", "", nil, true},
		{"", "", nil, true},
		{"a.com 0.0.0.0", "", nil, false},
	} {
		address, names, ok := Line(c.text)
		if address != c.address || !slices.Equal(names, c.names) || ok != c.ok {
			t.Errorf("%q: %q %q %t", c.text, address, names, ok)
		}
	}
}

func TestWithout(t *testing.T) {
	for _, c := range []struct {
		name, file, want string
		removed          int
	}{
		{"whole line", "127.0.0.1 localhost\r\n0.0.0.0 windowsupdate.com\r\n::1 x\r\n", "127.0.0.1 localhost\r\n::1 x\r\n", 1},
		{"other names", "0.0.0.0  a.com\tWindowsUpdate.com  b.com # why\n", "0.0.0.0  a.com  b.com # why\n", 1},
		{"last name", "0.0.0.0 a.com update.microsoft.com\r\n", "0.0.0.0 a.com\r\n", 1},
		{"all names, comment", "0.0.0.0 windowsupdate.com x.update.microsoft.com # by tool\r\n", "# by tool\r\n", 2},
		{"commented out", "# 0.0.0.0 windowsupdate.com\r\n", "# 0.0.0.0 windowsupdate.com\r\n", 0},
		{"no address", "windowsupdate.com windowsupdate.com\n", "windowsupdate.com windowsupdate.com\n", 0},
		{"mark", "\ufeff0.0.0.0 windowsupdate.com\n1.1.1.1 a\n", "\ufeff1.1.1.1 a\n", 1},
		{"no line end", "0.0.0.0 a windowsupdate.com", "0.0.0.0 a", 1},
		{"other code page", "0.0.0.0 windowsupdate.com # \x93\xfa\x96{\n# \x93\xfa\n", "# \x93\xfa\x96{\n# \x93\xfa\n", 1},
		{"empty", "", "", 0},
	} {
		out, removed := Without([]byte(c.file))
		if string(out) != c.want || removed != c.removed {
			t.Errorf("%s: %q, %d removed; want %q, %d", c.name, out, removed, c.want, c.removed)
		}
	}
}

func TestWithoutKeepsUTF16(t *testing.T) {
	file := testkit.UTF16("\ufeff1.1.1.1 日本\r\n0.0.0.0 windowsupdate.com\r\n", binary.LittleEndian)
	want := testkit.UTF16("\ufeff1.1.1.1 日本\r\n", binary.LittleEndian)
	if out, n := Without(file); n != 1 || !bytes.Equal(out, want) {
		t.Errorf("%d removed: %q", n, out)
	}
	odd := []byte("\xff\xfe0")
	if out, n := Without(odd); n != 0 || !bytes.Equal(out, odd) {
		t.Errorf("an odd file: %q", out)
	}
}

// FuzzWithout checks that nothing is left to remove, and that what stays was there.
func FuzzWithout(f *testing.F) {
	f.Add([]byte("0.0.0.0 a windowsupdate.com b#c\r\n"))
	f.Add([]byte("\xff\xfe0\x00 \x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, n := Without(file)
		if n == 0 && !bytes.Equal(out, file) || len(out) > len(file) {
			t.Fatalf("%q became %q", file, out)
		}
		if _, again := Without(out); again != 0 {
			t.Fatalf("%q became %q, and more was found", file, out)
		}
		if strings.Count(string(out), "#") > strings.Count(string(file), "#") {
			t.Fatalf("%q became %q", file, out)
		}
	})
}
