package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"golang.org/x/text/width"

	"updoc/model"
)

const exitRefused = 6

// canAsk reports whether a person can be asked: questions appear on standard error and
// are answered on standard input, and both must be a terminal.
func (a *app) canAsk() bool {
	in, isFile := a.In.(*os.File)
	_, shown := terminal(a.Err)
	return isFile && term.IsTerminal(int(in.Fd())) && shown
}

// ask puts a question and returns the answer without the space around it, in half-width
// letters. Whoever cancels or ends the input gives no answer.
func (a *app) ask(question string) (string, error) {
	if _, err := fmt.Fprint(a.Err, question); err != nil {
		return "", err
	}
	type line struct {
		text string
		err  error
	}
	got := make(chan line, 1)
	go func() { // it ends with the program if nobody answers: a terminal cannot be told to stop
		text, err := a.line()
		got <- line{text, err}
	}()
	select {
	case <-a.ctx.Done():
		return "", a.ctx.Err()
	case l := <-got:
		if errors.Is(l.err, io.EOF) {
			l.err = nil
		}
		return strings.TrimSpace(width.Fold.String(l.text)), l.err
	}
}

// line reads one line of the answers; they stay in one buffer.
func (a *app) line() (string, error) {
	if a.answers == nil {
		a.answers = bufio.NewReader(a.In)
	}
	return a.answers.ReadString('\n')
}

// yes asks for a yes. Anything else is no.
func (a *app) yes(question string) (bool, error) {
	answer, err := a.ask(question)
	switch strings.ToLower(answer) {
	case "y", "yes", "はい":
		return err == nil, err
	}
	return false, err
}

// askAccept asks for a risk, whose word must be typed, or a gate.
func (a *app) askAccept(what string) error {
	ok := false
	var err error
	if g := a.base.Gates[what]; g != nil {
		if how := "ui.gate-how." + what; a.text(how) != "" {
			if err := a.sayLine(a.Err, how); err != nil {
				return err
			}
		}
		ok, err = a.yes(strings.ReplaceAll(a.text("ui.ask.gate"), "{gate}", g.Text.In(a.Lang)))
	} else {
		var answer string
		answer, err = a.ask(a.text("ui.ask.risk." + what))
		ok = strings.EqualFold(answer, what)
	}
	if err == nil && !ok {
		err = declined()
	}
	return err
}

func declined() error { return &model.Error{Code: "declined", Exit: exitCancelled} }

// codeOf is the code of an error that reaches a person; empty for others.
func codeOf(err error) string {
	if e := (*model.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// argOf is the text value of an error's argument.
func argOf(err error, name string) string {
	if e := (*model.Error)(nil); errors.As(err, &e) {
		value, _ := e.Args[name].(string)
		return value
	}
	return ""
}
