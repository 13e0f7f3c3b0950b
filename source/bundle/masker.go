package bundle

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"updoc/model"
)

// masker collects names, gives each its stand-in, and then replaces them.
type masker struct {
	stand  map[string]string // by lower-case name
	spell  []string          // the names as they were met
	count  map[string]int
	hosts  []string          // names before a backslash: HOST\user
	users  map[string]string // stand-ins of profile folders, by lower-case name
	labels map[string]string

	word    *regexp.Regexp // names that are replaced wherever they stand as a word
	account *regexp.Regexp // HOST\user and \\HOST\
	hex     *strings.Replacer
}

func newMasker() *masker {
	return &masker{stand: map[string]string{}, count: map[string]int{}, users: map[string]string{}, labels: map[string]string{}}
}

// learnFacts takes the names that stand in fields of their own.
func (k *masker) learnFacts(m *model.Machine) {
	k.addHost(m.Name.Value)
	for _, d := range m.Disks.Items {
		k.addGUID(d.GUID)
		k.addSignature(d.Signature)
		for _, p := range d.Partitions {
			k.addGUID(p.GUID)
			if label := lower(p.Volume.Label.Value); p.Role == model.RoleData && !slices.Contains(everyonesLabels, label) {
				k.labels[label] = k.next("label", "label")
			}
		}
	}
	for _, guid := range []string{m.WinRE.Config.GUID.Value, m.WinRE.Config.BCDObject.Value, m.WinRE.BCD.Sequence.Value, m.WinRE.BCD.Partition.Value, m.WinRE.BCD.Disk.Value} {
		k.addGUID(guid)
	}
	k.addSignature(m.WinRE.Config.DiskID.Value)
	k.addSignature(m.WinRE.BCD.Disk.Value)
	for _, p := range m.Policies.Items {
		k.learnURL(p.Value)
	}
}

// learnURL takes the server of an organisation, such as that of WSUS.
func (k *masker) learnURL(s string) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.HasSuffix(lower(u.Hostname()), ".microsoft.com") {
		return
	}
	k.addHost(u.Hostname())
	if first, _, ok := strings.Cut(u.Hostname(), "."); ok {
		k.addHost(first)
	}
}

func (k *masker) learnNames(n Names) {
	for _, h := range n.Hosts {
		k.addHost(h)
		if first, _, ok := strings.Cut(h, "."); ok { // a domain's short name
			k.addHost(first)
		}
	}
	for _, u := range n.Users {
		k.addUser(u)
	}
	for _, o := range n.Owners {
		k.add("owner", o)
	}
	for _, s := range n.Serials {
		k.add("serial", s)
	}
	for _, p := range n.Paths {
		if len(p) > 3 {
			k.add("source", p)
		}
	}
}

// learnText finds names in a quoted line by the places they stand in.
func (k *masker) learnText(s string) {
	for _, p := range []*regexp.Regexp{profilePath, profileEnd} {
		for _, m := range p.FindAllStringSubmatch(s, -1) {
			k.addUser(m[1])
		}
	}
	for _, m := range uncPath.FindAllStringSubmatch(s, -1) {
		k.addHost(m[1])
	}
	for _, m := range bootObject.FindAllStringSubmatch(s, -1) {
		k.addGUID(m[1])
	}
	for _, m := range volumeGUID.FindAllStringSubmatch(s, -1) {
		k.addGUID(m[1])
	}
}

// clean is a name as it stands in JSON: bytes that are no UTF-8 are U+FFFD there.
func clean(name string) string { return strings.TrimSpace(string([]rune(name))) }

func (k *masker) addHost(name string) {
	name = clean(name)
	if k.add("PC", name) {
		k.hosts = append(k.hosts, name)
	}
}

