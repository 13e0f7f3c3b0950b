package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
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

func (p *progress) done() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
