package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a pack: it is a person's own writing, not a data set.
const (
	maxPackFile  = 1 << 20 // bytes
	maxPackFiles = 500
	maxPackLine  = 8 << 10 // bytes: nesting costs the parser's stack, and a line of dashes nests
	maxPackDepth = 64      // of brackets
)

// Pack is knowledge of the user's own: a YAML file, or a folder of them. It is added
// to what is built in, and checked in the same way. Something whose id exists already
// is refused, unless it says "replaces: true"; then it takes the place of the other.
// To say so where there is nothing to replace is refused too: it is a slip of the pen.
type Pack struct {
	Name string // as the person gave it, for messages
	FS   fs.FS
	Path string // in FS; "." for a folder
}

// sections are one document of a pack.
type sections struct {
	Codes    []Code   `yaml:"codes"`
	KBs      []KB     `yaml:"kbs"`
	Classes  []Class  `yaml:"classes"`
	Gates    []Gate   `yaml:"gates"`
	Causes   []Cause  `yaml:"causes"`
	Remedies []Remedy `yaml:"remedies"`
}

// LoadWith returns the built-in knowledge with packs added, in their order. What is
// wrong with them comes as Faults; any other error is one of reading.
func LoadWith(packs ...Pack) (*Base, error) {
	if len(packs) == 0 {
		return Load()
	}
	b, err := readFS(data)
	if err != nil {
		return nil, err
	}
	for _, p := range packs {
		if err := b.addPack(p); err != nil {
			return nil, err
		}
		b.Name += " + " + path.Base(strings.ReplaceAll(p.Name, `\`, "/"))
	}
	if err := b.compile(); err != nil {
		return nil, err
	}
	if faults := b.Lint(); len(faults) > 0 {
		return nil, faults
	}
	return b, nil
}

// addPack adds the files of a pack; of a folder those with the ending yaml or yml, in
// the order of their names.
func (b *Base) addPack(p Pack) error {
	files, err := p.files()
	if err != nil {
		return err
	}
	var parts []part
	for _, f := range files {
		docs, faults := b.readPack(f)
		if len(faults) > 0 {
			return faults
		}
		parts = append(parts, docs...)
	}
	return b.addParts(parts)
}

func (p Pack) files() ([]source, error) {
	info, err := fs.Stat(p.FS, p.Path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []source{{p.FS, p.Path, p.Name}}, nil
	}
	entries, err := fs.ReadDir(p.FS, p.Path)
	if err != nil {
		return nil, err
	}
	var out []source
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.Type().IsRegular() && (ext == ".yaml" || ext == ".yml") {
			out = append(out, source{p.FS, path.Join(p.Path, e.Name()), path.Join(p.Name, e.Name())})
		}
	}
	if len(out) == 0 || len(out) > maxPackFiles {
		return nil, fmt.Errorf("%s: %d YAML files", p.Name, len(out))
	}
	return out, nil
}

// part is one document with the file it stands in.
type part struct {
	source
	sections
}

// readPack decodes the documents of a file.
func (b *Base) readPack(s source) ([]part, Faults) {
	raw, err := readBounded(s)
	if err == nil {
		err = tame(raw)
	}
	if err != nil {
		return nil, Faults{b.fileFault(s, err)}
	}
	docs, err := decodeAll(raw)
	if err != nil {
		return nil, Faults{b.fileFault(s, err)}
	}
	var out []part
	for _, d := range docs {
		out = append(out, part{source: s, sections: d})
	}
	return out, nil
}

// decodeAll decodes every document. The YAML library panics on some bad input.
func decodeAll(raw []byte) (docs []sections, err error) {
	defer func() {
		if p := recover(); p != nil {
			docs, err = nil, fmt.Errorf("not understood: %v", p)
		}
	}()
	for dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()); ; {
		var d sections
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
}

func readBounded(s source) ([]byte, error) {
	f, err := s.fsys.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxPackFile+1))
	if err == nil && len(raw) > maxPackFile {
		err = fmt.Errorf("larger than %d bytes", maxPackFile)
	}
	return raw, err
}

// tame refuses what a parser could drown in: deep nesting; aliases, which can grow
// without bound; tags. Nobody needs them here.
func tame(raw []byte) error {
	n := 0
	for line := range bytes.Lines(raw) {
		if n++; len(line) > maxPackLine {
			return fmt.Errorf("[%d:1] longer than %d bytes", n, maxPackLine)
		}
	}
	depth := 0
	for _, t := range lexer.Tokenize(string(raw)) {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.AnchorType, token.AliasType, token.TagType:
			return fmt.Errorf("[%d:%d] anchors, aliases and tags are not read", t.Position.Line, t.Position.Column)
		}
		if depth > maxPackDepth {
			return fmt.Errorf("[%d:%d] nested too deeply", t.Position.Line, t.Position.Column)
		}
	}
	return nil
}

// yamlPlace is how the YAML library begins what it says: [line:column].
var yamlPlace = regexp.MustCompile(`^\[(\d+):\d+\] (.*)`)

var unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)

// fileFault says in the reader's language what the YAML library objects to.
func (b *Base) fileFault(s source, err error) Fault {
	what, line := err.Error(), 0
	if m := yamlPlace.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = m[2]
	}
	what, _, _ = strings.Cut(what, "\n")
	f := b.fault("", "bad-yaml", what)
	if m := unknownField.FindStringSubmatch(what); m != nil {
		f = b.fault("", "unknown-field", m[1])
	}
	f.File, f.Line = s.name, line
	return f
}

// idPattern is what the id of a cause, remedy, gate or class may look like: addresses
// of texts are made of them.
var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

var kbPattern = regexp.MustCompile(`^KB\d{6,8}$`)

var hexPattern = regexp.MustCompile(`^0x[0-9a-f]{8}$`)

// adder adds the parts of a pack and gathers what stands in their way.
type adder struct {
	b      *Base
	mine   map[string]bool // addresses this pack has added
	faults Faults
}

// addParts adds gates before the remedies that name them.
func (b *Base) addParts(parts []part) error {
	a := &adder{b: b, mine: map[string]bool{}}
	for _, p := range parts {
		a.codesAndKBs(p)
		for i := range p.Classes {
			if c := &p.Classes[i]; a.may(p, "class", c.ID, c.Replaces, a.hasClass(c.ID), idPattern) {
				a.keep(b.addClass(p.source, *c))
			}
		}
		for i := range p.Gates {
			if g := &p.Gates[i]; a.may(p, "gate", g.ID, g.Replaces, b.Gates[g.ID] != nil, idPattern) {
				b.addGate(p.source, g)
			}
		}
	}
	for _, p := range parts {
		a.causesAndRemedies(p)
	}
	if len(a.faults) > 0 {
		return a.faults.sorted()
	}
	return nil
}

func (a *adder) codesAndKBs(p part) {
	for i := range p.Codes {
		c := &p.Codes[i]
		if !a.may(p, "code", c.Hex, c.Replaces, a.b.Codes[c.Hex] != nil, hexPattern) {
			continue
		}
		n, _ := strconv.ParseUint(c.Hex[2:], 16, 32) // the pattern has checked it
		c.Success = n>>31 == 0
		a.b.Codes[c.Hex], a.b.sources["code."+c.Hex] = c, p.source
	}
	for i := range p.KBs {
		if k := &p.KBs[i]; a.may(p, "kb", k.ID, k.Replaces, a.b.KBs[k.ID] != nil, kbPattern) {
			a.b.addKB(p.source, k)
		}
	}
}

func (a *adder) causesAndRemedies(p part) {
	for i := range p.Causes {
		if c := &p.Causes[i]; a.may(p, "cause", c.ID, c.Replaces, a.b.Cause(c.ID) != nil, idPattern) {
			a.b.addCause(p.source, c)
		}
	}
	for i := range p.Remedies {
		if r := &p.Remedies[i]; a.may(p, "remedy", r.ID, r.Replaces, a.b.Remedies[r.ID] != nil, idPattern) {
			a.keep(a.b.addRemedy(p.source, r))
		}
	}
}

func (a *adder) hasClass(id string) bool {
	return slices.ContainsFunc(a.b.Classes, func(c Class) bool { return c.ID == id })
}

// may reports whether something can be added; if not, the fault says why.
func (a *adder) may(p part, kind, id string, replaces, there bool, form *regexp.Regexp) bool {
	address := kind + "." + id
	why := ""
	switch {
	case !form.MatchString(id):
		why = "bad-id"
	case a.mine[address]:
		why = "twice"
	case there && !replaces:
		why = "exists"
	case replaces && !there:
		why = "replaces-nothing"
	}
	a.mine[address] = true
	if why == "" {
		return true
	}
	f := a.b.fault("", why, id)
	f.Where, f.File, f.Line = address, p.name, p.line(address, address)
	a.faults = append(a.faults, f)
	return false
}

// keep gathers the faults of adding.
func (a *adder) keep(err error) {
	var faults Faults
	if errors.As(err, &faults) {
		a.faults = append(a.faults, faults...)
	}
}
