package collect

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"updoc/format/sd"
	"updoc/model"
	"updoc/source"
)

// deniedLimit bounds how many paths that CBS.log names as refused are looked at.
const deniedLimit = 40

// Rights that servicing needs. Modify is what Windows calls so: everything but changing
// owner and rights. Source: [MS-DTYP] access masks.
const (
	mayRead   = 0x001200a9
	mayModify = 0x001301bf
	keyRead   = 0x00020019
	keyWrite  = 0x00030007 | keyRead // values, subkeys, deleting
)

// What SYSTEM is a member of, and so may use besides its own rights. TrustedInstaller
// runs as SYSTEM and has its own SID besides.
var (
	asSystem = []string{sd.System, sd.Administrators, sd.Users, sd.Authenticated, sd.Everyone}
	asStack  = append([]string{sd.TrustedInstaller}, asSystem...)
)

// need is what the two must be allowed at one place. The usual owners and rights of
// Windows 10 and 11 give them: TrustedInstaller owns and writes the system, SYSTEM owns
// and writes what the update agent and the installer keep.
type need struct {
	path          string
	system, stack uint32
}

var needs = []need{
	{`Windows`, mayRead, mayModify},
	{`Windows\WinSxS`, mayRead, mayModify},
	{`Windows\servicing`, mayRead, mayModify},
	{`Windows\System32`, mayRead, mayModify},
	{`Windows\System32\config`, mayRead, mayModify},
	{`Windows\SoftwareDistribution`, mayModify, mayModify},
	{`Windows\Installer`, mayModify, mayModify},
	{`Windows\Temp`, mayModify, mayModify},
}

const servicingKey = `HKLM\SOFTWARE\` + cbsKey

// permissions fills Machine.Permissions: the places that every update writes, and those
// that CBS.log names because something was refused there.
func permissions(d *desk) {
	secured, why := d.secured()
	if why != nil {
		d.m.Permissions = model.Partial[model.Permission](nil, *why)
		return
	}
	var all []model.Permission
	for _, n := range slices.Concat(needs, d.refused()) {
		all = addPermission(all, d.permission(secured, n))
	}
	all = addPermission(all, d.keyPermission(need{servicingKey, keyRead, keyWrite}))
	d.m.Permissions = model.Complete(all)
}

// secured is the Windows volume, if it tells who may do what.
func (d *desk) secured() (source.Secured, *model.Unseen) {
	fsys, err := d.fs(d.windows)
	if err != nil {
		why := source.Why("security", err)
		return nil, &why
	}
	if s, ok := fsys.(source.Secured); ok {
		return s, nil
	}
	return nil, &model.Unseen{Artifact: "security", Reason: model.ReasonUnsupported, How: model.HowDisk,
		Detail: "a copied folder does not keep the rights of its files"}
}

// refused are the paths below Windows that notes of refused access name.
func (d *desk) refused() []need {
	var out []need
	known := map[string]bool{}
	for _, n := range d.m.CBS.Notes.Items {
		_, path, drive := strings.Cut(n.Subject, `:\`)
		folded := strings.ToLower(path)
		if n.Kind != "access-denied" || !drive || !strings.HasPrefix(folded, `windows\`) || known[folded] || len(out) >= deniedLimit {
			continue
		}
		known[folded] = true
		out = append(out, need{path, mayRead, mayModify})
	}
	return out
}

func addPermission(all []model.Permission, p *model.Permission) []model.Permission {
	if p == nil {
		return all
	}
	return append(all, *p)
}

// permission judges one file or folder; nil if it is not there.
func (d *desk) permission(s source.Secured, n need) *model.Permission {
	at := d.on(slashPath(n.path))
	if !fs.ValidPath(at.path) {
		return nil
	}
	raw, err := s.Security(at.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return judge(n, raw, err, sd.File, at.origin("security"))
}

// keyPermission judges one key of SOFTWARE; nil if it is not there.
func (d *desk) keyPermission(n need) *model.Permission {
	h := d.software()
	path := strings.TrimPrefix(n.path, `HKLM\SOFTWARE\`)
	k, ok, why := h.key(path)
	if !ok && why == nil {
		return nil
	}
	p := &model.Permission{Path: n.path, System: unseenOr[bool](why), Stack: unseenOr[bool](why), Origin: h.origin(path, "", 0)}
	if !ok {
		return p
	}
	raw, err := k.Security()
	return judge(n, raw, err, sd.Key, h.origin(path, "", k.Offset()))
}

func judge(n need, raw []byte, err error, kind sd.Generic, o model.Origin) *model.Permission {
	p := &model.Permission{Path: n.path, Origin: o}
	var d *sd.Descriptor
	if err == nil {
		d, err = sd.Parse(raw)
	}
	if err != nil {
		why := source.Why(o.Artifact, err)
		p.System, p.Stack = unseenOr[bool](&why), unseenOr[bool](&why)
		return p
	}
	p.Owner = d.Owner
	p.System = allowed(d, n.system, kind, asSystem, o)
	p.Stack = allowed(d, n.stack, kind, asStack, o)
	return p
}

// allowed is unseen where an entry that is not read could give what lacks.
func allowed(d *sd.Descriptor, want uint32, kind sd.Generic, who []string, o model.Origin) model.Fact[bool] {
	ok := d.Allows(want, kind, who...)
	if !ok && d.Unknown > 0 {
		return model.NotSeen[bool](model.Unseen{Artifact: o.Artifact, Reason: model.ReasonUnsupported,
			Detail: "conditional access rights are not read", How: model.HowLive})
	}
	return model.Known(ok, o)
}
