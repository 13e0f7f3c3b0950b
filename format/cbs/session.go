package cbs

import "slices"

const (
	maxOpen   = 64
	maxID     = 48
	maxNames  = 16
	maxByCode = 16
	maxName   = 200
)

// live is a session that may still grow. Logs of older builds open thousands
// of sessions only to ask for applicability, so a live is used again when its
// session is dropped, and its id becomes text only at the end.
type live struct {
	Session
	id         [maxID]byte
	idLen      int
	isOpen     bool
	firstError *Entry
	byCode     []Entry // first line of each failing code
}

func (v *live) is(id []byte) bool { return string(v.id[:v.idLen]) == string(id) }

// sessions keeps the sessions of a log within bounds.
type sessions struct {
	kept    []*live
	spare   []*live
	open    []*live // begun and not ended, oldest first
	exec    *live   // the one that works: there is at most one
	startup *live   // the running start-up
	orphan  live    // failures seen while there was no session
	failed  int64
}

// begin starts a session; id is empty for a start-up run.
func (s *sessions) begin(l *line, id []byte, client string) *live {
	v := s.fresh()
	v.Client, v.Line, v.Offset, v.Start, v.End = client, l.number, l.offset, l.time, l.time
	v.idLen = copy(v.id[:], id)
	s.kept = append(s.kept, v)
	if len(s.kept) > 2*keepSessions {
		s.compact()
	}
	if v.idLen > 0 {
		s.push(v)
	}
	return v
}

func (s *sessions) fresh() *live {
	n := len(s.spare)
	if n == 0 {
		return &live{}
	}
	v := s.spare[n-1]
	s.spare = s.spare[:n-1]
	*v = live{}
	return v
}

// push adds v to the open sessions. Of too many the oldest is given up: old
// builds never write that a session ended.
func (s *sessions) push(v *live) {
	if len(s.open) == 2*maxOpen {
		for _, old := range s.open[:maxOpen] {
			old.isOpen = false
		}
		s.open = append(s.open[:0], s.open[maxOpen:]...)
	}
	v.isOpen = true
	s.open = append(s.open, v)
}

// beginStartup starts a start-up run. Failures just before it are its own: the
// log may begin in the middle of one.
func (s *sessions) beginStartup(l *line) {
	s.exec = nil
	s.startup = s.begin(l, nil, "")
	s.startup.Startup = true
	s.startup.firstError, s.startup.byCode = s.orphan.firstError, s.orphan.byCode
	s.orphan = live{}
}

// get returns the session with this id, which may have begun before the log.
func (s *sessions) get(l *line, id []byte) *live {
	if s.exec != nil && s.exec.is(id) {
		return s.exec
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].is(id) {
			return s.open[i]
		}
	}
	for i := len(s.kept) - 1; i >= max(0, len(s.kept)-4*maxOpen); i-- {
		if s.kept[i].is(id) {
			return s.kept[i]
		}
	}
	return s.begin(l, id, "")
}

// current returns the session that a line without an id belongs to: the one
// at work, else the running start-up, else the newest not ended. Nil: none.
func (s *sessions) current() *live {
	switch {
	case s.exec != nil:
		return s.exec
	case s.startup != nil:
		return s.startup
	case len(s.open) > 0:
		return s.open[len(s.open)-1]
	}
	return nil
}

// start makes v the session at work. What failed before was planning.
func (s *sessions) start(v *live) {
	s.exec = v
	v.firstError, v.byCode = nil, nil
}

// end records a final line. Further final lines can only make it worse.
func (s *sessions) end(v *live, l *line, code uint32) {
	if s.exec == v {
		s.exec = nil
	}
	v.Ended = true
	v.End = l.time
	if !isFailure(v.Result) {
		v.Result = code
	}
	if code == rebootRequired {
		v.RebootRequired = true
	}
	if isFailure(code) {
		s.fail(v, l, code)
	}
}

// restart forgets what was open: the servicing process has started anew. A
// start-up run that asked for one more restart goes on.
func (s *sessions) restart() {
	for _, v := range s.open {
		v.isOpen = false
	}
	s.exec, s.open, s.orphan = nil, s.open[:0], live{}
}

// close takes a session off the open ones.
func (s *sessions) close(v *live) {
	if i := slices.Index(s.open, v); i >= 0 {
		s.open = slices.Delete(s.open, i, i+1)
	}
	v.isOpen = false
}

// fail marks v as failed with the code and explains it by what came before l.
func (s *sessions) fail(v *live, l *line, code uint32) {
	if !v.Failed {
		v.Failed = true
		s.failed++
	}
	if v.FirstFailure == nil {
		v.FirstFailure = v.explain(l, code)
	}
}

// explain returns the earliest line that explains a failing end: an error, or
// the first with the code of the end (or of the original failure, which is
// nearer to the cause).
func (v *live) explain(l *line, code uint32) *Entry {
	if v.OriginalFailure != nil {
		code = v.OriginalFailure.HRESULT
	}
	best := v.firstError
	for i := range v.byCode {
		e := &v.byCode[i]
		if e.HRESULT == code && (best == nil || e.Line < best.Line) {
			best = e
		}
	}
	if best == nil {
		e := l.entry()
		best = &e
	}
	return best
}

// candidate remembers a failing line for the session at work.
func (s *sessions) candidate(l *line) {
	v := s.current()
	if v == nil {
		v = &s.orphan
	}
	v.End = l.time
	if v.firstError != nil && !isFailure(l.code) {
		return
	}
	known := slices.ContainsFunc(v.byCode, func(e Entry) bool { return e.HRESULT == l.code })
	if v.firstError != nil && (known || len(v.byCode) >= maxByCode) {
		return
	}
	e := l.entry()
	if v.firstError == nil && isError(l) {
		v.firstError = &e
	}
	if !known && isFailure(l.code) && len(v.byCode) < maxByCode {
		e.HRESULT = l.code
		v.byCode = append(v.byCode, e)
	}
}

// compact drops old sessions that did not fail and are at rest.
func (s *sessions) compact() {
	cut := len(s.kept) - keepSessions
	failed := 0
	for _, v := range s.kept[:cut] {
		if v.Failed {
			failed++
		}
	}
	keep := s.kept[:0]
	for i, v := range s.kept {
		old := i < cut && !v.isOpen && v != s.exec && v != s.startup
		if old && (!v.Failed || failed > keepFailed) {
			s.spare = append(s.spare, v)
		} else {
			keep = append(keep, v)
		}
		if i < cut && v.Failed {
			failed--
		}
	}
	s.kept = keep
}

func (s *sessions) finish() []Session {
	if len(s.kept) > keepSessions {
		s.compact()
	}
	out := make([]Session, len(s.kept))
	for i, v := range s.kept {
		out[i] = v.Session
		out[i].ID = string(v.id[:v.idLen])
	}
	return out
}

// name adds a package and the KB in it.
func (v *live) name(pkg []byte) {
	pkg = pkg[:min(len(pkg), maxName)]
	add(&v.Packages, pkg)
	v.kb(pkg)
}

// kb adds the first "KBnnnnnn" of b.
func (v *live) kb(b []byte) {
	if kb := findKB(b); kb != "" {
		add(&v.KBs, []byte(kb))
	}
}

func add(list *[]string, b []byte) {
	if len(b) == 0 || len(*list) >= maxNames {
		return
	}
	for _, have := range *list {
		if have == string(b) {
			return
		}
	}
	*list = append(*list, clean(b, maxName))
}
