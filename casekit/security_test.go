package casekit

import (
	"testing"
	"time"

	"updoc/format/sd"
)

// A healthy Windows lets TrustedInstaller write everywhere it must, and SYSTEM where the
// update agent keeps its files; rights that a text takes away are gone there only.
func TestRights(t *testing.T) {
	asSystem := []string{sd.System, sd.Administrators, sd.Users}
	asStack := append([]string{sd.TrustedInstaller}, asSystem...)
	healthy := newVolume("", time.Time{})
	sick := newVolume("", time.Time{})
	sick.lost = []Permission{{Path: `\Windows\WinSxS`, Without: []string{lostStack}}, {Path: `\Windows\SoftwareDistribution`, Without: []string{lostSystem}}}
	for _, c := range []struct {
		v             *volume
		path          string
		system, stack bool // may write
	}{
		{healthy, `Windows`, true, true}, {healthy, `Windows\WinSxS`, false, true}, {healthy, `Windows\System32\x.dll`, true, true},
		{healthy, `Windows\SoftwareDistribution`, true, true}, {healthy, `Users\user`, true, true},
		{sick, `Windows\WinSxS`, false, false}, {sick, `Windows\WinSxS\Temp`, false, true},
		{sick, `Windows\SoftwareDistribution`, false, false}, {sick, `windows\temp`, true, true},
	} {
		d, err := sd.Parse(c.v.rights(c.path))
		if err != nil {
			t.Fatal(err)
		}
		system, stack := d.Allows(fileModify, sd.File, asSystem...), d.Allows(fileModify, sd.File, asStack...)
		if system != c.system || stack != c.stack || !d.Allows(fileRead, sd.File, asSystem...) {
			t.Errorf("%s: system %t, stack %t; want %t, %t", c.path, system, stack, c.system, c.stack)
		}
	}
}

func TestPermissionWords(t *testing.T) {
	for _, c := range []struct {
		p  Permission
		ok bool
	}{
		{Permission{Path: `\Windows`, Without: []string{lostSystem, lostStack}}, true},
		{Permission{Path: cbsKeyPath, Without: []string{lostStack}}, true},
		{Permission{Path: `\Windows`}, false},
		{Permission{Path: `\Windows`, Without: []string{"user"}}, false},
		{Permission{Path: `HKLM\SOFTWARE\Vendor`, Without: []string{lostSystem}}, false},
	} {
		if err := c.p.check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.p, err)
		}
	}
}
