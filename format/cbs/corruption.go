package cbs

import (
	"bytes"
	"strings"
)

const (
	maxItems   = 256
	maxChecks  = 64
	checkTitle = "Checking System Update Readiness."
)

// checkLine interprets a line of a store check's summary. False: it is none.
// Newer builds stamp every line of it, older ones write it as one record.
func (in *interp) checkLine(l *line) bool {
	t := trimLeft(l.text)
	if len(t) == 0 {
		return in.check != nil
	}
	if has(t, checkTitle) {
		in.endCheck()
		in.beginCheck(l)
		return true
	}
	if in.check == nil {
		if !has(t, "Total Detected Corruption:") {
			return false
		}
		in.beginCheck(l)
	}
	if t[0] == '(' {
		return in.item(l, t)
	}
	return in.summary(t)
}

func (in *interp) beginCheck(l *line) {
	in.check = &Corruption{Line: l.number, Offset: l.offset, Time: l.time, Counts: map[string]int64{}}
}

// endCheck keeps the summary that was being read, if it says anything.
func (in *interp) endCheck() {
	c := in.check
	in.check = nil
	if c == nil || len(c.Counts) == 0 && c.ItemCount == 0 {
		return
	}
	in.log.CorruptionCount++
	in.log.Corruption = append(in.log.Corruption, *c)
	if len(in.log.Corruption) > maxChecks {
		in.log.Corruption = in.log.Corruption[1:]
	}
}

// summary interprets a line "Label: value".
func (in *interp) summary(t []byte) bool {
	c := in.check
	label, value, ok := bytes.Cut(t, []byte(":"))
	if !ok {
		return false
	}
	value = bytes.TrimSpace(value)
	switch string(label) {
	case "Operation":
		c.Operation = clean(value, 64)
	case "Operation result":
		c.Result, _ = hexAt(bytes.TrimPrefix(value, []byte("0x")))
	case "Last Successful Step":
		c.LastStep = clean(value, 128)
	case "Repair failed":
		c.repairFailed(value)
	case "Total Operation Time":
		in.endCheck()
	case "Summary", "Staged Packages", "CSI Store Metadata refreshed":
	case "CheckSur":
		in.endCheck()
		return false
	default:
		return c.number(string(label), value)
	}
	return true
}

// number keeps a count by its label.
func (c *Corruption) number(label string, value []byte) bool {
	known := strings.HasSuffix(label, "Corruption") || strings.HasSuffix(label, "Repaired") ||
		strings.HasPrefix(label, "CBS Staged packages") || strings.HasPrefix(label, "CSI ")
	n, ok := decimal(leadingDigits(value))
	if !known || !ok || len(label) > 64 || len(c.Counts) >= 64 {
		return false
	}
	c.Counts[label] = n
	switch label {
	case "Total Detected Corruption":
		c.Detected = n
	case "Total Repaired Corruption":
		c.Repaired = n
	}
	return true
}

// item interprets "(p)\tCSI Payload Corrupt\t(w)\t(Fixed)\t<path>".
func (in *interp) item(l *line, t []byte) bool {
	it := DamagedItem{Line: l.number}
	for _, f := range fields(t) {
		switch {
		case string(f) == "(Fixed)":
			it.Fixed = true
		case len(f) == 3 && f[0] == '(' && f[2] == ')':
		case it.Kind == "":
			it.Kind = clean(f, 64)
		default:
			it.Path = clean(f, maxText)
		}
	}
	if it.Kind == "" || it.Path == "" {
		return false
	}
	in.check.addItem(it)
	return true
}

func (c *Corruption) addItem(it DamagedItem) {
	c.ItemCount++
	if !it.Fixed {
		c.Unfixed++
	}
	if it.ReverseDelta() {
		c.ReverseDelta++
	}
	if len(c.Items) < maxItems {
		c.Items = append(c.Items, it)
	}
}

// ReverseDelta reports whether the path is "<component>\r\<file>": a copy kept to undo
// an update.
func (it DamagedItem) ReverseDelta() bool {
	i := strings.IndexByte(it.Path, '\\')
	return i >= 0 && strings.HasPrefix(it.Path[i:], `\r\`)
}

// repairFailed belongs to the item before it.
func (c *Corruption) repairFailed(why []byte) {
	if n := len(c.Items); n > 0 && int64(n) == c.ItemCount {
		c.Items[n-1].Error = clean(why, 128)
	}
}

// fields splits at tabs, or at runs of two and more spaces where somebody's
// editor has replaced the tabs.
func fields(t []byte) [][]byte {
	if !bytes.ContainsRune(t, '\t') {
		t = bytes.ReplaceAll(t, []byte("  "), []byte("\t"))
	}
	var out [][]byte
	for f := range bytes.SplitSeq(t, []byte("\t")) {
		if f = bytes.TrimSpace(f); len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}
