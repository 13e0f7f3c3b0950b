package cli

import (
	"bytes"
	"strings"

	"github.com/alecthomas/kong"
)

// localise puts help texts in the reader's language: ui.help.<verb>,
// ui.help.<flag>, and ui.help.<argument> or ui.help.<verb>.<argument>.
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
	}
	for _, p := range n.Positional {
		put(&p.Help, p.Name)
		put(&p.Help, strings.TrimPrefix(path+"."+p.Name, "."))
	}
	for _, c := range n.Children {
		a.localise(c, path+"."+c.Name)
	}
}

// helpPrinter prints the parser's help with its fixed words in the reader's language.
func (a *app) helpPrinter(options kong.HelpOptions, ctx *kong.Context) error {
	if a.Lang != "ja" {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	out := ctx.Stdout
	var page bytes.Buffer
	ctx.Stdout = &page
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = japaneseHelp.WriteString(out, page.String())
	return err
}

// japaneseHelp replaces the words that the parser itself puts into a help page.
var japaneseHelp = strings.NewReplacer(
	`Run "updoc <command> --help" for more information on a command.`, "コマンドごとの説明は updoc <コマンド> --help で見られます。",
	"Usage:", "使い方:", "Flags:", "オプション:", "Commands:", "コマンド:", "Arguments:", "引数:",
	"Show context-sensitive help.", "この説明を表示します。", "[flags]", "[オプション]", "<command>", "<コマンド>",
)
