package bundle

import (
	"io/fs"
	"path"
	"strings"

	"updoc/format/regf"
	"updoc/source"
)

// Names are what a source calls the people and things around it, beyond the facts.
type Names struct {
	Hosts   []string // of the PC, and of its domain
	Users   []string // profile folders
	Owners  []string // registered owner and organisation
	Serials []string // product id
	Paths   []string // where the source lies on the computer of whoever looks
}

// Profile folders that every Windows has.
var everyones = []string{"public", "default", "default user", "all users", "administrator", "defaultuser0", "wdagutilityaccount", "guest"}

// maxUsers bounds how many profile folders are taken.
const maxUsers = 500

// NamesOf reads the names that a source knows. What cannot be read gives none.
func NamesOf(src source.Source) Names {
	n := Names{Paths: []string{src.Info().Path}}
	fsys, err := src.FS(src.Windows())
	if err != nil {
		return n
	}
	for _, dir := range []string{"Users", "Documents and Settings"} {
		entries, _ := fs.ReadDir(fsys, dir) // those read before an error count
		for _, e := range entries[:min(len(entries), maxUsers)] {
			if e.IsDir() || e.Type()&fs.ModeSymlink != 0 {
				n.Users = append(n.Users, e.Name())
			}
		}
	}
	n.readSoftware(fsys)
	n.readSystem(fsys)
	return n
}

const currentVersion = `Microsoft\Windows NT\CurrentVersion`

func (n *Names) readSoftware(fsys fs.FS) {
	withHive(fsys, "SOFTWARE", func(h *regf.Hive) {
		n.Owners = append(n.Owners, text(h, currentVersion, "RegisteredOwner"), text(h, currentVersion, "RegisteredOrganization"))
		n.Serials = append(n.Serials, text(h, currentVersion, "ProductId"))
		list, err := h.Key(currentVersion + `\ProfileList`)
		if err != nil {
			return
		}
		profiles, _ := list.Subkeys()
		for _, p := range profiles {
			if image := text(h, currentVersion+`\ProfileList\`+p.Name(), "ProfileImagePath"); strings.HasPrefix(p.Name(), "S-1-5-21") || strings.HasPrefix(p.Name(), "S-1-12-") {
				n.Users = append(n.Users, path.Base(strings.ReplaceAll(image, `\`, "/")))
			}
		}
	})
}

func (n *Names) readSystem(fsys fs.FS) {
	withHive(fsys, "SYSTEM", func(h *regf.Hive) {
		for _, set := range []string{"ControlSet001", "ControlSet002"} {
			const tcp = `\Services\Tcpip\Parameters`
			for _, name := range []string{"Hostname", "NV Hostname", "Domain", "NV Domain"} {
				n.Hosts = append(n.Hosts, text(h, set+tcp, name))
			}
			n.Hosts = append(n.Hosts, text(h, set+`\Control\ComputerName\ComputerName`, "ComputerName"))
		}
	})
}

// withHive gives a hive of Windows, with its logs, to use.
func withHive(fsys fs.FS, name string, use func(*regf.Hive)) {
	name = "Windows/System32/config/" + name
	f, size, err := source.Open(fsys, name)
	if err != nil {
		return
	}
	defer f.Close()
	var logs []regf.Log
	for _, suffix := range []string{".LOG1", ".LOG2"} {
		if l, size, err := source.Open(fsys, name+suffix); err == nil {
			defer l.Close()
			logs = append(logs, regf.Log{Name: suffix, R: l, Size: size})
		}
	}
	h, err := regf.Open(f, size, logs...)
	if err == nil {
		use(h)
	}
}

// text returns a value that is a text, else nothing.
func text(h *regf.Hive, key, name string) string {
	k, err := h.Key(key)
	if err != nil {
		return ""
	}
	v, err := k.Value(name)
	if err != nil {
		return ""
	}
	s, _ := v.String()
	return s
}
