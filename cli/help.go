package cli

import (
	"bytes"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"updoc/report"
)

// localise puts help texts in the reader's language: ui.help.<verb>,
// ui.help.<flag> or ui.help.<verb>.<flag>, and ui.help.<argument> or
// ui.help.<verb>.<argument>.
func (a *app) localise(n *kong.Node, path string) {
	put := func(help *string, id string) {
		if t := a.text("ui.help." + id); t != "" {
			*help = t
		}
	}
	if path != "" {
		put(&n.Help, path[1:])
	}
	for _, f := range n.Flags {
		put(&f.Help, f.Name)
		put(&f.Help, "flag."+f.Name) // --knowledge is not the verb knowledge
		if path != "" {
			put(&f.Help, path[1:]+"."+f.Name)
		}
	}
	for _, p := range n.Positional {
		put(&p.Help, p.Name)
		put(&p.Help, strings.TrimPrefix(path+"."+p.Name, "."))
	}
	for _, c := range n.Children {
		a.localise(c, path+"."+c.Name)
	}
}

// helpPrinter prints the parser's help in the reader's language, in lines that fit.
func (a *app) helpPrinter(options kong.HelpOptions, ctx *kong.Context) error {
	out := ctx.Stdout
	var page bytes.Buffer
	ctx.Stdout = &page
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	text := page.String()
	if a.Lang == "ja" {
		text = japaneseHelp.Replace(text)
	}
	_, err = io.WriteString(out, fitted(text, a.width(a.Out)))
	return err
}

// fitted lays a help page out anew: the parser counts letters, and kanji take two columns.
func fitted(page string, width int) string {
	var out strings.Builder
	for _, line := range unbroken(page) {
		at := description(line)
		for i, part := range report.Wrap(line[at:], width-at) {
			lead := line[:at]
			if i > 0 {
				lead = strings.Repeat(" ", at)
			}
			out.WriteString(strings.TrimRight(lead+part, " ") + "\n")
		}
	}
	return out.String()
}

// unbroken joins the lines that the parser broke.
func unbroken(page string) (lines []string) {
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, " \n")
		n := len(lines) - 1
		if n >= 0 && line != "" && lines[n] != "" && indent(line) == description(lines[n]) && (indent(line) == 0 || indent(line) > indent(lines[n])) {
			lines[n] += " " + strings.TrimSpace(line)
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// description is where the description of a flag or verb begins: behind the first gap of
// two spaces. A line without begins with its text.
func description(line string) int {
	at := indent(line)
	gap := strings.Index(line[at:], "  ")
	if gap < 0 {
		return at
	}
	at += gap
	return at + indent(line[at:])
}

// japaneseHelp replaces the words that the parser itself puts into a help page.
var japaneseHelp = strings.NewReplacer(
	`Run "updoc <command> --help" for more information on a command.`, "コマンドごとの説明は updoc <コマンド> --help で見られます。",
	"Usage:", "使い方:", "Flags:", "オプション:", "Commands:", "コマンド:", "Arguments:", "引数:",
	"Show context-sensitive help.", "この説明を表示します。", "[flags]", "[オプション]", "<command>", "<コマンド>",
)
