package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"updoc/model"
)

// What names a person or a device. GUIDs of disks and partitions are serial numbers;
// those of partition types, updates and boot objects are the same everywhere.
var (
	sidPattern  = regexp.MustCompile(`S-1-5-21(-\d+){3,5}`)
	userPattern = regexp.MustCompile(`(?i)\\(?:Users|Documents and Settings)\\([^\\/:*?"<>|,;]+)`)
)

// everyones are profile folders that every Windows has.
var everyones = []string{"public", "default", "default user", "all users", "administrator", "defaultuser0"}

// Mask returns a copy of m in which host names, user names, SIDs and serial numbers
// are replaced, the same one always by the same stand-in.
func Mask(m *model.Machine) (*model.Machine, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // sizes beyond 2^53 stay exact
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	k := newMasker(m)
	each(tree, func(s string) string { k.learn(s); return s })
	tree = each(tree, k.replacer().Replace)
	if raw, err = json.Marshal(tree); err != nil {
		return nil, err
	}
	out := &model.Machine{}
	return out, json.Unmarshal(raw, out)
}

// masker collects names and gives each its stand-in.
type masker struct {
	stand map[string]string
	count map[string]int
}

func newMasker(m *model.Machine) *masker {
	k := &masker{stand: map[string]string{}, count: map[string]int{}}
	k.add("PC", m.Name.Value)
	for _, d := range m.Disks.Items {
		k.addGUID(d.GUID)
		k.add("0x0000000", d.Signature)
		for _, p := range d.Partitions {
			k.addGUID(p.GUID)
		}
	}
	return k
}

func (k *masker) learn(s string) {
	for _, sid := range sidPattern.FindAllString(s, -1) {
		k.add("S-1-5-21-0-0-0-", sid)
	}
	for _, u := range userPattern.FindAllStringSubmatch(s, -1) {
		if !slices.Contains(everyones, strings.ToLower(u[1])) {
			k.add("user", u[1])
		}
	}
}

func (k *masker) add(kind, name string) {
	if len(name) < 2 || k.stand[name] != "" {
		return
	}
	k.count[kind]++
	k.stand[name] = fmt.Sprintf("%s%d", kind, k.count[kind])
}

func (k *masker) addGUID(guid string) {
	if len(guid) != 38 || k.stand[guid] != "" {
		return
	}
	k.count["guid"]++
	k.stand[guid] = fmt.Sprintf("{00000000-0000-4000-8000-%012d}", k.count["guid"])
	k.stand[guid[1:37]] = k.stand[guid][1:37]
}

// replacer tries the longest name first, in the cases Windows writes it.
func (k *masker) replacer() *strings.Replacer {
	names := make([]string, 0, len(k.stand))
	for n := range k.stand {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, n := range names {
		pairs = append(pairs, n, k.stand[n], strings.ToLower(n), strings.ToLower(k.stand[n]), strings.ToUpper(n), strings.ToUpper(k.stand[n]))
	}
	return strings.NewReplacer(pairs...)
}

// each applies f to every string value of a JSON tree.
func each(v any, f func(string) string) any {
	switch x := v.(type) {
	case string:
		return f(x)
	case []any:
		for i := range x {
			x[i] = each(x[i], f)
		}
	case map[string]any:
		for key := range x {
			x[key] = each(x[key], f)
		}
	}
	return v
}
