package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
)

// Command is a command that people copy, and the remedy that stands for it.
type Command struct {
	patterns []*regexp.Regexp
	Remedy   string   `yaml:"remedy"`
	Words    []string `yaml:"words"` // regular expressions, any case
}

func (b *Base) loadCommands(fsys fs.FS) error {
	if err := decode(fsys, "commands.yaml", &b.Commands); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i := range b.Commands {
		c := &b.Commands[i]
		var err error
		if c.patterns, err = patterns(c.Words); err != nil {
			return fmt.Errorf("commands.yaml: %s: %w", c.Remedy, err)
		}
	}
	return nil
}

// patterns compiles the ways in which a pasted text shows something.
func patterns(words []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, w := range words {
		re, err := regexp.Compile("(?i)" + w)
		if err != nil {
			return nil, err
		}
		out = append(out, re)
	}
	return out, nil
}

func matches(patterns []*regexp.Regexp, text string) bool {
	return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(text) })
}

// RemediesIn returns the ids of the remedies that stand for the commands in a text.
func (b *Base) RemediesIn(text string) []string {
	var ids []string
	for _, c := range b.Commands {
		if matches(c.patterns, text) && b.Remedies[c.Remedy] != nil {
			ids = append(ids, c.Remedy)
		}
	}
	return ids
}

func (l *linter) command(c Command) {
	at := "command." + c.Remedy
	if l.b.Remedies[c.Remedy] == nil {
		l.say(at, "remedy-unknown", c.Remedy)
	}
}
