package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"updoc/model"
	"updoc/report"
	"updoc/winapi"
)

// keepReport writes the report in the language of the person, whatever the console shows.
func (a *app) keepReport(d *model.Diagnosis) (path string, err error) {
	person := a.desk
	person.console = winapi.ConsoleInfo{}
	o := report.Options{Format: "html", Lang: langOf(nil, a.Env, person)}
	folder := reportFolder(a.Env("LOCALAPPDATA"), os.TempDir())
	path, err = newReport(folder, time.Now(), func(w io.Writer) error { return report.Write(w, d, a.base, o) })
	if err != nil {
		return "", &model.Error{Code: "output-unwritable", Args: model.Args{"path": folder}, Err: err}
	}
	return path, nil
}

// reportFolder is where reports are kept: below the folder for data of programs that only
// this person, and administrators, can read; else below that for temporary files.
func reportFolder(local, temp string) string {
	if local == "" {
		local = temp
	}
	return filepath.Join(local, "updoc", "reports")
}

// maxReports of one minute.
const maxReports = 100

// newReport writes a report to a file of its own, named by the local time: none that is
// there is touched. What cannot be written whole is not left.
func newReport(folder string, now time.Time, render func(io.Writer) error) (path string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	f, err := newFile(filepath.Join(folder, now.Format("2006-01-02_15-04")), ".html")
	if err != nil {
		return "", err
	}
	err = errors.Join(render(f), f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// newFile creates a file that was not there: stem.html, stem-2.html, …
func newFile(stem, ext string) (f *os.File, err error) {
	for n := 1; n <= maxReports; n++ {
		name := stem
		if n > 1 {
			name = fmt.Sprintf("%s-%d", stem, n)
		}
		f, err = os.OpenFile(name+ext, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
	return nil, err
}
