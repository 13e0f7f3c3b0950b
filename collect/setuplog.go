package collect

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"updoc/format/setupact"
	"updoc/format/setupconfig"
	"updoc/format/textlog"
	"updoc/model"
)

// Where feature updates and in-place upgrades log. Most PCs have only some of them.
var setupFolders = []string{
	"Windows/Panther", "Windows/Panther/NewOs/Panther", "Windows/Logs/MoSetup",
	"$WINDOWS.~BT/Sources/Panther", "$WINDOWS.~BT/Sources/Rollback",
}

var setupNames = []string{"setupact.log", "setuperr.log", "BlueBox.log"}

const (
	setupBytes      = 128 << 20 // of one log, its end
	setupNoteLimit  = 300
	setupConfigPath = "Users/Default/AppData/Local/Microsoft/Windows/WSUS/SetupConfig.ini"
)

// readErrors are codes by which a disk says that it could not be read: CRC, read fault,
// I/O device, device data error and its hardware. Source: winerror.h, ntstatus.h.
var readErrors = []uint32{0x80070017, 0x8007001e, 0x8007045d, 0xc000009c, 0xc0000185}

// setupLogs fills Machine.Setup: what feature updates wrote to their logs, and the
// person's own SetupConfig.ini. Kinds: setup-failed (how Setup itself ended; Have: state
// and phase), read-error, error.
func setupLogs(d *desk) {
	r := setupReader{d: d, cover: model.Coverage{Complete: true}}
	for _, dir := range setupFolders {
		for _, name := range setupNames {
			r.file(d.on(dir + "/" + name))
		}
	}
	sortByTime(r.notes, func(n model.Note) time.Time { return n.Time })
	kept, cut := within(r.notes, setupNoteLimit)
	if cut {
		r.cut(kept[0].Time)
	}
	d.m.Setup.Log = model.List[model.Note]{Items: kept, Coverage: r.cover}
	d.grow(&d.m.Setup.Log.Coverage)
	d.setupConfig(&d.m.Setup)
}

type setupReader struct {
	d     *desk
	notes []model.Note
	cover model.Coverage
}

// file reads one log; that it is not there is no gap, unless it lies in a folder that
// was not copied.
func (r *setupReader) file(at place) {
	f, from, err := r.d.tail(at, setupBytes)
	if errors.Is(err, fs.ErrNotExist) {
		if r.cover.Why == nil {
			r.cover.Why = r.d.notThere(at).Why
			r.cover.Complete = r.cover.Why == nil
		}
		return
	}
	var log *setupact.Log
	if err == nil {
		defer f.Close()
		log, err = setupact.Read(r.d.ctx, f)
	}
	if err == nil && log.Bytes > 0 && log.Stamped == 0 {
		err = errNoStamps
	}
	if why := r.d.look("setupact", at, err); why != nil {
		r.cover = model.Coverage{Why: why}
		if log == nil {
			return
		}
	}
	r.take(log, at, from)
}

// take keeps the lines that count. Setup writes parts of its logs from Windows PE, whose
// clock may be hours away: they do not tell when the PC was last used.
func (r *setupReader) take(log *setupact.Log, at place, from int64) {
	for _, e := range log.Coded {
		if kind := setupKind(e); kind != "" {
			r.notes = append(r.notes, inTail(setupNote(kind, e, at, r.d.zone), from))
		}
	}
	if log.CodedCount > int64(len(log.Coded)) && len(log.Coded) > 0 {
		r.cut(r.d.zone.utc(log.Coded[0].Time))
	}
}

// cut notes that nothing older than a time was kept.
func (r *setupReader) cut(from time.Time) {
	if r.cover.Why == nil {
		r.cover = model.Coverage{From: later(r.cover.From, from), To: r.d.m.LastSeen, Why: outOfRange("setupact", from)}
	}
}

// setupKind knows the lines in which Setup tells how it ended, in all versions since
// Windows 10: source: setupact.log of public reports, "MOUPG" lines.
func setupKind(e setupact.Entry) string {
	switch {
	case slices.Contains(readErrors, e.Code):
		return "read-error"
	case strings.Contains(e.Text, "Setup360"), strings.Contains(e.Text, "SetupHost: Reporting error event"),
		strings.Contains(e.Text, "CSetupHost::Execute("), strings.Contains(e.Text, "CSetupManager::Execute("):
		return "setup-failed"
	case e.Level == textlog.LevelError, e.Level == textlog.LevelFatal:
		return "error"
	}
	return ""
}

var setupState = regexp.MustCompile(`(?i)\b(state|phase)\W{1,4}(\d{1,4})\b`)

func setupNote(kind string, e setupact.Entry, at place, z *zone) model.Note {
	n := model.Note{Kind: kind, Code: hexText(e.Code), Text: e.Text, Time: z.utc(e.Time), Origin: textOrigin("setupact", at, e.Line, e.At)}
	var states []string
	for _, m := range setupState.FindAllStringSubmatch(e.Text, 4) {
		states = append(states, strings.ToLower(m[1])+" "+m[2])
	}
	n.Have = strings.Join(states, ", ")
	return n
}

// setupConfig looks at SetupConfig.ini, which hardly any PC has.
func (d *desk) setupConfig(s *model.Setup) {
	at := d.on(setupConfigPath)
	f, size, err := d.open(at)
	if errors.Is(err, fs.ErrNotExist) {
		s.Malformed = d.notThere(at)
		s.Config = derive(s.Malformed, func(bool) string { return "" })
		return
	}
	var ini *setupconfig.File
	if err == nil {
		ini, err = setupconfig.Read(d.ctx, io.NewSectionReader(f, 0, size))
	}
	if why := d.look("setupconfig", at, err); why != nil {
		s.Config, s.Malformed = unseenOr[string](why), unseenOr[bool](why)
		return
	}
	o := at.origin("setupconfig")
	s.Config = model.Known(windowsPath(at.path), o)
	o.Line, o.Key = ini.Line, ini.Text
	s.Malformed = model.Known(ini.Fault != "", o)
}
