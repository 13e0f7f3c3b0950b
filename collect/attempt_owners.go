package collect

import (
	"slices"

	"updoc/model"
)

// owners finds the attempts that a happening can belong to without asking all of them:
// a PC that gets definitions several times a day has thousands.
type owners struct {
	named  map[string][]*joined // by update id and KB
	failed []*joined
}

func ownersOf(all []*joined) owners {
	o := owners{named: map[string][]*joined{}}
	for i, a := range all {
		a.place = i
		for _, p := range a.parts {
			o.add(a, p)
		}
		if a.outcome == model.AttemptFailed {
			o.failed = append(o.failed, a)
		}
	}
	return o
}

// add notes the names under which a part lets its attempt be found. That an attempt may
// be noted twice does no harm.
func (o *owners) add(a *joined, part happening) {
	for _, name := range []string{part.updateID, part.kb} {
		if list := o.named[name]; name != "" && (len(list) == 0 || list[len(list)-1] != a) {
			o.named[name] = append(list, a)
		}
	}
}

// of returns the attempts that mayOwn can say yes to.
func (o *owners) of(h happening) []*joined {
	if h.updateID == "" && h.kb == "" {
		return o.failed
	}
	all := o.named[h.updateID]
	if h.kb != "" && h.kb != h.updateID {
		all = slices.Concat(all, o.named[h.kb])
	}
	return all
}
