package casekit

import (
	"errors"
	"slices"
	"strings"

	"updoc/format/sd"
)

// Rights as a healthy Windows gives them: TrustedInstaller owns the system and writes it,
// SYSTEM owns what the update agent and the installer keep, everything else belongs to
// Administrators. Source: icacls on Windows 10 and 11, and [MS-DTYP] for the masks.
const (
	fileAll    = 0x001f01ff
	fileModify = 0x001301bf
	fileRead   = 0x001200a9
	keyAll     = 0x000f003f
	keyRead    = 0x00020019
	inherited  = sd.ObjectInherit | sd.ContainerInherit
)

// ownership is who owns a folder with all below it, and what SYSTEM and Administrators
// may do there besides TrustedInstaller; 0: TrustedInstaller has no entry of its own.
type ownership struct {
	path  string
	owner string
	stack uint32
	rest  uint32
}

// ownerships are the folders whose rights differ; the first that fits counts.
func ownerships() []ownership {
	return []ownership{
		{`windows\winsxs`, sd.TrustedInstaller, fileAll, fileRead},
		{`windows\servicing`, sd.TrustedInstaller, fileAll, fileRead},
		{`windows\softwaredistribution`, sd.System, 0, fileAll},
		{`windows\installer`, sd.System, 0, fileAll},
		{`windows\temp`, sd.System, 0, fileAll},
		{`windows\logs`, sd.System, fileAll, fileAll},
		{`windows\system32\config`, sd.System, fileAll, fileAll},
		{`windows\system32\winevt`, sd.System, 0, fileAll},
		{`windows`, sd.TrustedInstaller, fileAll, fileModify},
		{``, sd.Administrators, 0, fileAll},
	}
}

// rights is the security descriptor of a path of the volume.
func (v *volume) rights(path string) []byte {
	path = key(strings.Trim(path, `\`))
	list := ownerships()
	i := slices.IndexFunc(list, func(o ownership) bool {
		return o.path == "" || path == o.path || strings.HasPrefix(path, o.path+`\`)
	})
	o := list[i]
	return descriptor(o, fileRead, without(v.lost, path))
}

// keyRights is the descriptor of the key Component Based Servicing.
func keyRights(lost []Permission) []byte {
	return descriptor(ownership{owner: sd.TrustedInstaller, stack: keyAll, rest: keyRead}, keyRead, without(lost, key(cbsKeyPath)))
}

const cbsKeyPath = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`

// without lists who has lost the rights to write here.
func without(lost []Permission, path string) []string {
	for _, p := range lost {
		if key(strings.Trim(p.Path, `\`)) == path {
			return p.Without
		}
	}
	return nil
}

// descriptor gives TrustedInstaller, SYSTEM, Administrators and Users their rights;
// those who lost theirs may only read.
func descriptor(o ownership, read uint32, lost []string) []byte {
	if slices.Contains(lost, lostSystem) {
		o.rest = 0
	}
	if slices.Contains(lost, lostStack) {
		o.stack = 0
	}
	d := sd.Descriptor{Owner: o.owner, Group: o.owner, HasDACL: true}
	allow := func(who string, mask uint32) {
		if mask != 0 {
			d.DACL = append(d.DACL, sd.Entry{Flags: inherited, Mask: mask, SID: who})
		}
	}
	allow(sd.TrustedInstaller, o.stack)
	allow(sd.System, o.rest)
	allow(sd.Administrators, o.rest)
	allow(sd.Users, read)
	b, err := d.Bytes()
	if err != nil {
		panic(err) // the SIDs above are constants
	}
	return b
}

// Those who can lose their rights.
const (
	lostSystem = "system"
	lostStack  = "trustedinstaller"
)

func (p Permission) check() error {
	bad := func(who string) bool { return who != lostSystem && who != lostStack }
	if p.Path == "" || len(p.Without) == 0 || slices.ContainsFunc(p.Without, bad) {
		return errors.New("lost rights have a path, and without: [system, trustedinstaller]")
	}
	if key := strings.HasPrefix(strings.ToUpper(p.Path), "HKLM"); key && !strings.EqualFold(p.Path, cbsKeyPath) {
		return errors.New("of keys only Component Based Servicing can lose rights")
	}
	return nil
}
