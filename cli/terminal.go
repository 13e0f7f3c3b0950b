package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"

	"updoc/doctor"
)

// maxWidth keeps lines readable on a wide terminal (JA-GLOSSARY: 80 columns).
const maxWidth = 80

func terminal(w io.Writer) (fd int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

func (a *app) colour() bool {
	_, ok := terminal(a.Out)
	return ok && !a.NoColor && a.Env("NO_COLOR") == "" && a.Output == "" && a.sequences()
}

// width is how many columns a text may have on w.
func (a *app) width(w io.Writer) int {
	if fd, ok := terminal(w); ok {
		if columns, _, err := term.GetSize(fd); err == nil && columns > 20 {
			return min(a.desk.columns(columns), maxWidth)
		}
	}
	return maxWidth
}

// statusLine is a line of a terminal that is drawn over and over.
type statusLine struct {
	columns   int
	sequences bool // the terminal erases when told to; else spaces do
	ruler     *runewidth.Condition
	used      int // columns of what stands there
}

// next is what to write so that text stands there alone. A line that is too long would
// begin a second one, which nothing erases: it is cut.
func (l *statusLine) next(text string) string {
	text = l.ruler.Truncate(text, l.columns-1, "")
	before := l.used
	l.used = l.ruler.StringWidth(text)
	switch {
	case l.sequences:
		return "\r\x1b[K" + text
	case text == "":
		return "\r" + strings.Repeat(" ", before) + "\r"
	}
	return "\r" + text + strings.Repeat(" ", max(0, before-l.used))
}

// progress draws one line on standard error, only if that is a terminal.
type progress struct {
	w     io.Writer
	line  statusLine
	text  func(id string) string
	what  string    // of the last doing
	since time.Time // when that began
}

func (a *app) progress() *progress {
	p := &progress{text: a.text}
	if _, ok := terminal(a.Err); ok && !a.Quiet {
		p.w = a.Err
		p.line = statusLine{columns: a.width(a.Err), sequences: a.sequences(), ruler: a.ruler()}
	}
	return p
}

// ruler measures text as the terminal does, whatever the locale says.
func (a *app) ruler() *runewidth.Condition {
	return &runewidth.Condition{StrictEmojiNeutral: true, EastAsianWidth: a.desk.wide()}
}

func (p *progress) draw(format string, args ...any) {
	if p.w != nil {
		io.WriteString(p.w, p.line.next(fmt.Sprintf(format, args...)))
	}
}

func (p *progress) bytes(done, total int64) {
	if total > 0 {
		p.draw("%s %d%%", p.text("ui.progress.unpack"), done*100/total)
	}
}

func (p *progress) pack(done, total int64) {
	if total > 0 {
		p.draw("%s %d%%", p.text("ui.progress.pack"), done*100/total)
	}
}

func (p *progress) step(name string, done, total int) {
	p.draw("%s %d/%d", p.text("ui.progress.look"), done, total)
}

// doing says what a repair is doing, how far it is, and for how long it has been at it.
func (p *progress) doing(d doctor.Doing) {
	if now := time.Now(); d.What != p.what {
		p.what, p.since = d.What, now
	}
	line := p.text("ui.doing." + d.What)
	if line == "" {
		line = d.What
	}
	if d.Total > 0 {
		line += fmt.Sprintf(" %d%%", d.Done*100/d.Total)
	}
	if took := time.Since(p.since).Truncate(time.Second); took > 0 {
		line += " " + strings.ReplaceAll(p.text("ui.doing.elapsed"), "{time}", took.String())
	}
	p.draw("%s", line)
}

func (p *progress) copied(done, total int64, _ string) {
	p.doing(doctor.Doing{What: "backup", Done: done, Total: total})
}

func (p *progress) done() {
	if p.line.used > 0 {
		p.draw("")
	}
}
