package journal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"updoc/format/sd"
	"updoc/model"
)

const somebody = "S-1-5-21-1-2-3-1001"

// ntfs is a drive as Windows protects it: what is made without permissions of its own has
// those that the folder above gives.
type ntfs struct {
	t     *testing.T
	items map[string]looked
	plant func() // done by somebody else when a folder is closed
}

func (n *ntfs) make(path string, a access) error {
	if _, there := n.items[path]; there {
		return fs.ErrExist
	}
	if _, there := n.items[filepath.Dir(path)]; !there {
		return fs.ErrNotExist
	}
	n.items[path] = looked{folder: true, security: n.of(a)}
	return nil
}

// of is what Windows makes of the text.
func (n *ntfs) of(a access) []byte {
	d := &sd.Descriptor{Owner: sd.Administrators, HasDACL: true, DACL: []sd.Entry{{Flags: 3, Mask: 0x1f01ff, SID: sd.System}, {Flags: 3, Mask: 0x1f01ff, SID: sd.Administrators}}}
	if strings.HasSuffix(string(a), "(A;OICI;0x1200a9;;;BU)") {
		d.DACL = append(d.DACL, sd.Entry{Flags: 3, Mask: 0x1200a9, SID: sd.Users})
	}
	return n.raw(d)
}

func (n *ntfs) raw(d *sd.Descriptor) []byte {
	b, err := d.Bytes()
	if err != nil {
		n.t.Fatal(err)
	}
	return b
}

func (n *ntfs) look(path string) (looked, error) {
	l, there := n.items[path]
	if !there {
		return l, fs.ErrNotExist
	}
	return l, nil
}

func (n *ntfs) protect(path string, a access) error {
	l := n.items[path]
	l.security = n.of(a)
	n.items[path] = l
	if n.plant != nil {
		n.plant()
	}
	return nil
}

func (n *ntfs) restore(path string, security []byte) error {
	l := n.items[path]
	l.security = security
	n.items[path] = l
	return nil
}

func (n *ntfs) empty(path string) (bool, error) {
	for name := range n.items {
		if filepath.Dir(name) == path && name != path {
			return false, nil
		}
	}
	return true, nil
}

// usual is what somebody gets who makes a folder in ProgramData, or on a data drive.
func (n *ntfs) usual(owner string, users uint32) looked {
	return looked{folder: true, security: n.raw(&sd.Descriptor{Owner: owner, HasDACL: true, DACL: []sd.Entry{
		{Flags: 3, Mask: 0x1f01ff, SID: sd.System}, {Flags: 3, Mask: 0x1f01ff, SID: sd.Administrators}, {Mask: 0x1f01ff, SID: owner},
		{Flags: 0xb, Mask: 1 << 28, SID: "S-1-3-0"}, {Flags: 3, Mask: 0x1200a9, SID: sd.Users}, {Flags: 2, Mask: users, SID: sd.Users}}})}
}

func drive(t *testing.T) *ntfs {
	n := &ntfs{t: t, items: map[string]looked{}}
	n.items["/"] = n.usual(sd.TrustedInstaller, 4)
	n.items["/ProgramData"] = n.usual(sd.System, 0x116)
	return n
}

const (
	home = "/ProgramData/updoc"
	kept = "/ProgramData/updoc/journals"
)

func why(err error) any {
	var e *model.Error
	if errors.As(err, &e) && e.Code == "folder-not-trusted" {
		return e.Args["why"]
	}
	return err
}

