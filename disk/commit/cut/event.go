package cut

import "maps"

type kind uint8

const (
	write kind = iota
	resize
	flush
	create
	rename
	remove
	flushNames
)

// event is one thing that happened to the content or name of id, or to all names.
type event struct {
	kind     kind
	id       int
	name, to string
	off      int64 // of a write; the new size of a resize
	data     []byte
}

func (e event) apply(s state) {
	switch e.kind {
	case write:
		c := s.contents[e.id]
		c.write(e.data, e.off)
		c.size = max(c.size, e.off+int64(len(e.data)))
	case resize:
		s.contents[e.id].resize(e.off)
	case create:
		s.names[e.name] = e.id
		if s.contents[e.id] == nil {
			s.contents[e.id] = &content{sparse: sparse{pages: map[int64][]byte{}}}
		}
	case rename:
		if id, ok := s.names[e.name]; ok {
			delete(s.names, e.name)
			s.names[e.to] = id
		}
	case remove:
		delete(s.names, e.name)
	}
}

// replay goes along a timeline: s is what is on the medium, the rest is not yet.
type replay struct {
	s       state
	pending map[int][]event
	names   []event
	dice    dice
}

func newReplay(s state, seed uint64) *replay {
	return &replay{s: s, pending: map[int][]event{}, dice: dice(seed)}
}

func (r *replay) take(e event) {
	switch e.kind {
	case write, resize:
		r.pending[e.id] = append(r.pending[e.id], e)
	case flush:
		for _, p := range r.pending[e.id] {
			p.apply(r.s)
		}
		delete(r.pending, e.id)
	case create:
		content := e
		content.apply(state{r.s.contents, map[string]int{}})
		r.names = append(r.names, e)
	case rename, remove:
		r.names = append(r.names, e)
	case flushNames:
		for _, p := range r.names {
			p.apply(r.s)
		}
		r.names = nil
	}
}

// cut lets a part of what was not flushed survive.
func (r *replay) cut() state {
	for id := 0; len(r.pending) > 0; id++ {
		if events, ok := r.pending[id]; ok {
			r.survive(r.s.contents[id], events)
			delete(r.pending, id)
		}
	}
	for _, e := range r.names {
		if r.dice.half() {
			e.apply(r.s)
		}
	}
	named := map[int]bool{diskID: true}
	for _, id := range r.s.names {
		named[id] = true
	}
	maps.DeleteFunc(r.s.contents, func(id int, _ *content) bool { return !named[id] })
	return r.s
}

// survive is how much of events reaches c: nothing, all, the first of them, some, or
// sectors of some; all but the first three in any order. The length is one of those that
// c had on the way.
func (r *replay) survive(c *content, events []event) {
	sizes := []int64{c.size}
	how := r.dice.below(5)
	if how == 2 {
		events = events[:r.dice.below(len(events)+1)]
	}
	for _, e := range events {
		sizes = append(sizes, e.sizeAfter(sizes[len(sizes)-1]))
	}
	if how > 2 {
		events = r.dice.shuffled(events)
	}
	s := state{contents: map[int]*content{}}
	for _, e := range events {
		s.contents[e.id] = c
		switch {
		case how == 1 || how == 2 || how == 3 && r.dice.half() || how == 4 && e.kind == resize && r.dice.half():
			e.apply(s)
		case how == 4 && e.kind == write:
			r.sectors(c, e)
		}
	}
	size := sizes[r.dice.below(len(sizes))]
	switch how {
	case 0:
		size = sizes[0]
	case 1, 2:
		size = sizes[len(sizes)-1]
	}
	c.resize(min(size, c.size))
	c.size = size
}

// sectors writes each sector of e or not.
func (r *replay) sectors(c *content, e event) {
	for at := int64(0); at < int64(len(e.data)); {
		n := min(sectorSize-(e.off+at)%sectorSize, int64(len(e.data))-at)
		if r.dice.half() {
			c.write(e.data[at:at+n], e.off+at)
			c.size = max(c.size, e.off+at+n)
		}
		at += n
	}
}

func (e event) sizeAfter(size int64) int64 {
	if e.kind == resize {
		return e.off
	}
	return max(size, e.off+int64(len(e.data)))
}
