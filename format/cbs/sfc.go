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
		in.log.SFC.Runs++
	}
}

// cannotRepair keeps each file once; SFC names it in every pass.
func (in *interp) cannotRepair(l *line, c CannotRepair) {
	in.log.SFC.CannotRepairCount++
	key := c.File + "|" + c.Component
	if in.sfcSeen == nil {
		in.sfcSeen = map[string]bool{}
	}
	if in.sfcSeen[key] || len(in.sfcSeen) >= maxEntries {
		return
	}
	in.sfcSeen[key] = true
	c.Entry = l.entry()
	in.log.SFC.CannotRepair = append(in.log.SFC.CannotRepair, c)
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
