package msu

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"updoc/codec/wintype"
	"updoc/format/cab"
)

// errSays means that a file does not say what it is there for.
var errSays = errors.New("it says nothing of the package")

// maxDepth is how deep the elements of a document may be nested that is read.
const maxDepth = 100

// text decodes UTF-16 with a mark, or UTF-8.
func text(b []byte) string {
	if units, ok := bytes.CutPrefix(b, []byte{0xff, 0xfe}); ok {
		return wintype.UTF16(units)
	}
	return string(bytes.TrimPrefix(b, []byte("\ufeff")))
}

// elements calls fn for each start of an element, with the names of those around it, until
// fn returns false or the document ends.
func elements(document string, fn func(around []string, e xml.StartElement) bool) error {
	d := xml.NewDecoder(strings.NewReader(document))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var around []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if !fn(around, e) {
				return nil
			}
			if len(around) > maxDepth {
				return errors.New("its elements are nested too deep")
			}
			around = append(around, e.Name.Local)
		case xml.EndElement:
			around = around[:len(around)-1]
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// answer reads an answer file: the first package that it installs.
func (p *Package) answer(m member) error {
	b, err := p.read(m, maxText)
	if err != nil {
		return err
	}
	found := false
	err = elements(text(b), func(around []string, e xml.StartElement) bool {
		if e.Name.Local == "assemblyIdentity" && len(around) > 0 && around[len(around)-1] == "package" {
			found = true
			p.complete(attribute(e, "name"), attribute(e, "version"), attribute(e, "processorArchitecture"))
		}
		return !found
	})
	if err == nil && !found && p.Name == "" {
		err = errSays
	}
	return err
}

// manifest reads an update.mum up to its first update: identity, parents, servicing stack.
func (p *Package) manifest(m member) error {
	b, err := p.read(m, maxText)
	if err != nil {
		return err
	}
	var parents [][]Parent
	newer, named := false, false
	err = elements(text(b), func(around []string, e xml.StartElement) bool {
		switch where := strings.Join(around, "/") + "/" + e.Name.Local; where {
		case "assembly/assemblyIdentity":
			named = true
			p.complete(attribute(e, "name"), attribute(e, "version"), attribute(e, "processorArchitecture"))
		case "assembly/package/parent":
			newer = strings.EqualFold(attribute(e, "revisionCompare"), "GE")
			parents = append(parents, nil)
		case "assembly/package/parent/assemblyIdentity":
			last := len(parents) - 1
			parents[last] = append(parents[last], Parent{attribute(e, "name"), attribute(e, "version"),
				processor(attribute(e, "processorArchitecture")), attribute(e, "language"), newer})
		case "assembly/package/installerAssembly":
			if strings.EqualFold(attribute(e, "name"), "Microsoft-Windows-ServicingStack") {
				p.Stack = attribute(e, "version")
			}
		case "assembly/package/update":
			return false
		}
		return true
	})
	p.Parents = append(p.Parents, parents...)
	if err == nil && !named {
		err = errSays
	}
	return err
}

// properties reads the processor in …-pkgProperties.txt: lines as
// Processor Architecture="amd64".
func (p *Package) properties(m member) error {
	b, err := p.read(m, maxText)
	if err != nil {
		return err
	}
	for line := range strings.Lines(text(b)) {
		name, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(name), "Processor Architecture") {
			p.complete("", "", strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return nil
}

// metadata reads a cabinet of composition databases, which are packed once more.
func (p *Package) metadata(m member) error { return p.databases(m, 3) }

func (p *Package) databases(m member, depth int) error {
	b, err := p.read(m, maxMeta)
	if err != nil {
		return err
	}
	c, err := cab.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for _, inside := range members(c) {
		lower := strings.ToLower(inside.name)
		switch {
		case databaseFile.MatchString(lower):
			err = p.database(inside)
		case depth > 1 && (packedDatabase.MatchString(lower) || metadataFile.MatchString(lower)):
			err = p.databases(inside, depth-1)
		default:
			continue
		}
		if err != nil {
			p.unread(inside.name, err)
		}
	}
	return nil
}

// database reads a composition database. One of another type describes a Windows, not an
// update. That of a servicing stack beside another update is of what it carries.
func (p *Package) database(m member) error {
	b, err := p.read(m, maxMeta)
	if err != nil {
		return err
	}
	var root, feature, item xml.StartElement
	err = elements(text(b), func(around []string, e xml.StartElement) bool {
		switch {
		case len(around) == 0:
			root = e
		case e.Name.Local == "Feature" && feature.Name.Local == "":
			feature = e
		case e.Name.Local == "Package" && strings.HasPrefix(strings.ToLower(attribute(e, "ID")), "package_for_"):
			item = e
		}
		return item.Name.Local == "" || feature.Name.Local == ""
	})
	name, version := cutIdentity(attribute(item, "ID"))
	switch {
	case root.Name.Local != "CompDB":
		return errors.Join(errSays, err)
	case attribute(root, "Type") != "BuildUpdate":
		return nil
	case attribute(feature, "Type") == "ServicingStackUpdate":
		p.complete("", "", attribute(root, "BuildArch"))
		p.Carries = append(p.Carries, attribute(root, "TargetOSVersion"))
		p.stack = [2]string{name, version}
	case attribute(feature, "Type") == "CumulativeUpdate":
		p.complete(name, version, attribute(root, "BuildArch"))
		p.Base = attribute(root, "OSVersion")
	}
	return nil
}

// cutIdentity gives name and version of Package_for_RollupFix~~amd64~~26100.8655.1.20.
func cutIdentity(id string) (name, version string) {
	parts := strings.Split(id, "~")
	if len(parts) != 5 {
		return "", ""
	}
	return parts[0], parts[4]
}
