package msu

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"updoc/format/cab"
	"updoc/format/wim"
)

// What an error of this package is.
var (
	ErrNotPackage = errors.New("not a package of updates")
	errFar        = errors.New("it lies too far behind other files")
)

// Limits in bytes. A file that is larger, or lies further behind others that are packed
// together with it, is not read.
const (
	maxText = 16 << 20
	maxMeta = 32 << 20  // cabinets of composition databases
	maxFar  = 128 << 20 // to be unpacked on the way to update.mum: about two seconds
	maxAll  = 384 << 20 // unpacked for all that is read
)

// Package is what an update says about itself.
type Package struct {
	Name         string     // of what it installs: Package_for_RollupFix; empty: not said
	Version      string     // 19041.4291.1.6
	Architecture string     // amd64, x86, arm64
	Base         string     // the Windows that it was made on: 10.0.26100.1742; empty: not said
	Stack        string     // the oldest servicing stack that it can do with: 10.0.19041.1161; empty: not said
	Carries      []string   // versions of the servicing stacks inside it: 10.0.19041.4163
	Parents      [][]Parent // of each list one must be there
	Unread       []string   // what could not be read, and why

	stack [2]string // name and version of the servicing stack that it installs, maybe it alone
	left  int64     // of maxAll
}

// Parent is a package that must be there.
type Parent struct {
	Name, Version, Architecture, Language string
	Newer                                 bool // its revision, or a newer one
}

// Read reads what the package of size bytes says about itself. The error is
// ErrNotPackage, or what the reader of cabinets or images says of the whole.
func Read(r io.ReaderAt, size int64) (*Package, error) {
	head := make([]byte, 8)
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	p := &Package{left: maxAll}
	switch {
	case bytes.HasPrefix(head, []byte("MSCF")):
		c, err := cab.Open(r, size)
		if err != nil {
			return nil, err
		}
		p.cabinet(c)
	case bytes.HasPrefix(head, []byte("MSWIM\x00\x00\x00")):
		f, err := wim.Open(r, size)
		if err != nil {
			return nil, err
		}
		p.image(f)
	default:
		return nil, ErrNotPackage
	}
	p.complete(p.stack[0], p.stack[1], "")
	return p, nil
}

func (p *Package) unread(name string, err error) {
	p.Unread = append(p.Unread, fmt.Sprintf("%s: %v", name, err))
}

// complete takes over what is not known yet.
func (p *Package) complete(name, version, architecture string) {
	for at, value := range map[*string]string{&p.Name: name, &p.Version: version, &p.Architecture: processor(architecture)} {
		if *at == "" {
			*at = value
		}
	}
}

// processor spells a processor as package names do.
func processor(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "x64" {
		return "amd64"
	}
	return name
}

// stackFile is how a servicing stack that an update brings along is named.
var stackFile = regexp.MustCompile(`(?i)^ssu-(\d+\.\d+)-.*\.(?:cab|wim)$`)

// carried notes a servicing stack inside by its file name.
func (p *Package) carried(name string) {
	if found := stackFile.FindStringSubmatch(name); found != nil {
		p.Carries = append(p.Carries, "10.0."+found[1])
	}
}

// member is a file of a package, whichever way it is packed.
type member struct {
	name string
	size int64
	far  int64 // bytes to be unpacked in front of it
	open func() (io.Reader, error)
}

// read returns the content of a small file.
func (p *Package) read(m member, limit int64) ([]byte, error) {
	if m.size > limit {
		return nil, fmt.Errorf("%d bytes are more than the limit of %d", m.size, limit)
	}
	if err := p.spend(m.far, m.far+m.size); err != nil {
		return nil, err
	}
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, limit))
}

// spend refuses what would be unpacked beyond the limits.
func (p *Package) spend(far, all int64) error {
	if far > maxFar || all > p.left {
		return errFar
	}
	p.left -= all
	return nil
}

