package bundle

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"updoc/model"
)

// Mask returns a copy of m in which what names a person, a PC, an organisation or a
// device is replaced, the same name always by the same stand-in. Names found in the
// source beside the facts (see NamesOf) are taken out of quoted lines too.
func Mask(m *model.Machine, names Names) (*model.Machine, error) {
	tree, err := treeOf(m)
	if err != nil {
		return nil, err
	}
	k := newMasker()
	k.learnFacts(m)
	k.learnNames(names)
	each(tree, "", func(_, s string) string { k.learnText(s); return s })
	k.settle()
	tree = each(tree, "", func(key, s string) string {
		if slices.Contains(ours, key) {
			return s
		}
		return k.mask(key, s)
	})
	raw, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	out := &model.Machine{}
	return out, json.Unmarshal(raw, out)
}

func treeOf(m *model.Machine) (any, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // sizes beyond 2^53 stay exact
	return tree, dec.Decode(&tree)
}

// ours are the keys whose values are words of this program or of Microsoft, never
// names: a user called "enabled" must not change a state.
var ours = []string{
	"schema", "artifact", "reason", "how", "volume", "id", "type", "typeGuid", "mbrType", "attributes", "role", "table",
	"fs", "logFile", "state", "method", "firmware", "family", "productName", "edition", "installationType", "displayVersion",
	"version", "architecture", "language", "installed", "kind", "kb", "kbs", "updateId", "stage", "outcome", "code", "innerCode",
	"what", "place", "zone", "compression", "fileVersion", "registry", "need", "have", "title", "packages.name", "services.name",
	"mode", "process", "loaded", "tools.name",
}

// each applies f to every string value of a JSON tree, with its key. The value of a
// fact and the items of a list have the key of what they belong to; a package's and
// a service's name have that before them.
func each(v any, key string, f func(key, s string) string) any {
	switch x := v.(type) {
	case string:
		return f(key, x)
	case []any:
		for i := range x {
			x[i] = each(x[i], key, f)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(x)) { // in order: stand-ins are counted
			x[name] = each(x[name], keyOf(key, name), f)
		}
	}
	return v
}

func keyOf(parent, name string) string {
	switch {
	case name == "value" && parent != "policies", name == "items":
		return parent
	case name == "name" && (parent == "packages" || parent == "services" || parent == "tools"):
		return parent + "." + name
	}
	return name
}

// lower is how names are compared.
func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
