package bundle

import (
	"context"
	"io"
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
	if _, asked := src.(source.Registered); err != nil && !asked {
		return n
	} else if err != nil {
		fsys = nowhere{}
	}
	for _, dir := range []string{"Users", "Documents and Settings"} {
		entries, _ := fs.ReadDir(fsys, dir) // those read before an error count
		for _, e := range entries[:min(len(entries), maxUsers)] {
			if e.IsDir() || e.Type()&fs.ModeSymlink != 0 {
				n.Users = append(n.Users, e.Name())
			}
		}
	}
	n.readSoftware(hiveOf(src, fsys, "SOFTWARE"))
	n.readSystem(hiveOf(src, fsys, "SYSTEM"))
	return n
}

const currentVersion = `Microsoft\Windows NT\CurrentVersion`

func (n *Names) readSoftware(h hive) {
	defer h.close()
	n.Owners = append(n.Owners, h.text(currentVersion, "RegisteredOwner"), h.text(currentVersion, "RegisteredOrganization"))
	n.Serials = append(n.Serials, h.text(currentVersion, "ProductId"))
	for _, sid := range h.subkeys(currentVersion + `\ProfileList`) {
		image := h.text(currentVersion+`\ProfileList\`+sid, "ProfileImagePath")
		if image != "" && (strings.HasPrefix(sid, "S-1-5-21") || strings.HasPrefix(sid, "S-1-12-")) {
			n.Users = append(n.Users, path.Base(strings.ReplaceAll(image, `\`, "/")))
		}
	}
}

func (n *Names) readSystem(h hive) {
	defer h.close()
	for _, set := range []string{"ControlSet001", "ControlSet002"} {
		const tcp = `\Services\Tcpip\Parameters`
		for _, name := range []string{"Hostname", "NV Hostname", "Domain", "NV Domain"} {
			n.Hosts = append(n.Hosts, h.text(set+tcp, name))
		}
		n.Hosts = append(n.Hosts, h.text(set+`\Control\ComputerName\ComputerName`, "ComputerName"))
	}
}

// nowhere holds no files.
type nowhere struct{}

// Open implements fs.FS.
func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// hive is where names are read: a hive's file, or the registry that runs.
type hive struct {
	file    *regf.Hive
	reg     source.Registered
	name    string
	closers []io.Closer
}

func (h hive) close() {
	for _, c := range h.closers {
		c.Close()
	}
}

// hiveOf opens a hive of Windows. One that cannot be read has no keys.
func hiveOf(src source.Source, fsys fs.FS, name string) hive {
	h := hive{name: name}
	if reg, ok := src.(source.Registered); ok {
		h.reg = reg
		return h
	}
	name = "Windows/System32/config/" + name
	f, size, err := source.Open(fsys, name)
	if err != nil {
		return h
	}
	h.closers = append(h.closers, f)
	var logs []regf.Log
	for _, suffix := range []string{".LOG1", ".LOG2"} {
		if l, size, err := source.Open(fsys, name+suffix); err == nil {
			h.closers = append(h.closers, l)
			logs = append(logs, regf.Log{Name: suffix, R: l, Size: size})
		}
	}
	if h.file, err = regf.Open(f, size, logs...); err != nil {
		h.file = nil
	}
	return h
}

// text returns a value that is a text, else nothing.
func (h hive) text(key, name string) string {
	v, ok := h.value(key, name)
	if !ok {
		return ""
	}
	s, _ := v.String()
	return s
}

func (h hive) value(key, name string) (regf.Value, bool) {
	if h.reg != nil {
		k, _ := h.reg.Key(context.Background(), h.name, key) // refused: there is no value
		for _, v := range k.Values {
			if strings.EqualFold(v.Name, name) {
				return regf.LooseValue(v.Name, v.Type, v.Data), true
			}
		}
	}
	if h.file == nil {
		return regf.Value{}, false
	}
	k, err := h.file.Key(key)
	if err != nil {
		return regf.Value{}, false
	}
	v, err := k.Value(name)
	return v, err == nil
}

func (h hive) subkeys(key string) []string {
	if h.reg != nil {
		k, _ := h.reg.Key(context.Background(), h.name, key)
		return k.Subkeys
	}
	if h.file == nil {
		return nil
	}
	k, err := h.file.Key(key)
	if err != nil {
		return nil
	}
	var out []string
	subs, _ := k.Subkeys()
	for _, s := range subs {
		out = append(out, s.Name())
	}
	return out
}
