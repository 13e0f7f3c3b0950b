package collect

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"updoc/format/burnlog"
	"updoc/format/msilog"
	"updoc/model"
)

// Limits of the logs of installations. Folders for temporary files hold thousands of
// files; what matters are those of the last failures.
const (
	logFileLimit  = 40        // logs read, the newest
	logSniffLimit = 400       // files looked into to find them
	logSizeLimit  = 32 << 20  // of one file
	logTotalLimit = 48 << 20  // of all; a verbose log has some megabytes
	logAge        = 200 * day // before the machine was last used
	logHeadSize   = 4 << 10   // tells what a file is
	userLimit     = 50        // profiles
	logDateSlack  = 2 * day   // between what a log says and when its file was written
)

const sharedTemp = "Windows/Temp"

// logFile is a file that can be the log of an installation.
type logFile struct {
	at   place
	size int64
	time time.Time // last written
}

// installerLogs fills Installer.Logs from Windows\Temp and the profiles' folders for
// temporary files. The list is complete when every log that is there was read.
func (d *desk) installerLogs() {
	files, why := d.logFiles()
	var items []model.InstallerLog
	total := int64(0)
	for i, f := range files {
		if i >= logSniffLimit || len(items) >= logFileLimit || total+f.size > logTotalLimit {
			why = firstWhy(why, &model.Unseen{Artifact: "installer-log", Reason: model.ReasonOutOfRange, Detail: "only the newest logs were read", How: model.HowNothing})
			break
		}
		if l, ok := d.installerLog(f); ok {
			items, total = append(items, l), total+f.size
		}
	}
	sortByTime(items, func(l model.InstallerLog) time.Time { return l.Time })
	if why != nil {
		d.m.Installer.Logs = model.Partial(items, *why)
		return
	}
	d.m.Installer.Logs = model.Complete(items)
}

// logFiles lists the candidates, newest first.
func (d *desk) logFiles() ([]logFile, *model.Unseen) {
	at := d.on(sharedTemp)
	entries, err := d.list(at)
	why := d.look("installer-log", at, err)
	files := d.logCandidates(at, entries)
	profiles, err := d.list(d.on("Users"))
	if err != nil && !(errors.Is(err, fs.ErrNotExist) && d.whole(d.windows)) {
		why = firstWhy(why, d.look("installer-log", d.on("Users"), err))
	}
	for _, p := range profiles[:min(len(profiles), userLimit)] {
		if !p.IsDir() {
			continue
		}
		temp := d.on("Users/" + p.Name() + "/AppData/Local/Temp")
		if entries, err := d.list(temp); err == nil {
			files = append(files, d.logCandidates(temp, entries)...)
		}
	}
	slices.SortStableFunc(files, func(a, b logFile) int { return b.time.Compare(a.time) })
	return files, why
}

// logCandidates are the files whose name, size and age fit.
func (d *desk) logCandidates(folder place, entries []fs.DirEntry) []logFile {
	var out []logFile
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if e.IsDir() || !strings.HasSuffix(name, ".log") && !isFrameworkPage(name) {
			continue
		}
		info, err := e.Info()
		if err != nil || info.Size() == 0 || info.Size() > logSizeLimit || d.m.LastSeen.Sub(info.ModTime()) > logAge {
			continue
		}
		out = append(out, logFile{place{folder.volume, path.Join(folder.path, e.Name())}, info.Size(), info.ModTime().UTC()})
	}
	return out
}

func isFrameworkPage(name string) bool {
	return strings.HasSuffix(name, ".html") && strings.Contains(name, ".net framework") && strings.Contains(name, "setup")
}

var (
	burnHead = regexp.MustCompile(`^\[[0-9A-Fa-f]{2,8}:[0-9A-Fa-f]{2,8}\]\[\d{4}-\d\d-\d\dT`)
	msiHead  = regexp.MustCompile(`(?m)^(?:=== (?:Verbose l|L)ogging started: |MSI \([sca]\) \(|Action (?:start|ended) \d)`)
)

// installerLog reads a file if it is the log of an installation.
func (d *desk) installerLog(f logFile) (model.InstallerLog, bool) {
	head, err := d.read(f.at, logHeadSize)
	if err != nil {
		return model.InstallerLog{}, false
	}
	plain := bytes.ReplaceAll(bytes.TrimLeft(head, "\xff\xfe\xef\xbb\xbf"), []byte{0}, nil)
	switch {
	case isFrameworkPage(strings.ToLower(path.Base(f.at.path))):
		return d.frameworkPage(f)
	case burnHead.Match(plain):
		return d.bundleLog(f)
	case msiHead.Match(plain):
		return d.msiLog(f)
	}
	return model.InstallerLog{}, false
}

