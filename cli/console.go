package cli

import (
	"context"
	"slices"
	"strings"

	"updoc/winapi"
)

// desk is where the person sits: the console of this program, and the Windows below it.
// The zero value: no Windows, and any terminal of today.
type desk struct {
	windows bool
	console winapi.ConsoleInfo
	system  winapi.SystemInfo // zero: not known
	token   *winapi.TokenInfo // nil: not known
}

// deskOf asks Windows. What it does not tell stays unknown: nothing fails for that.
func deskOf(ctx context.Context, w winapi.Caller) desk {
	if w == nil {
		return desk{}
	}
	console, err := winapi.Console.Do(ctx, w, winapi.None{})
	if err != nil {
		return desk{}
	}
	d := desk{windows: true, console: console}
	if d.system, err = winapi.System.Do(ctx, w, winapi.None{}); err != nil {
		d.system = winapi.SystemInfo{}
	}
	if t, err := winapi.Token.Do(ctx, w, winapi.None{}); err == nil {
		d.token = &t
	}
	return d
}

// eastAsian are the code pages of consoles whose fonts draw characters of ambiguous width
// two columns wide, and have kana: Japanese, Chinese, Korean.
var eastAsian = []uint32{932, 936, 949, 950}

const utf8CodePage = 65001

// classic reports whether the console draws its own window: its font then decides what
// can be shown. Windows Terminal and others show any character, ambiguous ones narrow.
func (d desk) classic() bool { return d.console.Window == "ConsoleWindowClass" }

// wide reports whether characters of ambiguous width take two columns.
func (d desk) wide() bool { return d.classic() && slices.Contains(eastAsian, d.console.CodePage) }

// showsJapanese reports whether Japanese can be read on the console. The font of a Western
// code page has boxes instead.
func (d desk) showsJapanese() bool {
	return !d.classic() || d.console.CodePage == utf8CodePage || slices.Contains(eastAsian, d.console.CodePage)
}

// columns is how many columns of a line may be used. A console of Windows begins a new
// line as soon as the last column is filled, and a line end then leaves an empty one.
func (d desk) columns(width int) int {
	if d.windows {
		width--
	}
	return width
}

// language is that of the person, of those this program speaks: the first choice first.
func (d desk) language() string {
	for _, tag := range d.system.Languages {
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if lang == "ja" || lang == "en" {
			return lang
		}
	}
	return "en"
}

// onScreen is lang, but English where the console cannot show Japanese.
func (d desk) onScreen(lang string) string {
	if !d.showsJapanese() {
		return "en"
	}
	return lang
}

// sequences lets the console follow escape sequences and reports whether it does. Each
// run asks once and leaves the console as it was.
func (a *app) sequences() bool {
	if !a.desk.windows {
		return true
	}
	if a.follows == nil {
		before, err := winapi.Sequences.Do(a.ctx, a.Windows, true)
		follows := err == nil
		a.follows, a.leave = &follows, follows && !before
	}
	return *a.follows
}

// leaveConsole takes back what sequences changed.
func (a *app) leaveConsole() {
	if a.leave {
		winapi.Sequences.Do(context.WithoutCancel(a.ctx), a.Windows, false)
	}
}
