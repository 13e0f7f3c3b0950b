package cbs

import "bytes"

// sfcLine interprets the lines of System File Checker:
//
//	[SR] Cannot repair member file [l:12]'x.dll' of Microsoft-Windows-Foo, version …, in the store, hash mismatch
//	[SR] Could not reproject corrupted file \??\C:\…; source file in store is also corrupted
//	[SR] Repairing corrupted file \??\C:\… from store
//	[SR] Repaired file …
//	[SR] Repair complete
func (in *interp) sfcLine(l *line) {
	t := l.text[len("[SR] "):]
	switch {
	case has(t, "Cannot repair member file"):
		in.cannotRepair(l, memberFile(t))
	case has(t, "Could not reproject corrupted file"):
		in.cannotRepair(l, reprojected(t))
	case has(t, "Repairing corrupted file"), has(t, "Repaired file"):
		in.log.SFC.Repaired++
	case has(t, "Repair complete"):
		in.endRun()
	}
}

// cannotRepair keeps each file once; SFC names it in every pass.
func (in *interp) cannotRepair(l *line, c CannotRepair) {
	s := &in.log.SFC
	s.CannotRepairCount++
	key := c.File + "|" + c.Component
	if in.sfcSeen == nil {
		in.sfcSeen = map[string]int{}
	}
	i, ok := in.sfcSeen[key]
	if !ok && len(in.sfcSeen) >= maxEntries {
		return
	}
	if !ok {
		c.Entry, i = l.entry(), len(s.CannotRepair)
		in.sfcSeen[key] = i
		s.CannotRepair = append(s.CannotRepair, c)
	}
	f := &s.CannotRepair[i]
	f.Last, f.Gone, f.run = l.entry(), false, s.Runs
}

// endRun ends a run of SFC. It names all it cannot repair once more before this line;
// a file it no longer names is in order.
func (in *interp) endRun() {
	s := &in.log.SFC
	for i := range s.CannotRepair {
		s.CannotRepair[i].Gone = s.CannotRepair[i].run < s.Runs
	}
	s.Runs++
}

func memberFile(t []byte) CannotRepair {
	c := CannotRepair{File: clean(quoted(t), maxName)}
	if rest, ok := after(t, " of "); ok {
		c.Component = clean(before(rest, ","), maxName)
	}
	c.Reason = lastPart(t, ", ")
	return c
}

func reprojected(t []byte) CannotRepair {
	path := before(t[len("Could not reproject corrupted file"):], ";")
	return CannotRepair{File: clean(pathIn(path), maxName), Reason: lastPart(t, "; ")}
}

// lastPart returns what follows the last sep.
func lastPart(t []byte, sep string) string {
	i := bytes.LastIndex(t, []byte(sep))
	if i < 0 {
		return ""
	}
	return clean(t[i+len(sep):], 64)
}
