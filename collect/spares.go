package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"updoc/model"
)

// spares are what remedies rename or copy, each with what is put behind its name then.
var spares = []struct{ path, suffix string }{
	{"Windows/SoftwareDistribution/DataStore", ".bak"},
	{"Windows/SoftwareDistribution/Download", ".bak"},
	{catroot2Path, ".bak"},
	{hostsPath, ".bak"},
	{"Windows/WinSxS/pending.xml", ".bak"},
	{setupConfigPath, ".old"},
}

// spareNames is how many names are tried: whoever has set something aside nine times
// needs another cure.
const spareNames = 9

// spareList fills Machine.Spares, so that a remedy never takes a name that is in use.
func spareList(d *desk) {
	var all []model.Spare
	var unseen *model.Unseen
	for _, s := range spares {
		spare := d.spare(d.on(s.path), s.suffix)
		unseen = firstWhy(unseen, spare.Present.Why, spare.Free.Why)
		all = append(all, spare)
	}
	d.m.Spares = model.List[model.Spare]{Items: all, Coverage: model.Coverage{Complete: unseen == nil, Why: unseen}}
}

// spare finds the first free name beside a file: x.bak, x.bak2, … It is empty if all
// are taken.
func (d *desk) spare(at place, suffix string) model.Spare {
	s := model.Spare{Path: windowsPath(at.path), Present: d.taken(at), Origin: at.origin("file")}
	for i := 1; i <= spareNames; i++ {
		beside := place{at.volume, at.path + suffix}
		if i > 1 {
			beside.path += fmt.Sprint(i)
		}
		switch taken := d.taken(beside); {
		case !taken.Known:
			s.Free = unseenOr[string](taken.Why)
			return s
		case !taken.Value:
			s.Free = model.Known(path.Base(beside.path), taken.Origin)
			return s
		}
	}
	s.Free = model.Known("", s.Origin)
	return s
}

// taken tells whether a name is in use. A copied folder never tells that one is not.
// It is no evidence of anything, so that it was looked for is not noted.
func (d *desk) taken(at place) model.Fact[bool] {
	_, err := d.stat(at)
	if err == nil || errors.Is(err, fs.ErrNotExist) && d.whole(at.volume) {
		return model.Known(err == nil, at.origin("file"))
	}
	return model.NotSeen[bool](*d.whyNot("file", at, err))
}
