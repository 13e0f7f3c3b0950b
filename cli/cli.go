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
	"os"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"updoc/doctor"
	"updoc/knowledge"
	"updoc/model"
	"updoc/report"
	"updoc/winapi"
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
// nobody is asked. Env looks up an environment variable. Windows is the one this program
// runs on; nil: none is asked.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	Windows  winapi.Caller
}

// Standard are the streams of this process.
func Standard() Streams {
	doctor.HoldImage()
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Windows: winapi.New()}
}

// common are the flags of every verb.
type common struct {
	Format  string   `help:"text, json, html or md; for diagnose and fix also summary" default:"text" placeholder:"FORMAT"`
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
	Defer     deferCmd     `cmd:"" help:"puts an update off, with a reason and an end (--end: offers it again)"`
	Deferred  deferredCmd  `cmd:"" help:"what was put off; exit code 1 if one is over its date"`
	Export    exportCmd    `cmd:"" help:"ready packages for management tools (intune, configmgr), or templates for group policy (admx)"`
	Knowledge knowledgeCmd `cmd:"" help:"what this program knows"`
	Remind    remindCmd    `cmd:"" hidden:"" help:"reminds of what a repair left to you"`
	Version   versionCmd   `cmd:"" help:"the version of this program"`
}

// app is one run: what every verb needs.
type app struct {
	common
	Streams
	ctx  context.Context
	base *knowledge.Base
	exit int
	verb string // the command of this run, once it is known

	desk    desk
	follows *bool         // the console follows escape sequences; nil until it was asked
	leave   bool          // and must be told not to, at the end
	answers *bufio.Reader // what a person types; nil until somebody is asked
}

// Run runs one command line and returns its exit code. It never panics.
func Run(ctx context.Context, args []string, s Streams) (code int) {
	a := &app{Streams: s, ctx: ctx, desk: deskOf(ctx, s.Windows)}
	defer a.leaveConsole()
	double := isDoor(args, a.desk)
	if double {
		defer a.waitForEnter() // whatever happened
	}
	defer func() {
		if p := recover(); p != nil {
			a.bug(fmt.Errorf("%v\n%s", p, debug.Stack()))
			code = exitBug
		}
	}()
	a.Lang, a.Format = langOf(args, s.Env, a.desk), formatOf(args)
	if len(args) > 0 {
		a.verb = args[0] // as long as nothing better is known
	}
	var err error
	if a.base, err = knowledge.Load(); err == nil {
		switch {
		case double:
			err = a.door()
		case len(args) == 0:
			_, err = fmt.Fprintln(a.Out, a.text("ui.short-help"))
		default:
			err = a.run(args)
		}
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
	a.verb, _, _ = strings.Cut(k.Command(), " ")
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
	if args[0] == "--version" {
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
	case "summary":
		if a.verb == "diagnose" || a.verb == "fix" {
			return nil
		}
		return &model.Error{Code: "summary-only"}
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
	if e.Code == "not-windows" {
		e = &model.Error{Code: e.Code, Exit: e.Exit, Args: model.Args{"example": exampleOf(a.verb)}, Err: e.Err}
	}
	exit := exitCannot
	if e.Exit != 0 {
		exit = e.Exit
	}
	switch a.Format {
	case "json":
		report.WriteErrorJSON(a.Out, e, a.base, a.Lang)
	case "summary":
		report.WriteSummary(a.Out, doctor.SummariseError(a.verb, e.Code, exit))
		fallthrough // standard error is for people
	default:
		report.WriteErrorText(a.Err, e, a.base, a.Lang, a.Verbose || e.Exit == exitBug)
	}
	return exit
}

// exampleOf is a command line that looks at a disk where there is no Windows to look at.
func exampleOf(verb string) string {
	switch verb {
	case "backup":
		return "updoc backup copies disk.qcow2"
	case "fix":
		return "updoc fix disk.img"
	case "plan":
		return "updoc plan disk.qcow2"
	case "collect":
		return "updoc collect disk.qcow2 -o pc.zip"
	case "verify", "watch":
		return "updoc verify disk.qcow2"
	}
	return "updoc diagnose disk.qcow2"
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
func langOf(args []string, env func(string) string, d desk) string {
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
	return d.onScreen(d.language())
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
