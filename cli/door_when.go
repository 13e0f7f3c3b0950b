package cli

import (
	"slices"

	"updoc/model"
)

// isDoor reports whether this is a double-click: the console was made for this program
// alone, somebody sits before it, and nothing was asked for.
func isDoor(args []string, d desk) bool {
	c := d.console
	return len(args) == 0 && c.Processes == 1 && c.Input && c.Output && d.attended()
}

// attended reports whether somebody can answer. Session 0 is that of services and tasks;
// only in WinPE people sit there.
func (d desk) attended() bool {
	return d.token == nil || d.token.Session != 0 || d.system.PEReason != ""
}

// opensBrowser reports whether a browser may be opened: it would get the rights of this
// program, and there is none in WinPE.
func (d desk) opensBrowser() bool {
	t := d.token
	return t != nil && !t.Admin && !t.System && d.system.PEReason == ""
}

// couldSeeMore reports whether administrator rights, which this person can give, would
// show something that was not seen.
func (d desk) couldSeeMore(of *model.Diagnosis) bool {
	t := d.token
	return t != nil && t.CanAdmin && !t.Admin &&
		slices.ContainsFunc(of.Unseen, func(u model.UnseenEntry) bool { return u.Reason == model.ReasonPermission })
}