// Whatever lies at the place of updoc's folders: either nobody else can write there
// afterwards, or it is refused and left as it is.
func TestOnlyOursAreUsed(t *testing.T) {
	for name, c := range map[string]struct {
		there func(n *ntfs)
		want  any
		keeps bool
	}{
		"nothing":                  {func(*ntfs) {}, nil, false},
		"a user made it first":     {func(n *ntfs) { n.items[kept] = n.usual(somebody, 0) }, anOwner, false},
		"a junction":               {func(n *ntfs) { n.items[kept] = looked{link: true, folder: true, security: n.of(private)} }, aLink, false},
		"a file":                   {func(n *ntfs) { n.items[kept] = looked{security: n.of(private)} }, aFile, false},
		"made by updoc":            {func(n *ntfs) { n.items[kept] = looked{folder: true, security: n.of(private)} }, nil, false},
		"everybody may read":       {func(n *ntfs) { n.items[kept] = looked{folder: true, security: n.of(shared)} }, nil, false},
		"an administrator made it": {func(n *ntfs) { n.items[kept] = n.usual(sd.Administrators, 0x1301bf) }, nil, false},
		"something lies in it already": {func(n *ntfs) {
			n.items[kept] = n.usual(sd.Administrators, 0x1301bf)
			n.items[kept+"/run.json"] = looked{}
		}, anAccess, false},
		"what lies in it is no danger": {func(n *ntfs) {
			n.items[kept] = n.usual(sd.Administrators, 0x1301bf)
			n.items[kept+"/run.json"] = looked{}
		}, nil, true},
		"no access list":       {func(n *ntfs) { n.items[kept] = looked{folder: true, security: n.raw(&sd.Descriptor{Owner: sd.System})} }, nil, false},
		"a damaged descriptor": {func(n *ntfs) { n.items[kept] = looked{folder: true} }, anOwner, false},
		"something put in just now": {func(n *ntfs) {
			n.items[kept] = n.usual(sd.Administrators, 0x1301bf)
			n.plant = func() { n.items[kept+"/updoc.exe"] = looked{} }
		}, anAccess, false},
	} {
		n := drive(t)
		n.items[home] = looked{folder: true, security: n.of(shared)}
		c.there(n)
		was := string(n.items[kept].security)
		for range 2 { // a second time comes to the same
			err := makeOurs(n, kept, private, c.keeps)
			if got := why(err); got != c.want {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
			if err == nil && wrong(n.items[kept], private) != "" {
				t.Errorf("%s: others can write there", name)
			}
			if err != nil && string(n.items[kept].security) != was {
				t.Errorf("%s: refused and changed", name)
			}
		}
	}
}

// The folder above is made for nobody else to write in too: who may rename what lies
// there puts another in its place.
func TestFoldersAbove(t *testing.T) {
	n := drive(t)
	if err := makeOurs(n, kept, private, false); err != nil || wrong(n.items[home], shared) != "" {
		t.Error(err, wrong(n.items[home], shared))
	}
	if wrong(n.items[home], private) != anAccess {
		t.Error("the result cannot be read by whoever signs in")
	}
	n = drive(t)
	n.items[home] = n.usual(somebody, 0)
	if got := why(makeOurs(n, home, shared, true)); got != anOwner {
		t.Error(got)
	}
}

// While its lock is held: it is still ours, and no link above it is somebody else's.
func TestLinksAbove(t *testing.T) {
	for name, c := range map[string]struct {
		change func(n *ntfs)
		want   any
	}{
		"nothing":                {func(*ntfs) {}, nil},
		"a user's junction":      {func(n *ntfs) { l := n.usual(somebody, 0); l.link = true; n.items[home] = l }, aLink},
		"users may turn it":      {func(n *ntfs) { l := n.usual(sd.Administrators, 2); l.link = true; n.items[home] = l }, aLink},
		"an administrator's":     {func(n *ntfs) { n.items[home] = looked{link: true, folder: true, security: n.of(shared)} }, nil},
		"exchanged in between":   {func(n *ntfs) { n.items[kept] = n.usual(somebody, 0) }, anOwner},
		"opened in between":      {func(n *ntfs) { n.items[kept] = n.usual(sd.System, 2) }, anAccess},
		"a link in between":      {func(n *ntfs) { n.items[kept] = looked{link: true, folder: true, security: n.of(private)} }, aLink},
		"a folder of everyone's": {func(n *ntfs) { n.items[home] = n.usual(somebody, 0x1301bf) }, nil}, // it cannot be renamed while the lock is open
	} {
		n := drive(t)
		if err := makeOurs(n, kept, private, false); err != nil {
			t.Fatal(err)
		}
		c.change(n)
		if got := why(checkOurs(n, kept, private)); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A file is believed if nobody else could have written it.
func TestOnlyOurs(t *testing.T) {
	n := drive(t)
	full := func(sid string) sd.Entry { return sd.Entry{Mask: 0x1f01ff, SID: sid} }
	for name, c := range map[string]struct {
		d    *sd.Descriptor
		want bool
	}{
		"administrators":    {&sd.Descriptor{Owner: sd.Administrators, HasDACL: true, DACL: []sd.Entry{full(sd.System)}}, true},
		"readable":          {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Mask: 0x1200a9, SID: sd.Everyone}}}, true},
		"nobody at all":     {&sd.Descriptor{Owner: sd.System, HasDACL: true}, true},
		"a user's":          {&sd.Descriptor{Owner: somebody, HasDACL: true, DACL: []sd.Entry{full(sd.System)}}, false},
		"no owner":          {&sd.Descriptor{HasDACL: true}, false},
		"everyone's":        {&sd.Descriptor{Owner: sd.Administrators, HasDACL: true, DACL: []sd.Entry{full(sd.Everyone)}}, false},
		"no list":           {&sd.Descriptor{Owner: sd.System}, false},
		"appending":         {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Mask: 4, SID: sd.Users}}}, false},
		"its permissions":   {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Mask: 0x40000, SID: sd.Authenticated}}}, false},
		"generic":           {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Mask: 1 << 30, SID: sd.Users}}}, false},
		"what lies below":   {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Flags: sd.InheritOnly, Mask: 2, SID: sd.Users}}}, false},
		"denied all before": {&sd.Descriptor{Owner: sd.System, HasDACL: true, DACL: []sd.Entry{{Deny: true, Mask: 0x1f01ff, SID: sd.Users}}}, true},
	} {
		if got := OnlyOurs(n.raw(c.d)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if OnlyOurs(nil) || OnlyOurs([]byte("x")) {
		t.Error("damaged")
	}
}
