package knowledge

import (
	"bytes"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"updoc/expr"
	"updoc/model"
)

// version is the date of the newest fact in the data.
const version = "2026.11"

//go:embed codes.tsv classes.yaml gates.yaml harms.yaml lifecycle.yaml vendors.yaml codes kbs causes remedies texts
var data embed.FS

// Load returns the built-in knowledge, loaded once. An error is a bug of the data
// that the linter's test would have caught.
var Load = sync.OnceValues(func() (*Base, error) { return LoadFS(data) })

// LoadFS reads knowledge laid out like this folder: codes.tsv, classes.yaml, gates.yaml,
// harms.yaml, lifecycle.yaml, vendors.yaml, and YAML files in codes, kbs, causes, remedies and texts. Unknown keys are errors.
func LoadFS(fsys fs.FS) (*Base, error) {
	b := &Base{Version: version, Codes: map[string]*Code{}, KBs: map[string]*KB{}, Remedies: map[string]*Remedy{}, Gates: map[string]*Gate{}, texts: map[string]Text{}}
	steps := []func(fs.FS) error{b.loadCodes, b.loadClasses, b.loadVendors, b.loadGates, b.loadLifecycle, b.loadKBs, b.loadCauses, b.loadRemedies, b.loadHarms, b.loadTexts}
	for _, step := range steps {
		if err := step(fsys); err != nil {
			return nil, err
		}
	}
	return b, b.compile()
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
func each[T any](fsys fs.FS, dir string, add func(name string, v T) error) error {
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
		if err := add(name, v); err != nil {
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
	return each(fsys, "codes", func(name string, list []Code) error {
		for _, c := range list {
			old := b.Codes[c.Hex]
			if old == nil {
				return fmt.Errorf("%s is not in codes.tsv", c.Hex)
			}
			if c.Meaning.EN == "" {
				c.Meaning.EN = old.Meaning.EN // the table has it
			}
			old.Meaning, old.Wrapper, old.Advice = c.Meaning, c.Wrapper, c.Advice
			old.files = append(old.files, path.Base(name))
		}
		return nil
	})
}

func (b *Base) loadClasses(fsys fs.FS) error {
	if err := decode(fsys, "classes.yaml", &b.Classes); err != nil {
		return err
	}
	for i := range b.Classes {
		c := &b.Classes[i]
		for _, t := range c.Titles {
			re, err := regexp.Compile("(?i)" + t)
			if err != nil {
				return fmt.Errorf("classes.yaml: %s: %w", c.ID, err)
			}
			c.patterns = append(c.patterns, re)
		}
		b.texts["class."+c.ID] = c.Name
	}
	return nil
}

func (b *Base) loadGates(fsys fs.FS) error {
	var list []*Gate
	err := decode(fsys, "gates.yaml", &list)
	for _, g := range list {
		b.Gates[g.ID] = g
	}
	return err
}

func (b *Base) loadKBs(fsys fs.FS) error {
	return each(fsys, "kbs", func(_ string, list []KB) error {
		for i := range list {
			k := &list[i]
			if b.KBs[k.ID] != nil {
				return fmt.Errorf("%s is there twice", k.ID)
			}
			b.KBs[k.ID] = k
			b.texts["kb."+k.ID+".title"], b.texts["kb."+k.ID+".exposed"] = k.Title, k.Exposed
			for j, issue := range k.Issues {
				b.texts[fmt.Sprintf("kb.%s.issue.%d", k.ID, j)] = issue.Text
			}
			for j, f := range k.Facts {
				b.texts[fmt.Sprintf("kb.%s.fact.%d", k.ID, j)] = f.Text
			}
		}
		return nil
	})
}

func (b *Base) loadCauses(fsys fs.FS) error {
	return each(fsys, "causes", func(name string, c Cause) error {
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); c.ID != want {
			return fmt.Errorf("id %q, want %q", c.ID, want)
		}
		c.file = name
		b.Causes = append(b.Causes, &c)
		at := "cause." + c.ID + "."
		b.texts[at+"title"], b.texts[at+"home"], b.texts[at+"expert"] = c.Title, c.Home, c.Expert
		for _, e := range c.Evidence {
			b.texts[at+e.ID], b.texts[at+e.ID+".settle"] = e.Text, e.Settle
		}
		if c.Condition != nil {
			b.texts[at+"condition"] = c.Condition.Text
		}
		return nil
	})
}

func (b *Base) loadRemedies(fsys fs.FS) error {
	return each(fsys, "remedies", func(name string, r Remedy) error {
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); r.ID != want {
			return fmt.Errorf("id %q, want %q", r.ID, want)
		}
		r.file = name
		b.Remedies[r.ID] = &r
		at := "remedy." + r.ID + "."
		for key, t := range map[string]Text{"title": r.Title, "why": r.Why, "undo": r.Undo, "if-fails": r.IfFails, "expect": r.ExpectIs} {
			b.texts[at+key] = t
		}
		for _, id := range r.Gates {
			g := b.Gates[id]
			if g == nil {
				return fmt.Errorf("gate %s is not known", id)
			}
			b.texts[at+"gate."+id] = g.Text
		}
		return nil
	})
}

func (b *Base) loadTexts(fsys fs.FS) error {
	return each(fsys, "texts", func(name string, m map[string]Text) error {
		for id, t := range m {
			if _, twice := b.texts[id]; twice {
				return fmt.Errorf("text %s is there twice", id)
			}
			b.texts[id] = t
		}
		return nil
	})
}

// compile plans every expression once.
func (b *Base) compile() error {
	env, err := expr.NewEnv()
	if err != nil {
		return err
	}
	for _, c := range b.Causes {
		if err := c.compile(env); err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
	}
	for _, g := range b.Gates {
		if err := g.When.compile(env, true); err != nil {
			return fmt.Errorf("gates.yaml: %s: %w", g.ID, err)
		}
	}
	for _, r := range b.Remedies {
		if err := r.compile(env); err != nil {
			return fmt.Errorf("%s: %w", r.file, err)
		}
	}
	return nil
}

func (r *Rule) compile(env *expr.Env, condition bool) (err error) {
	if r.Source == "" {
		return nil
	}
	if condition {
		r.Program, err = env.CompileBool(r.Source)
	} else {
		r.Program, err = env.Compile(r.Source)
	}
	return err
}

func compileAll(env *expr.Env, rules []Rule) error {
	for i := range rules {
		if err := rules[i].compile(env, false); err != nil {
			return err
		}
	}
	return nil
}

func compileMap(env *expr.Env, rules map[string]Rule) error {
	for name, r := range rules {
		if err := r.compile(env, false); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rules[name] = r
	}
	return nil
}

func (c *Cause) compile(env *expr.Env) error {
	errs := []error{compileMap(env, c.Args)}
	for i := range c.Evidence {
		e := &c.Evidence[i]
		err := errors.Join(e.When.compile(env, true), compileAll(env, e.Cite), compileMap(env, e.Args))
		if err != nil {
			errs = append(errs, fmt.Errorf("evidence %s: %w", e.ID, err))
		}
	}
	if k := c.Condition; k != nil {
		errs = append(errs, k.When.compile(env, true), compileAll(env, k.Cite), compileMap(env, k.Args))
	}
	return errors.Join(errs...)
}

func (r *Remedy) compile(env *expr.Env) error {
	errs := []error{r.Applies.compile(env, true), r.Expect.compile(env, true), r.Bytes.compile(env, false), compileMap(env, r.Params)}
	return errors.Join(errs...)
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
