package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

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
	return ok && !a.NoColor && a.Env("NO_COLOR") == "" && a.Output == ""
}

func (a *app) width() int {
	if fd, ok := terminal(a.Out); ok {
		if w, _, err := term.GetSize(fd); err == nil && w > 20 {
			return min(w, maxWidth)
		}
	}
	return maxWidth
}

// progress draws one line on standard error, only if that is a terminal.
type progress struct {
	w     io.Writer
	text  func(id string) string
	drawn bool
	what  string    // of the last doing
	since time.Time // when that began
}

func (a *app) progress() *progress {
	p := &progress{text: a.text}
	if _, ok := terminal(a.Err); ok && !a.Quiet {
		p.w = a.Err
	}
	return p
}

func (p *progress) draw(format string, args ...any) {
	if p.w != nil {
		p.drawn = true
		fmt.Fprintf(p.w, "\r\x1b[K"+format, args...)
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
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
