package knowledge

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"updoc/model"
)

// version is the date of the newest fact in the data.
const version = "2026.11"

// Load returns the built-in knowledge, loaded once. An error is a bug of the data
// that the linter's test would have caught.
var Load = sync.OnceValues(func() (*Base, error) { return LoadFS(data) })

// LoadFS reads knowledge laid out like this folder: codes.tsv, classes.yaml, gates.yaml,
// harms.yaml, lifecycle.yaml, vendors.yaml, and YAML files in codes, kbs, causes, remedies and texts. Unknown keys are errors.
func LoadFS(fsys fs.FS) (*Base, error) {
	b, err := readFS(fsys)
	if err != nil {
		return nil, err
	}
	return b, b.compile()
}

func readFS(fsys fs.FS) (*Base, error) {
	b := &Base{
		Name: "built-in", Version: version, Codes: map[string]*Code{}, KBs: map[string]*KB{}, Remedies: map[string]*Remedy{},
		Gates: map[string]*Gate{}, texts: map[string]Text{}, sources: map[string]source{},
	}
	steps := []func(fs.FS) error{b.loadTexts, b.loadCodes, b.loadClasses, b.loadVendors, b.loadGates, b.loadLifecycle, b.loadKBs, b.loadCauses, b.loadRemedies, b.loadHarms, b.loadCommands}
	for _, step := range steps {
		if err := step(fsys); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func decode(fsys fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(raw, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// each decodes every YAML file of a folder; a folder that is absent holds none.
func each[T any](fsys fs.FS, dir string, add func(s source, v T) error) error {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".yaml" {
			continue
		}
		var v T
		name := path.Join(dir, e.Name())
		if err := decode(fsys, name, &v); err != nil {
			return err
		}
		if err := add(source{fsys: fsys, path: name, name: "knowledge/" + name}, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *Base) loadCodes(fsys fs.FS) error {
	raw, err := fs.ReadFile(fsys, "codes.tsv")
	if err != nil {
		return err
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, 4 // hex, symbol, family, English meaning
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("codes.tsv: %w", err)
	}
	for _, row := range rows[1:] {
		n, err := strconv.ParseUint(strings.TrimPrefix(row[0], "0x"), 16, 32)
		if err != nil {
			return fmt.Errorf("codes.tsv: %w", err)
		}
		b.Codes[row[0]] = &Code{Hex: row[0], Symbol: row[1], Family: row[2], Meaning: Text{EN: row[3]}, Success: n>>31 == 0}
	}
	return each(fsys, "codes", func(s source, list []Code) error {
		for _, c := range list {
			old := b.Codes[c.Hex]
			if old == nil {
				return fmt.Errorf("%s is not in codes.tsv", c.Hex)
			}
			if c.Meaning.EN == "" {
				c.Meaning.EN = old.Meaning.EN // the table has it
			}
			old.Meaning, old.Wrapper, old.Advice = c.Meaning, c.Wrapper, c.Advice
			old.files = append(old.files, path.Base(s.name))
			b.sources["code."+c.Hex] = s
		}
		return nil
	})
}

func (b *Base) loadClasses(fsys fs.FS) error {
	var list []Class
	if err := decode(fsys, "classes.yaml", &list); err != nil {
		return err
	}
	for _, c := range list {
		if err := b.addClass(source{fsys: fsys, path: "classes.yaml", name: "knowledge/classes.yaml"}, c); err != nil {
			return err
		}
	}
	return nil
}

func (b *Base) addClass(s source, c Class) error {
	b.sources["class."+c.ID] = s
	for _, t := range c.Titles {
		re, err := regexp.Compile("(?i)" + t)
		if err != nil {
			return Faults{b.fault("class."+c.ID+".titles", "bad-pattern", err)}
		}
		c.patterns = append(c.patterns, re)
	}
	if i := slices.IndexFunc(b.Classes, func(o Class) bool { return o.ID == c.ID }); i >= 0 {
		b.Classes[i] = c
	} else {
		b.Classes = append(b.Classes, c)
	}
	b.texts["class."+c.ID] = c.Name
	return nil
}

func (b *Base) loadGates(fsys fs.FS) error {
	var list []*Gate
	err := decode(fsys, "gates.yaml", &list)
	for _, g := range list {
		b.addGate(source{fsys: fsys, path: "gates.yaml", name: "knowledge/gates.yaml"}, g)
	}
	return err
}

func (b *Base) addGate(s source, g *Gate) {
	b.Gates[g.ID], b.sources["gate."+g.ID] = g, s
	for _, r := range b.Remedies {
		if slices.Contains(r.Gates, g.ID) {
			b.texts[r.at()+".gate."+g.ID] = g.Text
		}
	}
}

func (b *Base) loadKBs(fsys fs.FS) error {
	return each(fsys, "kbs", func(s source, list []KB) error {
		for i := range list {
			if b.KBs[list[i].ID] != nil {
				return fmt.Errorf("%s is there twice", list[i].ID)
			}
			b.addKB(s, &list[i])
		}
		return nil
	})
}

func (b *Base) addKB(s source, k *KB) {
	at := "kb." + k.ID
	b.forget(at)
	b.KBs[k.ID], b.sources[at] = k, s
	b.texts[at+".title"], b.texts[at+".ifNothing"] = k.Title, k.IfNothing
	for j, issue := range k.Issues {
		b.texts[fmt.Sprintf("%s.issue.%d", at, j)] = issue.Text
	}
	for j, f := range k.Facts {
		b.texts[fmt.Sprintf("%s.fact.%d", at, j)] = f.Text
	}
}

func (b *Base) loadCauses(fsys fs.FS) error {
	return each(fsys, "causes", func(s source, c Cause) error {
		if want := strings.TrimSuffix(path.Base(s.path), ".yaml"); c.ID != want {
			return fmt.Errorf("id %q, want %q", c.ID, want)
		}
		b.addCause(s, &c)
		return nil
	})
}

// addCause keeps the causes sorted by id.
func (b *Base) addCause(s source, c *Cause) {
	b.forget(c.at())
	b.sources[c.at()] = s
	i, there := slices.BinarySearchFunc(b.Causes, c.ID, func(x *Cause, id string) int { return strings.Compare(x.ID, id) })
	if there {
		b.Causes[i] = c
	} else {
		b.Causes = slices.Insert(b.Causes, i, c)
	}
	at := c.at() + "."
	b.texts[at+"title"], b.texts[at+"home"], b.texts[at+"expert"], b.texts[at+"ifNothing"] = c.Title, c.Home, c.Expert, c.IfNothing
	for _, e := range c.Evidence {
		b.texts[at+e.ID], b.texts[at+e.ID+".settle"] = e.Text, e.Settle
	}
	if c.Condition != nil {
		b.texts[at+"condition"] = c.Condition.Text
	}
}

func (b *Base) loadRemedies(fsys fs.FS) error {
	return each(fsys, "remedies", func(s source, r Remedy) error {
		if want := strings.TrimSuffix(path.Base(s.path), ".yaml"); r.ID != want {
			return fmt.Errorf("id %q, want %q", r.ID, want)
		}
		return b.addRemedy(s, &r)
	})
}

func (b *Base) addRemedy(s source, r *Remedy) error {
	b.forget(r.at())
	b.Remedies[r.ID], b.sources[r.at()] = r, s
	at := r.at() + "."
	for key, t := range map[string]Text{"title": r.Title, "why": r.Why, "undo": r.Undo, "if-fails": r.IfFails, "expect": r.ExpectIs} {
		b.texts[at+key] = t
	}
	for _, id := range r.Gates {
		g := b.Gates[id]
		if g == nil {
			return Faults{b.fault(at+"gates", "gate-unknown", id)}
		}
		b.texts[at+"gate."+id] = g.Text
	}
	return nil
}

// forget removes the texts of something that is replaced.
func (b *Base) forget(address string) {
	if _, there := b.sources[address]; !there {
		return
	}
	maps.DeleteFunc(b.texts, func(id string, _ Text) bool { return strings.HasPrefix(id, address+".") })
}

func (b *Base) loadTexts(fsys fs.FS) error {
	return each(fsys, "texts", func(_ source, m map[string]Text) error {
		for id, t := range m {
			if _, twice := b.texts[id]; twice {
				return fmt.Errorf("text %s is there twice", id)
			}
			b.texts[id] = t
		}
		return nil
	})
}

// Text returns a text by its id, such as "cause.pending-reboot.title" or "ui.plan";
// the zero Text if there is none.
func (b *Base) Text(id string) Text { return b.texts[id] }

// TextIDs returns the ids of all texts, sorted.
func (b *Base) TextIDs() []string {
	ids := make([]string, 0, len(b.texts))
	for id := range b.texts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Cause returns a cause by id, or nil.
func (b *Base) Cause(id string) *Cause {
	for _, c := range b.Causes {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// ClassOf returns the class of an update by KB, else by title; "unknown" if neither
// tells.
func (b *Base) ClassOf(kb, title string) string {
	if k := b.KBs[kb]; k != nil && k.Class != "" {
		return k.Class
	}
	for _, c := range b.Classes {
		if kb != "" && slices.Contains(c.KBs, kb) {
			return c.ID
		}
	}
	for _, c := range b.Classes {
		if slices.ContainsFunc(c.patterns, func(re *regexp.Regexp) bool { return re.MatchString(title) }) {
			return c.ID
		}
	}
	return "unknown"
}

// Facts returns what expressions may know about an update; nil if nothing is known.
func (b *Base) Facts(kb string) *model.UpdateFacts {
	k := b.KBs[kb]
	if k == nil {
		return nil
	}
	at := model.Origin{Artifact: "knowledge", Key: k.ID}
	f := &model.UpdateFacts{ID: k.ID, Class: k.Class, ReplacedBy: model.Known(k.ReplacedBy, at), FalseError: model.Known(k.FalseError, at), Withdrawn: model.Known(k.Withdrawn, at)}
	f.Released = published(k.Released, time.Time{}, at)
	f.Target = published(k.Target, "", at)
	f.NeedFree = published(k.NeedFree, 0, at)
	return f
}

// published is unseen where the data is silent: nobody has published it.
func published[T comparable](v, none T, at model.Origin) model.Fact[T] {
	if v == none {
		return model.NotSeen[T](notPublished)
	}
	return model.Known(v, at)
}

// Withdrawn reports whether the vendor no longer offers an update.
func (b *Base) Withdrawn(kb string) bool {
	k := b.KBs[kb]
	return k != nil && !k.Withdrawn.IsZero()
}

// Successors returns the KBs that replace an update, nearest first.
func (b *Base) Successors(kb string) []string {
	var out []string
	for k := b.KBs[kb]; k != nil && k.ReplacedBy != "" && !slices.Contains(out, k.ReplacedBy); k = b.KBs[k.ReplacedBy] {
		out = append(out, k.ReplacedBy)
	}
	return out
}

// Cumulative reports whether a newer update of the class holds all earlier ones.
func (b *Base) Cumulative(class string) bool {
	return slices.ContainsFunc(b.Classes, func(c Class) bool { return c.ID == class && c.Cumulative })
}
