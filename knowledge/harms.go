package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
)

// Harm is something that is often advised and does harm: updoc never offers it.
type Harm struct {
	patterns []*regexp.Regexp
	ID       string   `yaml:"id"`
	Title    Text     `yaml:"title"`
	Why      Text     `yaml:"why"`
	Words    []string `yaml:"words"`   // regular expressions, any case: how a pasted command shows it
	Instead  []string `yaml:"instead"` // remedies that do it safely
	Source   Source   `yaml:"source"`
}

func (b *Base) loadHarms(fsys fs.FS) error {
	if err := decode(fsys, "harms.yaml", &b.Harms); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i := range b.Harms {
		h := &b.Harms[i]
		var err error
		if h.patterns, err = patterns(h.Words); err != nil {
			return fmt.Errorf("harms.yaml: %s: %w", h.ID, err)
		}
		b.texts["harm."+h.ID+".title"], b.texts["harm."+h.ID+".why"] = h.Title, h.Why
	}
	return nil
}

// Harm returns a harm by id, or nil.
func (b *Base) Harm(id string) *Harm {
	i := slices.IndexFunc(b.Harms, func(h Harm) bool { return h.ID == id })
	if i < 0 {
		return nil
	}
	return &b.Harms[i]
}

// HarmsIn returns the ids of the harms that a pasted sentence or command would do.
func (b *Base) HarmsIn(text string) []string {
	var ids []string
	for _, h := range b.Harms {
		if matches(h.patterns, text) {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

func (l *linter) harm(h Harm) {
	at := "harm." + h.ID
	l.source(at, h.Source)
	if h.Title.EN == "" || h.Why.EN == "" {
		l.say(at, "no-title-or-why")
	}
	for _, id := range h.Instead {
		if l.b.Remedies[id] == nil {
			l.say(at, "remedy-unknown", id)
		}
	}
}
