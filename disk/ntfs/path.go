package ntfs

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf16"
)

// node is what a path leads to.
type node struct {
	rec  *record
	name string // as the folder spells it, "." for the root
}

// maxElements bounds the elements one lookup may go through, links expanded.
const maxElements = 4096

// resolve walks a path from the root. Links on the way are followed; one at the end only if follow is
// set.
func (v *Volume) resolve(name string, follow bool) (*node, error) {
	root, err := v.record(recordRoot)
	if err != nil {
		return nil, err
	}
	if name == "." {
		return &node{root, "."}, nil
	}
	w := &resolver{v: v, trail: []*node{{root, "."}}, rest: strings.Split(name, "/"), follow: follow}
	for len(w.rest) > 0 {
		if err := w.step(); err != nil {
			return nil, err
		}
	}
	return w.at(), nil
}

// resolver is one walk: the folders gone through and the elements still to go.
type resolver struct {
	v      *Volume
	trail  []*node
	rest   []string
	follow bool
	hops   int
	steps  int
}

func (w *resolver) at() *node { return w.trail[len(w.trail)-1] }

func (w *resolver) step() error {
	elem := w.rest[0]
	w.rest = w.rest[1:]
	if w.steps++; w.steps > maxElements {
		return ErrLinkLoop
	}
	switch elem {
	case "", ".":
		return nil
	case "..":
		w.trail = w.trail[:max(1, len(w.trail)-1)]
		return nil
	}
	child, tag, err := w.v.child(w.at().rec, elem)
	if err != nil {
		return err
	}
	if isLink(tag) && (w.follow || len(w.rest) > 0) {
		return w.enter(child)
	}
	w.trail = append(w.trail, child)
	return nil
}

// enter puts a link's target before what is left of the path.
func (w *resolver) enter(link *node) error {
	if w.hops++; w.hops > maxLinkHops {
		return ErrLinkLoop
	}
	target, relative, err := w.v.linkTarget(link.rec)
	if err != nil {
		return err
	}
	elems, fromFolder, err := linkPath(target, relative)
	if err != nil {
		return err
	}
	if !fromFolder {
		w.trail = w.trail[:1]
	}
	w.rest = append(slices.Clone(elems), w.rest...)
	return nil
}

// child looks one name up in a folder, and gives its reparse tag, 0 if it has none.
func (v *Volume) child(dir *record, name string) (*node, uint32, error) {
	if !dir.dir {
		return nil, 0, fs.ErrNotExist
	}
	x, err := v.openIndex(dir)
	if err != nil {
		return nil, 0, err
	}
	d, err := x.lookup(name)
	if err != nil {
		return nil, 0, err
	}
	rec, err := v.follow(d.ref)
	if err != nil {
		return nil, 0, err
	}
	return &node{rec, string(utf16.Decode(d.name))}, v.tag(rec), nil
}

const attributeReparse = 0x400

// tag is a record's reparse tag, 0 if it has none or an unreadable one.
func (v *Volume) tag(rec *record) uint32 {
	flagged := standard(rec).Attributes&attributeReparse != 0
	if !flagged && !slices.ContainsFunc(rec.attrs, func(a attr) bool { return a.kind == attrReparse }) {
		return 0
	}
	tag, _, err := v.reparse(rec)
	if err != nil {
		return 0
	}
	return tag
}

// pathError names the operation and the path; damage stays recognisable beneath.
func pathError(op, name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
