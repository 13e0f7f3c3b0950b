package cli

import (
	"slices"
	"testing"
)

// How IMAGE:PATH is divided on Windows; the names that are there are given.
func TestSplitImageOnWindows(t *testing.T) {
	for _, c := range []struct {
		name         string
		there        []string
		image, inner string
	}{
		{`C:\pc.vhdx:\Windows\System32\config\SYSTEM`, []string{`C:\pc.vhdx`, "C"}, `C:\pc.vhdx`, `\Windows\System32\config\SYSTEM`},
		{`C:\pc.vhdx:C:\Windows\WindowsUpdate.log`, []string{`C:\pc.vhdx`}, `C:\pc.vhdx`, `C:\Windows\WindowsUpdate.log`},
		{`C:pc.vhdx:Windows`, []string{"C:pc.vhdx", "C"}, "C:pc.vhdx", "Windows"},
		{`pc.vhdx:C:\Windows`, []string{"pc.vhdx"}, "pc.vhdx", `C:\Windows`},
		{`\\?\C:\pc.vhdx:\Windows`, []string{`\\?\C:\pc.vhdx`, `\\?\C`}, `\\?\C:\pc.vhdx`, `\Windows`},
		{`\\.\PhysicalDrive1:\Windows`, []string{`\\.\PhysicalDrive1`}, `\\.\PhysicalDrive1`, `\Windows`},
		{`\\server\share\pc.img:Windows`, []string{`\\server\share\pc.img`}, `\\server\share\pc.img`, "Windows"},
		{`C:\pc.vhdx`, []string{"C"}, "", ""},
		{`C:pc.vhdx`, []string{"C"}, "", ""},
		{`C:`, []string{"C"}, "", ""},
		{`:`, []string{""}, "", ""},
		{`\\?\C:`, []string{`\\?\C`}, "", ""},
		{`\\.\C:`, []string{`\\.\C`}, "", ""},
	} {
		image, inner, ok := splitWhere(c.name, func(path string) bool { return slices.Contains(c.there, path) })
		if image != c.image || inner != c.inner || ok != (c.image != "") {
			t.Errorf("%s: %q %q %v", c.name, image, inner, ok)
		}
	}
}
