// Package cli is the command line: one file a verb, flags, exit codes, progress. It
// may import doctor, report, knowledge, source and model (inspect also format and
// disk), and must never decide anything about a machine.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"updoc/doctor"
	"updoc/knowledge"
	"updoc/model"
	"updoc/report"
)

// Exit codes of all verbs (DESIGN.md). A diagnosis brings its own.
const (
	exitOK        = 0
	exitCannot    = 2
	exitHalfDone  = 4
	exitBug       = 70
	exitCancelled = 130
)

// Streams are where a run reads and writes. In answers questions; nil, or no terminal:
// nobody is asked. Env looks up an environment variable.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
}

// common are the flags of every verb.
type common struct {
	Format  string   `help:"text, json, html or md" default:"text" placeholder:"FORMAT"`
	Lang    string   `help:"en or ja; default: the language of this session" placeholder:"LANG"`
	Output  string   `short:"o" help:"write the result to a file" placeholder:"FILE" type:"path"`
	Verbose bool     `short:"v" help:"show everything"`
	Quiet   bool     `short:"q" help:"no progress"`
	NoColor bool     `help:"no colours"`
	Packs   []string `name:"knowledge" sep:"none" help:"knowledge of your own: a YAML file or a folder of them" placeholder:"FILE"`
}

type commands struct {
	common
	Diagnose  diagnoseCmd  `cmd:"" help:"what fails, why, how sure, what to do"`
	Plan      planCmd      `cmd:"" help:"the steps, with risk and gates"`
	Fix       fixCmd       `cmd:"" help:"carries the plan out: tried out first, resumable, undoable"`
	Undo      undoCmd      `cmd:"" help:"puts back what fix did"`
	Resume    resumeCmd    `cmd:"" help:"goes on with what was interrupted"`
	History   historyCmd   `cmd:"" help:"what was done so far"`
	Verify    verifyCmd    `cmd:"" help:"is it really installed, is it cured? It only looks"`
	Watch     watchCmd     `cmd:"" help:"tries one update again until it is in, or would only fail the same way"`
	Backup    backupCmd    `cmd:"" help:"shows where your files are and how large, and copies them to another disk"`
	Explain   explainCmd   `cmd:"" help:"a code, KB, cause, remedy, or a pasted sentence"`
	Inspect   inspectCmd   `cmd:"" help:"what a parser sees in a file, alone or inside an image"`
	Collect   collectCmd   `cmd:"" help:"a bundle with the facts, for somebody else to diagnose"`
	Knowledge knowledgeCmd `cmd:"" help:"what this program knows"`
	Version   versionCmd   `cmd:"" help:"the version of this program"`
}

// app is one run: what every verb needs.
type app struct {
	common
	Streams
	ctx  context.Context
	base *knowledge.Base
	exit int

	answers *bufio.Reader // what a person types; nil until somebody is asked
}

// Run runs one command line and returns its exit code. It never panics.
func Run(ctx context.Context, args []string, s Streams) (code int) {
	a := &app{Streams: s, ctx: ctx}
	defer func() {
		if p := recover(); p != nil {
			a.bug(fmt.Errorf("%v\n%s", p, debug.Stack()))
			code = exitBug
		}
	}()
	a.Lang, a.Format = langOf(args, s.Env), formatOf(args)
	var err error
	if a.base, err = knowledge.Load(); err == nil {
		err = a.run(args)
	}
	if err != nil {
		return a.fail(err)
	}
	return a.exit
}

func (a *app) run(args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("updoc"), kong.Writers(a.Out, a.Err), kong.Exit(func(int) { panic(helpShown{}) }),
		kong.Description(a.text("ui.about")), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(a.helpPrinter))
	if err != nil {
		return err
	}
	a.localise(parser.Model.Node, "")
	k, shown, err := parse(parser, signedNumbers(args))
	if shown || err != nil {
		return a.usage(err)
	}
	lang, format := a.Lang, a.Format
	a.common = c.common
	a.Lang, a.Format = lang, format
	if err := errors.Join(a.check(c.common), a.checkOutput(append(asked(k), c.Packs...))); err != nil {
		return err
	}
	if err := a.addPacks(c.Packs); err != nil {
		return err
	}
	return k.Run(a)
}

// helpShown unwinds kong once it has printed help.
type helpShown struct{}

func parse(p *kong.Kong, args []string) (k *kong.Context, shown bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helpShown); !ok {
				panic(r)
			}
			shown, err = true, nil
		}
	}()
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	k, err = p.Parse(args)
	return k, false, err
}

func (a *app) check(c common) error {
	if c.Lang != "" && c.Lang != "en" && c.Lang != "ja" {
		return &model.Error{Code: "unknown-language", Args: model.Args{"what": c.Lang}}
	}
	switch a.Format {
	case "text", "json", "html", "md":
		return nil
	}
	return &model.Error{Code: "unknown-format", Args: model.Args{"what": a.Format}}
}

// fail prints an error for its reader and returns the exit code.
func (a *app) fail(err error) int {
	var e *model.Error
	halfDone := errors.As(err, &e) && e.Exit == exitHalfDone
	if !halfDone && (errors.Is(err, context.Canceled) || a.ctx.Err() != nil) {
		err = &model.Error{Code: "cancelled", Exit: exitCancelled, Err: err}
	}
	if e = nil; !errors.As(err, &e) {
		e = &model.Error{Code: "failed", Err: err}
	}
	if a.Format == "json" {
		report.WriteErrorJSON(a.Out, e, a.base, a.Lang)
	} else {
		report.WriteErrorText(a.Err, e, a.base, a.Lang, a.Verbose || e.Exit == exitBug)
	}
	if e.Exit != 0 {
		return e.Exit
	}
	return exitCannot
}

// bug reports a mistake of ours; as text if the output itself is what breaks.
func (a *app) bug(err error) {
	e := &model.Error{Code: "internal", Exit: exitBug, Err: err}
	defer func() {
		if recover() != nil {
			report.WriteErrorText(a.Err, e, a.base, a.Lang, true)
		}
	}()
	a.fail(e)
}

func (a *app) text(id string) string { return a.base.Text(id).In(a.Lang) }

// langOf finds the language before the flags are parsed, so that even a wrong flag is
// answered in it.
func langOf(args []string, env func(string) string) string {
	if v := flagValue(args, "--lang"); v == "en" || v == "ja" {
		return v
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "ja") {
				return "ja"
			}
			return "en"
		}
	}
	return "en"
}

func formatOf(args []string) string {
	if v := flagValue(args, "--format"); v != "" {
		return v
	}
	return "text"
}

// flagValue returns the last value of a flag, as the parser will.
func flagValue(args []string, name string) string {
	value := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, ok := strings.CutPrefix(arg, name+"="); ok {
			value = v
		}
		if arg == name && i+1 < len(args) {
			value = args[i+1]
		}
	}
	return value
}

type versionCmd struct{}

// Run prints the versions of program and knowledge.
func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintf(a.Out, "updoc %s (knowledge %s)\n", doctor.Version, a.base.Version)
	return err
}
