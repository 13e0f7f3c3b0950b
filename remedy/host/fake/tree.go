package fake

import (
	"bytes"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

const (
	windowsDir   = "Windows/System32"
	reagentPath  = "Windows/System32/Recovery/ReAgent.xml"
	recoveryPath = "Recovery/WindowsRE"
	imageName    = "Winre.wim"
	hostsPath    = "Windows/System32/drivers/etc/hosts"
	systemPath   = "Windows/System32/config/SYSTEM"
	softwarePath = "Windows/System32/config/SOFTWARE"

	// recoveryAttributes: no drive letter, and needed by the platform. Source: field
	// guide, winre §2.
	recoveryAttributes = "0x8000000000000001"
	recoveryGUID       = "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}"
	espGUID            = "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}"
	dataGUID           = "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"
	msrGUID            = "{e3c9e316-0b5c-4db8-817d-f92df00215ae}"
	oemGUID            = "{bfbfafe7-a34f-448a-9a5b-6213eb736c22}"

	hiddenSystem = 6 // FILE_ATTRIBUTE_HIDDEN and _SYSTEM
)

// typeOf is the usual type of a partition of that role.
func typeOf(table, role string) string {
	if table == "mbr" {
		if role == model.RoleRecovery {
			return "0x27"
		}
		return "0x07"
	}
	switch role {
	case model.RoleRecovery:
		return recoveryGUID
	case model.RoleESP:
		return espGUID
	case model.RoleMSR:
		return msrGUID
	case model.RoleOEM:
		return oemGUID
	}
	return dataGUID
}

func (pc *PC) partitions() []*Partition {
	var all []*Partition
	for _, d := range pc.Disks {
		all = append(all, d.Partitions...)
	}
	return all
}

// find returns the first partition that ok accepts, nil if none.
func (pc *PC) find(ok func(*Partition) bool) *Partition {
	all := pc.partitions()
	if i := slices.IndexFunc(all, ok); i >= 0 {
		return all[i]
	}
	return nil
}

func (pc *PC) byID(id string) *Partition {
	return pc.find(func(p *Partition) bool { return p.ID == id })
}

func (pc *PC) bySerial(n int) *Partition {
	return pc.find(func(p *Partition) bool { return p.Serial == n })
}

// windows is the partition that holds Windows.
func (pc *PC) windows() *Partition {
	return pc.find(func(p *Partition) bool { return p.Role == model.RoleWindows })
}

func (pc *PC) diskOf(p *Partition) *Disk {
	for _, d := range pc.Disks {
		if slices.Contains(d.Partitions, p) {
			return d
		}
	}
	return nil
}

// size is what a file takes, in bytes.
func (f *File) size() uint64 { return max(f.Size, uint64(len(f.Content))) }

// free is what is left on a volume, in bytes.
func (p *Partition) free() uint64 {
	return p.FSSize - min(p.FSSize, p.taken())
}

func (p *Partition) taken() uint64 {
	sum := p.Used
	for _, f := range p.Files {
		sum += f.size()
	}
	return sum
}

// file returns the file of that path, nil if none.
func (p *Partition) file(path string) *File {
	return p.Files[strings.ToLower(path)]
}

// below are the paths, as keys of Files, of all that lies in a folder, and of what has
// that path itself.
func (p *Partition) below(path string) []string {
	var all []string
	path = strings.ToLower(path)
	for key := range p.Files {
		if path == "" || key == path || strings.HasPrefix(key, path+"/") {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// same tells whether two files hold the same with the same attributes and permissions;
// two absent ones are the same.
func same(a, b *File) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.sum() == b.sum() && a.Attributes == b.Attributes && bytes.Equal(a.ACL, b.ACL) &&
		(a.Wim == nil) == (b.Wim == nil) && (a.Wim == nil || a.Wim.Compression == b.Wim.Compression && a.Wim.Damaged == b.Wim.Damaged)
}

// volume finds the volume of a place. An encrypted one of a running Windows can be
// written as any other.
func (h *Host) volume(id string) (*Partition, error) {
	p := h.pc.byID(id)
	if id == host.NewPartition {
		p = h.pc.bySerial(h.fresh)
	}
	switch {
	case p == nil:
		return nil, refused("no-such-partition", id)
	case p.FS == "":
		return nil, refused("no-file-system", id)
	}
	return p, nil
}

func refused(code, what string) error {
	return &model.Error{Code: code, Exit: 6, Args: model.Args{"what": what}}
}

// slashes turns a path of Windows into one of a Place.
func slashes(path string) string {
	return strings.Trim(strings.ReplaceAll(path, `\`, "/"), "/")
}

// backslashes is the way back, with one in front.
func backslashes(path string) string { return `\` + strings.ReplaceAll(path, "/", `\`) }
