package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Vendors are the antivirus products of other vendors, and the drivers of Windows
// itself that look alike.
type Vendors struct {
	Parts []string  `yaml:"parts"` // drivers of Windows; a name that ends in * stands for all that begin so
	List  []*Vendor `yaml:"vendors"`
}

// Vendor is who makes an antivirus.
type Vendor struct {
	programs, not, publishers []*regexp.Regexp

	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Drivers     []string `yaml:"drivers"` // as in Parts
	Programs    []string `yaml:"programs"`
	NotPrograms []string `yaml:"notPrograms"`
	Publishers  []string `yaml:"publishers"` // part of the publisher, or of the company of a driver
	Unlisted    bool     `yaml:"unlisted"`   // that it is not in the list of programs proves nothing
	Tool        Tool     `yaml:"tool"`
	Source      Source   `yaml:"source"`
}

// Tool is a vendor's removal tool: its name only, it is never downloaded.
type Tool struct {
	Name  string `yaml:"name"`
	Grade string `yaml:"grade"`
	Ref   string `yaml:"ref"`
}

func (b *Base) loadVendors(fsys fs.FS) error {
	err := decode(fsys, "vendors.yaml", &b.Vendors)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // knowledge without it knows no vendor
	}
	if err != nil {
		return err
	}
	for _, v := range b.Vendors.List {
		var errs [3]error
		v.programs, errs[0] = anyCase(v.Programs)
		v.not, errs[1] = anyCase(v.NotPrograms)
		v.publishers, errs[2] = anyCase(words(v.Publishers))
		if err := errors.Join(errs[:]...); err != nil {
			return fmt.Errorf("vendors.yaml: %s: %w", v.ID, err)
		}
	}
	return nil
}

func anyCase(patterns []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile("(?i)" + p)
		if err != nil {
			return nil, err
		}
		out = append(out, re)
	}
	return out, nil
}

// words are patterns that match whole words only: ESET is no part of Preset.
func words(list []string) []string {
	var out []string
	for _, w := range list {
		out = append(out, `(?:^|[^a-z0-9])`+regexp.QuoteMeta(w)+`(?:[^a-z0-9]|$)`)
	}
	return out
}

// OfDriver returns whose antivirus a driver belongs to; nil if nobody's, or if it is a
// part of Windows. The name decides, else the company that the driver names.
func (v *Vendors) OfDriver(name, company string) *Vendor {
	if named(v.Parts, name) || strings.Contains(company, "Microsoft") {
		return nil
	}
	for _, vendor := range v.List {
		if named(vendor.Drivers, name) {
			return vendor
		}
	}
	return v.ofPublisher(company)
}

// OfProgram returns whose antivirus a program of the list of programs is; nil if it is
// none.
func (v *Vendors) OfProgram(name string) *Vendor {
	matches := func(re *regexp.Regexp) bool { return re.MatchString(name) }
	for _, vendor := range v.List {
		if slices.ContainsFunc(vendor.programs, matches) && !slices.ContainsFunc(vendor.not, matches) {
			return vendor
		}
	}
	return nil
}

func (v *Vendors) ofPublisher(company string) *Vendor {
	for _, vendor := range v.List {
		if slices.ContainsFunc(vendor.publishers, func(re *regexp.Regexp) bool { return re.MatchString(company) }) {
			return vendor
		}
	}
	return nil
}

func named(names []string, name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(names, func(n string) bool {
		prefix, open := strings.CutSuffix(n, "*")
		return n == name || open && strings.HasPrefix(name, prefix)
	})
}

// vendors checks the table: nothing that stands for everything, no driver of two.
func (l *linter) vendors() {
	owner := map[string]string{}
	note := func(id string, drivers []string) {
		for _, d := range drivers {
			if d != strings.ToLower(d) || len(strings.TrimSuffix(d, "*")) < 2 || strings.ContainsAny(d, " .") {
				l.say("vendor."+id, "vendor-driver", d)
			}
			if other, twice := owner[d]; twice && other != id {
				l.say("vendor."+id, "vendor-driver-twice", d, other)
			}
			owner[d] = id
		}
	}
	note("parts", l.b.Vendors.Parts)
	for _, v := range l.b.Vendors.List {
		at := "vendors.yaml: " + v.ID
		note(v.ID, v.Drivers)
		if v.ID == "" || v.Name == "" || len(v.Drivers) == 0 || len(v.Programs) == 0 {
			l.say(at, "vendor-incomplete")
		}
		l.source(at, v.Source)
		if v.Tool.Name != "" {
			l.source(at+": tool", Source{v.Tool.Grade, v.Tool.Ref})
		}
		for _, re := range v.programs {
			if re.MatchString("") || re.MatchString("Microsoft Edge") {
				l.say(at, "vendor-wide", re)
			}
		}
	}
}