// Files of packages, by their names in lower case.
var (
	metadataFile   = regexp.MustCompile(`aggregatedmetadata.*\.cab$`)
	databaseFile   = regexp.MustCompile(`compdb.*\.xml$`)
	packedDatabase = regexp.MustCompile(`compdb.*\.xml\.cab$`)
	answerFile     = regexp.MustCompile(`^windows.*kb\d+.*\.xml$`)
	propertiesFile = regexp.MustCompile(`pkgproperties\.txt$`)
	packageFile    = regexp.MustCompile(`^windows.*kb\d+.*\.(?:cab|wim)$`)
	manifestFile   = regexp.MustCompile(`^update\.mum$`)
)

// files reads what the members say, the surest first. inner looks into a package inside.
func (p *Package) files(all []member, inner func(member) error) {
	for _, m := range all {
		p.carried(m.name)
	}
	for _, look := range []struct {
		name *regexp.Regexp
		into func(member) error
	}{
		{metadataFile, p.metadata}, {answerFile, p.answer}, {manifestFile, p.manifest}, {packageFile, inner}, {propertiesFile, p.properties},
	} {
		for _, m := range all {
			if !look.name.MatchString(strings.ToLower(m.name)) {
				continue
			}
			if err := look.into(m); err != nil {
				p.unread(m.name, err)
			}
		}
	}
}

// cabinet reads an .msu or .cab that is a cabinet.
func (p *Package) cabinet(c *cab.Cabinet) {
	for _, problem := range c.Problems {
		p.unread("cabinet", errors.New(problem))
	}
	p.files(members(c), p.packed)
}

func members(c *cab.Cabinet) []member {
	var all []member
	for _, f := range c.Files {
		all = append(all, member{name: f.Name, size: f.Size, far: f.Before(), open: func() (io.Reader, error) { return c.Open(f), nil }})
	}
	return all
}

// packed looks for update.mum in a cabinet inside a cabinet, which is read as it comes. Where
// a database told enough that is not worth the time.
func (p *Package) packed(m member) error {
	if p.Base != "" {
		return nil
	}
	if err := p.spend(m.far, m.far+min(m.size, maxFar)); err != nil {
		return err
	}
	r, err := m.open()
	if err != nil {
		return err
	}
	c, err := cab.Open(&ahead{r: r, left: maxFar}, m.size)
	if err != nil {
		return err
	}
	return p.manifestOf(members(c))
}

// manifestOf reads update.mum among the files of a package.
func (p *Package) manifestOf(all []member) error {
	for _, m := range all {
		if manifestFile.MatchString(strings.ToLower(m.name)) {
			return p.manifest(m)
		}
	}
	return errors.New("it holds no update.mum")
}

// image reads an .msu that is an image.
func (p *Package) image(f *wim.File) {
	all, err := imageMembers(f)
	if err != nil {
		p.unread("image", err)
	}
	p.files(all, func(m member) error { return p.packedImage(f, m) })
}

// imageMembers are the files at the root of the first image.
func imageMembers(f *wim.File) ([]member, error) {
	var all []member
	err := f.Walk(1, func(e wim.Entry) error {
		if !e.IsDir() && !strings.Contains(e.Path, "/") {
			all = append(all, member{name: e.Name, size: e.Size, open: func() (io.Reader, error) { return f.OpenFile(1, e.Path) }})
		}
		return nil
	})
	return all, err
}

// packedImage looks for update.mum in an image inside an image.
func (p *Package) packedImage(f *wim.File, m member) error {
	section, err := f.Section(1, m.name)
	if err != nil {
		return err
	}
	inside, err := wim.Open(section, section.Size())
	if errors.Is(err, wim.ErrNotWIM) {
		c, err := cab.Open(section, section.Size())
		if err != nil {
			return err
		}
		return p.manifestOf(members(c))
	}
	if err != nil {
		return err
	}
	all, err := imageMembers(inside)
	if err != nil && len(all) == 0 {
		return err
	}
	return p.manifestOf(all)
}
