package collect

import (
	"updoc/model"
)

// uninstallKeys list the programs of all users. Those of a single user stand in that
// user's hive; drivers and antivirus products are never among them.
var uninstallKeys = []string{
	`Microsoft\Windows\CurrentVersion\Uninstall`,
	`WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
}

// programLimit bounds the list; a full workstation has some 300.
const programLimit = 3000

// programs fills Machine.Programs. Entries without a name are parts of others and are
// left out; those that Windows hides are kept.
func programs(d *desk) {
	h := d.software()
	list := model.Complete[model.Program](nil)
	for _, path := range uninstallKeys {
		keys, why := h.subkeys(path)
		if why != nil {
			list.Coverage = model.Coverage{Why: why}
		}
		for _, k := range keys {
			p, ok, err := readProgram(h, path, k)
			if err != nil {
				list.Coverage = model.Coverage{Why: h.damaged(err)}
			}
			if ok && len(list.Items) < programLimit {
				list.Items = append(list.Items, p)
			} else if ok {
				list.Coverage = model.Coverage{Why: tooMany("programs", programLimit)}
			}
		}
	}
	d.m.Programs = list
}

func readProgram(h *hive, path string, k regKey) (model.Program, bool, error) {
	p := model.Program{Origin: h.origin(path+`\`+k.Name(), "DisplayName", k.Offset())}
	values, err := k.Values()
	for _, v := range values {
		into := map[string]*string{"displayname": &p.Name, "displayversion": &p.Version, "publisher": &p.Publisher}[lower(v.Name())]
		if into == nil {
			continue
		}
		text, bad := valueText(v)
		if bad != nil {
			return p, p.Name != "", bad
		}
		*into = text
	}
	return p, p.Name != "", err
}
