package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"updoc/format/sd"
)

const someone = "S-1-5-21-1-2-3-1001"

// The lists that the folders of Windows and ours have, and what a stranger would give them.
func TestForeign(t *testing.T) {
	all, read := uint32(0x1f01ff), uint32(0x1200a9)
	ours := []sd.Entry{{Mask: all, SID: sd.System}, {Mask: all, SID: sd.Administrators}}
	with := func(e ...sd.Entry) *sd.Descriptor {
		return &sd.Descriptor{Owner: sd.Administrators, HasDACL: true, DACL: append(append([]sd.Entry{}, ours...), e...)}
	}
	owned := func(by string) *sd.Descriptor { d := with(); d.Owner = by; return d }
	for name, c := range map[string]struct {
		d      *sd.Descriptor
		rights uint32
		me     string
		want   error
	}{
		"private":                        {with(), changing, "", nil},
		"readable":                       {with(sd.Entry{Mask: read, SID: sd.Users}), changing, "", nil},
		"ProgramData's own list":         {with(sd.Entry{Mask: 0x116 | read, SID: sd.Users}), replacing, "", nil},
		"files can be added":             {with(sd.Entry{Mask: 0x116 | read, SID: sd.Users}), changing, "", errStranger},
		"inherited only":                 {with(sd.Entry{Mask: 1 << 28, SID: "S-1-3-0", Flags: sd.InheritOnly}), changing, "", nil},
		"everybody modifies":             {with(sd.Entry{Mask: 0x1301bf, SID: sd.Authenticated}), replacing, "", errStranger},
		"all rights, generic":            {with(sd.Entry{Mask: 1 << 28, SID: someone}), replacing, "", errStranger},
		"denied first":                   {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Deny: true, Mask: all, SID: sd.Users}, {Mask: all, SID: sd.Users}}}, changing, "", nil},
		"owned by somebody":              {owned(someone), replacing, "", errStranger},
		"owned by me":                    {owned(someone), changing, someone, nil},
		"owned by me, others may delete": {&sd.Descriptor{Owner: someone, HasDACL: true, DACL: []sd.Entry{{Mask: 0x10000, SID: sd.Users}}}, replacing, someone, errStranger},
		"no list":                        {&sd.Descriptor{Owner: sd.System}, replacing, "", errStranger},
		"no owner":                       {owned(""), replacing, "", errStranger},
	} {
		raw, err := c.d.Bytes()
		if err != nil {
			t.Fatal(name, err)
		}
		if got := foreign(raw, c.rights, c.me); !errors.Is(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := foreign([]byte("no descriptor"), changing, ""); !errors.Is(err, sd.ErrDamaged) {
		t.Error(err)
	}
}

func TestSoleMakesTheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "updoc", "journals")
	if err := Sole(folder); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		t.Error(err)
	}
}
