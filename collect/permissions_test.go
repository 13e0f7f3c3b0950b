package collect

import (
	"io/fs"
	"strings"
	"testing"

	"updoc/format/sd"
	"updoc/model"
)

// guarded is a source whose Windows volume tells who may do what.
type guarded struct {
	*fake
	rights map[string][]byte // by path in lower case
}

func (g guarded) FS(id string) (fs.FS, error) {
	fsys, err := g.fake.FS(id)
	if err != nil {
		return nil, err
	}
	return guardedFS{fsys, g.rights}, nil
}

type guardedFS struct {
	fs.FS
	rights map[string][]byte
}

func (g guardedFS) Security(name string) ([]byte, error) {
	if b, ok := g.rights[strings.ToLower(name)]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

func rights(t *testing.T, owner string, entries ...sd.Entry) []byte {
	t.Helper()
	b, err := (&sd.Descriptor{Owner: owner, HasDACL: true, DACL: entries}).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func permissionOf(t *testing.T, m *model.Machine, path string) model.Permission {
	t.Helper()
	for _, p := range m.Permissions.Items {
		if p.Path == path {
			return p
		}
	}
	t.Fatalf("no permission of %s in %+v", path, m.Permissions.Items)
	return model.Permission{}
}

func TestPermissions(t *testing.T) {
	all, read := uint32(0x1f01ff), uint32(mayRead)
	keys := softwareKeys()
	keys.Key(cbsKey)
	src := guarded{newFake(keys, systemKeys()), map[string][]byte{
		"windows/winsxs":               rights(t, sd.TrustedInstaller, sd.Entry{Mask: all, SID: sd.TrustedInstaller}, sd.Entry{Mask: read, SID: sd.System}),
		"windows/servicing":            rights(t, sd.Administrators, sd.Entry{Mask: read, SID: sd.System}, sd.Entry{Mask: read, SID: sd.Administrators}),
		"windows/softwaredistribution": rights(t, sd.System, sd.Entry{Mask: all, SID: sd.Administrators}),
		"windows/temp":                 rights(t, sd.System, sd.Entry{Deny: true, Mask: 2, SID: sd.Everyone}, sd.Entry{Mask: all, SID: sd.System}),
		"windows/installer":            []byte("no descriptor"),
	}}
	m := look(t, src)
	if !m.Permissions.Coverage.Complete || len(m.Permissions.Items) != 6 { // five folders and the key
		t.Fatalf("%+v", m.Permissions)
	}
	for _, c := range []struct {
		path          string
		system, stack bool
	}{
		{`Windows\WinSxS`, true, true}, {`Windows\servicing`, true, false},
		{`Windows\SoftwareDistribution`, true, true}, {`Windows\Temp`, false, false},
		{servicingKey, true, true},
	} {
		p := permissionOf(t, m, c.path)
		want(t, c.path+" system", p.System, c.system)
		want(t, c.path+" stack", p.Stack, c.stack)
	}
	if p := permissionOf(t, m, `Windows\servicing`); p.Owner != sd.Administrators || p.Origin.Path != `Windows\servicing` {
		t.Errorf("%+v", p)
	}
	wantUnseen(t, "a damaged descriptor", permissionOf(t, m, `Windows\Installer`).System, model.ReasonDamaged)
}

// A path that CBS.log names as refused is looked at too.
func TestRefusedPath(t *testing.T) {
	src := guarded{newFake(softwareKeys(), systemKeys()), map[string][]byte{
		"windows/system32/drivers/example.sys": rights(t, sd.System, sd.Entry{Mask: mayRead, SID: sd.System}),
	}}
	src.put("Windows/Logs/CBS/CBS.log", []byte("2024-01-10 10:00:00, Error                 CBS    Failed to create file 'C:\\Windows\\System32\\drivers\\example.sys' [HRESULT = 0x80070005 - E_ACCESSDENIED]\r\n"+
		"2024-01-10 10:00:01, Error                 CBS    Failed to open 'C:\\Windows\\..\\..\\nowhere' [HRESULT = 0x80070005 - E_ACCESSDENIED]\r\n"))
	m := look(t, src)
	p := permissionOf(t, m, `Windows\System32\drivers\example.sys`)
	want(t, "stack", p.Stack, false)
}

// A folder does not keep rights: they are unseen, never right or wrong.
func TestPermissionsOfAFolder(t *testing.T) {
	m := look(t, newFake(softwareKeys(), systemKeys()).folder())
	if c := m.Permissions.Coverage; c.Complete || c.Why == nil || c.Why.Reason != model.ReasonUnsupported {
		t.Errorf("%+v", c)
	}
}
