package casekit

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultsDescribeAHealthyPC(t *testing.T) {
	pc, err := Parse(strings.NewReader("about: nothing is wrong\nnow: 2024-03-01 10:00\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(pc.Disks[0].Partitions); got != 4 || pc.OS.Build != 19045 || pc.WinRE.State != stateEnabled || pc.WinRE.At != "recovery" {
		t.Errorf("partitions %d, OS %+v, WinRE %+v", got, pc.OS, pc.WinRE)
	}
}

func TestMistakesNameTheirLine(t *testing.T) {
	const head = "about: x\nnow: 2024-03-01 10:00\n"
	for _, c := range []struct {
		text, want string
		line       int
	}{
		{"", "empty", 0},
		{"now: 2024-03-01 10:00", "about is missing", 0},
		{"about: x", "now is missing", 0},
		{"about: x\nnow: yesterday", "no time", 2},
		{head + "colour: red", "unknown field", 3},
		{head + "os:\n  product: X\n  flavour: y", "unknown field", 5},
		{head + "disks:\n- size: 64 GB\n  partitions:\n  - esp: 100 MB\n  - {windows: 5 parsecs}", "no size", 7},
		{head + "disks:\n- partitions:\n  - esp: 100 MB\n  - {esp: 1 GB, windows: rest}", "one role", 6},
		{head + "disks:\n- size: 10 GB\n  partitions:\n  - windows: 20 GB", "room", 4},
		{head + "disks:\n- partitions:\n  - esp: 100 MB", "windows", 0},
		{head + "updates:\n- {kb: KB1, at: 2024-01-01 10:00}\n- {kb: KB2}", "at is missing", 5},
		{head + "updates:\n- {kb: KB1, at: 2024-01-01 10:00, code: ouch}", "no code", 4},
		{head + "updates:\n- {kb: KB1, at: 1999-01-01 10:00}", "four years", 4},
		{head + "services: {wuauserv: 9}", "start type", 3},
		{head + "winre: {at: recovery 7}", "no partition is called", 0},
		{head + "files:\n- {path: x, on: moon}", "no partition is called", 0},
	} {
		_, err := Parse(strings.NewReader(c.text))
		var at *LineError
		if !errors.As(err, &at) || at.Line != c.line || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want line %d and %q", c.text, err, c.line, c.want)
		}
	}
}

func TestEveryCaseParses(t *testing.T) {
	cases, _ := filepath.Glob("../cases/*/pc.yaml")
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, path := range cases {
		load(t, filepath.Base(filepath.Dir(path)))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("about: x\nnow: 2024-03-01 10:00\nupdates:\n- {kb: KB5034441, at: [2024-01-01 10:00], code: 0x80070643}\n")
	f.Add("disks:\n- table: mbr\n  partitions:\n  - {windows: rest, logical: yes}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if pc, err := Parse(strings.NewReader(text)); err == nil && pc.About == "" {
			t.Error("accepted without a story")
		}
	})
}