// reader opens a log; the file is closed at the end of the collection.
func (d *desk) logReader(f logFile) (io.Reader, error) {
	file, size, err := d.open(f.at)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(file, 0, min(size, logSizeLimit)), nil
}

var hresultText = regexp.MustCompile(`0x8[0-9A-Fa-f]{7}\b`)

func (d *desk) msiLog(f logFile) (model.InstallerLog, bool) {
	r, err := d.logReader(f)
	if err != nil {
		return model.InstallerLog{}, false
	}
	log, err := msilog.Read(d.ctx, r)
	d.look("installer-log", f.at, err)
	if log.Marks == 0 {
		return model.InstallerLog{}, false
	}
	inner, why := log.Why()
	at := firstPlace(why, log.ActionAt, log.Missing.Place, log.At)
	l := model.InstallerLog{Kind: "msi", Product: log.Product, Version: log.Version, Failed: log.Failed(), Result: log.Result, Action: log.Action,
		Inner: inner, Text: at.Text, Source: log.Missing.Path, Code: strings.ToLower(hresultText.FindString(why.Text)),
		Newer: log.Failed() && (log.Newer.Line > 0 || log.Result == 1638),
		Time:  d.logTime(log.Stopped, log.Started, f.time), Origin: textOrigin("installer-log", f.at, at.Line, at.At)}
	if !l.Failed {
		l.Result, l.Action = 0, ""
	}
	return l, true
}

func firstPlace(places ...msilog.Place) msilog.Place {
	for _, p := range places {
		if p.Line > 0 {
			return p
		}
	}
	return msilog.Place{}
}

// logTime turns the stamps of a log into UTC. Where day and month can be swapped, the
// reading near the time at which the file was written is right; if none is, neither is
// known. A log without stamps ended when its file on the disk was last written.
func (d *desk) logTime(stopped, started msilog.Stamp, written time.Time) time.Time {
	s := stopped
	if s.Time.IsZero() {
		s = started
	}
	if s.Time.IsZero() {
		if !d.whole(d.windows) {
			return time.Time{}
		}
		return written
	}
	if s.Other.IsZero() {
		return d.zone.utc(s.Time)
	}
	for _, t := range []time.Time{s.Time, s.Other} {
		if u := d.zone.utc(t); written.Sub(u).Abs() < logDateSlack {
			return u
		}
	}
	return time.Time{}
}

func (d *desk) bundleLog(f logFile) (model.InstallerLog, bool) {
	r, err := d.logReader(f)
	if err != nil {
		return model.InstallerLog{}, false
	}
	log, err := burnlog.Read(d.ctx, r)
	d.look("installer-log", f.at, err)
	if log.Entries == 0 {
		return model.InstallerLog{}, false
	}
	at := log.At
	l := model.InstallerLog{Kind: "burn", Product: log.Product, Version: log.Version, Failed: log.Bad(), Time: d.zone.utc(log.Last)}
	if l.Failed {
		l.Result, l.Action, l.Source, l.Newer = installerError(log.Result), log.Package, log.Source, log.Newer.Line > 0
		if len(log.Errors) > 0 {
			first := log.Errors[0]
			at, l.Code = first.Place, hexIfFailed(first.Code)
			if n := installerError(first.Code); n != l.Result && n < 0x10000 {
				l.Inner = n
			}
		}
		if l.Newer {
			at = log.Newer
		}
	}
	l.Text, l.Origin = at.Text, textOrigin("installer-log", f.at, at.Line, at.At)
	return l, true
}

// installerError returns the error of Windows Installer that a HRESULT wraps: 1603 of
// 0x80070643; any other code as it is.
func installerError(code uint32) int64 {
	if code>>16 == 0x8007 {
		return int64(code & 0xffff)
	}
	return int64(code)
}

func hexIfFailed(code uint32) string {
	if code>>31 == 0 {
		return ""
	}
	return hexText(code)
}

func (d *desk) frameworkPage(f logFile) (model.InstallerLog, bool) {
	r, err := d.logReader(f)
	if err != nil {
		return model.InstallerLog{}, false
	}
	page, err := burnlog.ReadPage(d.ctx, r)
	d.look("installer-log", f.at, err)
	if page.Results == 0 {
		return model.InstallerLog{}, false
	}
	l := model.InstallerLog{Kind: "dotnet", Product: page.Product, Failed: page.Failed, Time: d.zone.utc(page.Time), Text: page.At.Text,
		Origin: textOrigin("installer-log", f.at, page.At.Line, page.At.At)}
	if page.Failed {
		l.Result, l.Code, l.Newer = installerError(page.Result), hexIfFailed(page.Result), page.Newer.Line > 0
	}
	return l, true
}
