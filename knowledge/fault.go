package knowledge

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"
)

// Fault is one thing wrong with the knowledge.
type Fault struct {
	Where string // what it is about, such as "cause.pending-reboot.title"; empty: the file as a whole
	File  string // in which it stands; empty where no file can be named
	Line  int    // of File, from 1; 0: not known
	Text  Text   // what is wrong, with {a} and {b} for Args
	Args  []string
}

// In returns "file:line: what: why" in a language, or less where less is known.
func (f Fault) In(lang string) string {
	why := f.Text.In(lang)
	for i, arg := range f.Args {
		why = strings.ReplaceAll(why, "{"+string(rune('a'+i))+"}", arg)
	}
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	for _, part := range []string{f.Where, place} {
		if part != "" {
			why = part + ": " + why
		}
	}
	return why
}

// String is In English.
func (f Fault) String() string { return f.In("en") }

// Faults are what makes knowledge unusable.
type Faults []Fault

// Error names the first and counts the rest.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].String()
	}
	return fmt.Sprintf("%s (and %d more)", f[0], len(f)-1)
}

// sorted puts them in the order of files and lines.
func (f Faults) sorted() Faults {
	sort.SliceStable(f, func(i, j int) bool {
		x, y := f[i], f[j]
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.String(), y.String())) < 0
	})
	return slices.CompactFunc(f, func(x, y Fault) bool { return x.String() == y.String() })
}

// fault says what is wrong at an address; the file and line are looked up.
func (b *Base) fault(where, id string, args ...any) Fault {
	f := Fault{Where: where, Text: b.texts["lint."+id]}
	if f.Text == (Text{}) {
		f.Text = Text{JA: id, EN: id} // the built-in texts are not read yet
	}
	for _, a := range args {
		f.Args = append(f.Args, fmt.Sprint(a))
	}
	f.File, f.Line = b.place(where)
	return f
}

// source is the file in which something stands.
type source struct {
	fsys fs.FS
	path string // in fsys
	name string // as a person knows it
}

// line finds the line of an address; a file that cannot be read any more has none.
func (s source) line(head, where string) int {
	raw, err := fs.ReadFile(s.fsys, s.path)
	if err != nil {
		return 0
	}
	kind, id, _ := strings.Cut(head, ".")
	return lineOf(raw, kind, id, strings.Trim(strings.TrimPrefix(where, head), "."))
}

// place finds the file and line of an address: that of its longest part which stands
// in a file of its own or in a pack.
func (b *Base) place(where string) (string, int) {
	for head := where; head != ""; head = cut(head) {
		if s, ok := b.sources[head]; ok {
			return s.name, s.line(head, where)
		}
	}
	return "", 0
}

// cut takes the last part off an address.
func cut(address string) string { return address[:max(0, strings.LastIndexByte(address, '.'))] }

func (c *Cause) at() string  { return "cause." + cmp.Or(c.ID, "?") }
func (r *Remedy) at() string { return "remedy." + cmp.Or(r.ID, "?") }
