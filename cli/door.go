package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"updoc/model"
	"updoc/report"
	"updoc/winapi"
)

// lookHere diagnoses this PC. Tests put another PC in its place.
var lookHere = func(a *app) (*model.Diagnosis, error) { return a.examine(sourceFlags{}) }

// door is what somebody gets who started updoc by double-click: this PC is diagnosed, the
// report is put before them, and the window stays (see waitForEnter).
func (a *app) door() error {
	if err := a.sayLine(a.Out, "ui.door.begin"); err != nil {
		return err
	}
	d, err := lookHere(a)
	if err != nil {
		return err
	}
	if err := a.tell(d); err != nil || !a.desk.couldSeeMore(d) {
		return err
	}
	again, err := a.yes("\n" + a.text("ui.door.ask-admin"))
	if err != nil || !again {
		return err
	}
	return a.lookAsAdmin(d)
}

// tell writes the report, says what was found, and shows where the report is. What was
// found is said even if the report cannot be written.
func (a *app) tell(d *model.Diagnosis) error {
	a.exit = d.ExitCode
	path, unwritten := a.keepReport(d)
	fmt.Fprintln(a.Out)
	if err := report.WriteBrief(a.Out, d, a.base, a.reportOptions()); err != nil {
		return err
	}
	if unwritten != nil {
		return unwritten
	}
	id := "ui.door.saved"
	if a.desk.opensBrowser() {
		if _, err := winapi.Open.Do(a.ctx, a.Windows, winapi.OpenCall{Path: path, Verb: "open"}); err == nil {
			id = "ui.door.opened"
		}
	}
	fmt.Fprintln(a.Out)
	if err := a.sayLine(a.Out, id); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Out, path)
	return err
}

// lookAsAdmin lets a second updoc with administrator rights collect the facts, and
// diagnoses those here: the browser is then opened without such rights. Whatever goes
// wrong, the first report stands.
func (a *app) lookAsAdmin(before *model.Diagnosis) error {
	if err := a.sayLine(a.Err, "ui.door.as-admin"); err != nil {
		return err
	}
	d, err := a.collectAsAdmin()
	var refused *winapi.Error
	switch {
	case a.ctx.Err() != nil:
		return a.ctx.Err()
	case errors.As(err, &refused) && refused.Code == winapi.Declined:
		return a.sayLine(a.Err, "ui.door.declined")
	case err != nil:
		return a.sayLine(a.Err, "ui.door.admin-failed")
	}
	d.Source = before.Source
	return a.tell(d)
}

// adminLimit is how long the second updoc may take, seconds. A cold disk takes minutes.
const adminLimit = 30 * 60

func (a *app) collectAsAdmin() (*model.Diagnosis, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(reportFolder(a.Env("LOCALAPPDATA"), os.TempDir()))
	if folder, err = os.MkdirTemp(folder, "look-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	facts := filepath.Join(folder, "facts.zip")
	call := winapi.OpenCall{Path: program, Verb: "runas", Seconds: adminLimit,
		Args: []string{"collect", "--unmasked", "--output", facts, "--lang", a.Lang}}
	ended, err := winapi.Open.Do(a.ctx, a.Windows, call)
	if err != nil {
		return nil, err
	}
	if ended.Exit != exitOK {
		return nil, fmt.Errorf("collect as administrator: exit %d", ended.Exit)
	}
	return a.examine(sourceFlags{Source: facts})
}

// waitForEnter keeps the window until the person has read it. Whoever pressed Ctrl+C, or
// closes the window, need not press Enter too.
func (a *app) waitForEnter() {
	if a.ctx.Err() != nil || a.base == nil {
		return
	}
	winapi.Discard.Do(a.ctx, a.Windows, winapi.None{}) // keys pressed while nothing was asked
	a.ask("\n" + a.text("ui.door.enter"))
}

// sayLine says a text of its own line, wrapped as the console needs it.
func (a *app) sayLine(w io.Writer, id string) error {
	return report.WriteLines(w, a.text(id), a.reportOptions())
}
