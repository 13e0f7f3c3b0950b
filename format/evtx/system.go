package evtx

import "updoc/codec/wintype"

// newSystem takes an empty table of System values and returns its index.
func (d *decoder) newSystem() int32 {
	d.spend(2 * int(sysCount))
	var t [sysCount]systemValue
	for i := range t {
		t[i].dep = noDep
	}
	d.systems = append(d.systems, t)
	return int32(len(d.systems) - 1)
}

// systemElement compiles a child of System.
func (k *compiler) systemElement(name string, dep uint16) {
	var text source
	more := k.attributes(func(attr string, s source) {
		if id := systemAttribute(name, attr); id < sysCount {
			k.setSystem(id, s, dep)
		}
	})
	if more {
		k.content(inExtra, "System", noDep, &text)
	}
	if id := systemText(name); id < sysCount {
		k.setSystem(id, text, dep)
	}
}

// systemText names the value that is the text of a System element, sysCount if
// none.
func systemText(element string) sysID {
	switch element {
	case "EventID":
		return sysEventID
	case "Version":
		return sysVersion
	case "Level":
		return sysLevel
	case "Task":
		return sysTask
	case "Opcode":
		return sysOpcode
	case "Keywords":
		return sysKeywords
	case "EventRecordID":
		return sysRecordID
	case "Channel":
		return sysChannel
	case "Computer":
		return sysComputer
	}
	return sysCount
}

// systemAttribute names the value an attribute of a System element holds.
func systemAttribute(element, attr string) sysID {
	switch element + "@" + attr {
	case "Provider@Name":
		return sysProvider
	case "Provider@Guid":
		return sysProviderGUID
	case "Provider@EventSourceName":
		return sysSource
	case "EventID@Qualifiers":
		return sysQualifiers
	case "TimeCreated@SystemTime":
		return sysTime
	case "Correlation@ActivityID":
		return sysActivity
	case "Correlation@RelatedActivityID":
		return sysRelated
	case "Execution@ProcessID":
		return sysProcess
	case "Execution@ThreadID":
		return sysThread
	case "Security@UserID":
		return sysUser
	}
	return sysCount
}

// setSystem notes where a System value comes from; literals are converted now.
func (k *compiler) setSystem(id sysID, s source, dep uint16) {
	if k.c.bad || k.prog.system < 0 {
		return
	}
	v := &k.d.systems[k.prog.system][id]
	v.source, v.dep = s, dep
	if s.kind != fromLiteral {
		return
	}
	v.text = k.d.names.utf16(s.lit)
	switch id {
	case sysProvider, sysSource, sysChannel, sysComputer, sysUser:
	case sysProviderGUID, sysActivity, sysRelated:
		v.guid, _ = ParseGUID(v.text)
	case sysTime:
		v.num, _ = parseTime([]byte(v.text))
	default:
		v.num, _ = parseNumber([]byte(v.text))
	}
}

// sysReader gives the System values of one record.
type sysReader struct {
	d    *decoder
	t    *[sysCount]systemValue
	base int
	n    int
}

// value returns the slot's value; ok is false if there is none.
func (s *sysReader) value(v *systemValue) (Value, bool) {
	if v.dep != noDep && s.d.slot(s.base, s.n, v.dep).Type == TypeNull {
		return Value{}, false
	}
	x := s.d.slot(s.base, s.n, v.slot)
	return x, x.Type != TypeNull
}

func (s *sysReader) text(id sysID) string {
	v := &s.t[id]
	switch v.kind {
	case fromNowhere:
		return ""
	case fromLiteral:
		return v.text
	case fromPieces:
		return string(s.d.joinPieces(v.source, s.base, s.n))
	}
	x, ok := s.value(v)
	switch {
	case !ok:
		return ""
	case x.Type == TypeString:
		return s.d.strings.utf16(x.raw)
	case x.Type == TypeSID:
		return s.d.sids.sid(x.raw)
	}
	return x.String()
}

func (s *sysReader) num(id sysID) uint64 {
	v := &s.t[id]
	if v.kind <= fromLiteral {
		return v.num
	}
	if v.kind == fromPieces {
		n, _ := parseNumber(s.d.joinPieces(v.source, s.base, s.n))
		return n
	}
	x, _ := s.value(v)
	n, _ := x.Uint()
	return n
}

func (s *sysReader) guid(id sysID) GUID {
	v := &s.t[id]
	if v.kind <= fromLiteral {
		return v.guid
	}
	if x, ok := s.value(v); ok && x.Type == TypeGUID && len(x.raw) >= 16 {
		return GUID(x.raw[:16])
	}
	g, _ := ParseGUID(s.text(id))
	return g
}

// time returns a FILETIME, 0 if there is none.
func (s *sysReader) time(id sysID) uint64 {
	v := &s.t[id]
	if v.kind <= fromLiteral {
		return v.num
	}
	x, _ := s.value(v)
	if x.Type == TypeFiletime && len(x.raw) >= 8 {
		return le.Uint64(x.raw)
	}
	t, ok := x.Time()
	if !ok {
		return 0
	}
	return wintype.Filetime(t)
}