// addUser takes the name of a profile folder, which may be that of the PC too. Windows
// adds the PC or domain to a folder whose name was taken: taro.DESKTOP-1.
func (k *masker) addUser(name string) {
	name = clean(name)
	if name == "" || slices.Contains(everyones, lower(name)) || k.users[lower(name)] != "" {
		return
	}
	if k.add("user", name) {
		k.users[lower(name)] = k.stand[lower(name)]
	} else {
		k.users[lower(name)] = k.next("user", "user")
	}
	if first, rest, ok := strings.Cut(name, "."); ok && slices.ContainsFunc(k.hosts, func(h string) bool { return lower(h) == lower(rest) }) {
		k.addUser(first)
	}
}

func (k *masker) next(kind, form string) string {
	k.count[kind]++
	if strings.Contains(form, "%") {
		return fmt.Sprintf(form, k.count[kind])
	}
	return form + strconv.Itoa(k.count[kind])
}

// add gives a name its stand-in, once, and reports whether it is new.
func (k *masker) add(kind, name string) bool {
	name = clean(name)
	if name == "" || k.stand[lower(name)] != "" {
		return false
	}
	k.stand[lower(name)] = k.next(kind, kind)
	k.spell = append(k.spell, name)
	return true
}

// addGUID takes a GUID of this PC; those that are the same everywhere are no names.
func (k *masker) addGUID(guid string) {
	guid = strings.Trim(lower(guid), "{}")
	if !bareGUID.MatchString(guid) || slices.Contains(knownGUIDs, guid) || k.stand[guid] != "" {
		return
	}
	k.stand[guid] = k.next("guid", "00000000-0000-4000-8000-%012d")
	k.spell = append(k.spell, guid)
}

// addSignature takes the signature of an MBR disk, which ReAgent.xml has in decimal.
func (k *masker) addSignature(s string) {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil || n < 0x10000 { // none, or too common a number
		return
	}
	hex := fmt.Sprintf("0x%08x", n)
	if k.stand[hex] != "" {
		return
	}
	k.count["signature"]++
	alias := k.count["signature"]
	k.stand[hex], k.stand[hex[2:]], k.stand[fmt.Sprint(n)] = fmt.Sprintf("0x%08x", alias), fmt.Sprintf("%08x", alias), fmt.Sprint(alias)
	k.spell = append(k.spell, hex, hex[2:], fmt.Sprint(n))
}

// settle makes the patterns once all names are known. Longer names come first.
func (k *masker) settle() {
	slices.SortStableFunc(k.spell, func(a, b string) int { return len(b) - len(a) })
	var words, hex []string
	for _, name := range k.spell {
		if !distinctive(name) {
			continue
		}
		words = append(words, regexp.QuoteMeta(name))
		hex = append(hex, hexForms(name, k.stand[lower(name)])...)
	}
	k.word, k.hex = alternatives(words), strings.NewReplacer(hex...)
	var hosts []string
	for _, h := range k.hosts {
		hosts = append(hosts, regexp.QuoteMeta(h))
	}
	if len(hosts) > 0 {
		k.account = regexp.MustCompile(`(?i)(\\\\)?(` + strings.Join(hosts, "|") + `)\\([^\\/:*?"<>|,;\s]*)`)
	}
}

func alternatives(words []string) *regexp.Regexp {
	if len(words) == 0 {
		return nil
	}
	return regexp.MustCompile(`(?i)` + strings.Join(words, "|"))
}

// distinctive reports whether a name is replaced wherever it stands as a word. Others
// are replaced only where a name must be: in a profile's path, behind HOST\.
func distinctive(name string) bool {
	letters := strings.ContainsFunc(name, unicode.IsLetter) || strings.Count(name, "")-1 >= 7
	if !isASCII(name) {
		return utf8.RuneCountInString(name) >= 2
	}
	return len(name) >= 3 && letters && !slices.Contains(commonWords, lower(name))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// mask replaces every name in one value.
func (k *masker) mask(key, s string) string {
	if s == "" {
		return s
	}
	switch key {
	case "label":
		if stand := k.labels[lower(s)]; stand != "" {
			return stand
		}
	case "name", "diskId", "disk":
		if stand := k.stand[lower(s)]; stand != "" {
			return stand
		}
	}
	s = k.numbers(s)
	s = k.paths(s)
	s = k.accounts(s)
	return k.hex.Replace(k.words(s))
}
