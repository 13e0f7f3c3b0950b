package collect

import (
	"io"
	"slices"
	"strings"
	"time"

	"updoc/format/mplog"
	"updoc/format/mpsigstub"
	"updoc/model"
)

const (
	supportFolder = "ProgramData/Microsoft/Windows Defender/Support"
	stubBytes     = 4 << 20  // of one MpSigStub.log: a thousand runs; real ones have some hundred kilobytes
	mplogBytes    = 16 << 20 // of all MPLogs together, the newest: weeks; one can have 50 MB
	commandBytes  = 4 << 20  // of one MpCmdRun.log
	mplogFiles    = 3        // the newest count
	runLimit      = 200
	defenderNotes = 200
)

// stubLogs are where the stub writes: as SYSTEM, and as the service that updates
// definitions by itself.
var stubLogs = []string{
	"Windows/Temp/MpSigStub.log",
	"Windows/ServiceProfiles/NetworkService/AppData/Local/Temp/MpSigStub.log",
}

// commandLogs are where MpCmdRun writes in the same way.
var commandLogs = []string{
	"Windows/Temp/MpCmdRun.log",
	"Windows/ServiceProfiles/NetworkService/AppData/Local/Temp/MpCmdRun.log",
}

// defenderRuns fills Machine.Defender.Runs. The log of SYSTEM says from when on every
// run is known; temporary folders get emptied.
func (d *desk) defenderRuns() {
	var runs []model.DefenderRun
	var span model.Coverage
	for i, path := range stubLogs {
		found, why := d.stubRuns(d.on(path))
		runs = append(runs, found...)
		switch {
		case i == 0 && why != nil:
			span.Why = why
		case i == 0 && len(found) > 0:
			span.From, span.To = found[0].Start, found[len(found)-1].Start
		}
	}
	sortByTime(runs, func(r model.DefenderRun) time.Time { return r.Start })
	kept, cut := within(runs, runLimit)
	if cut && !span.From.IsZero() {
		span.From = later(span.From, kept[0].Start)
	}
	d.m.Defender.Runs = model.List[model.DefenderRun]{Items: kept, Coverage: span}
	d.grow(&d.m.Defender.Runs.Coverage)
}

// stubRuns reads one log; runs without a time are left out.
func (d *desk) stubRuns(at place) ([]model.DefenderRun, *model.Unseen) {
	r, _, err := d.tail(at, stubBytes)
	if err != nil {
		return nil, d.look("mpsigstub", at, err)
	}
	defer r.Close()
	log, err := mpsigstub.Read(d.ctx, r)
	why := d.look("mpsigstub", at, err)
	var out []model.DefenderRun
	for i := range log.Runs {
		if run := &log.Runs[i]; !run.Start.IsZero() {
			d.met(later(run.Start, run.End))
			out = append(out, stubRun(run, at))
		}
	}
	return out, why
}

func stubRun(r *mpsigstub.Run, at place) model.DefenderRun {
	out := model.DefenderRun{Start: r.Start, End: r.End, Package: r.Package, Failed: r.Failed(),
		Need: r.Need, Have: r.Have, Platform: r.Platform, Origin: at.origin("mpsigstub")}
	out.Origin.Line, out.Origin.Offset = r.Line, r.Offset
	if r.Failed() {
		out.Code, out.Function, out.Origin.Line = hexText(r.Error), r.Function, r.ErrorLine
	}
	return out
}

// tailReader is the end of a file.
type tailReader struct {
	io.Reader
	io.Closer
}

// tail opens the last limit bytes of a file, at an even place for UTF-16, and tells
// where that begins.
func (d *desk) tail(at place, limit int64) (tailReader, int64, error) {
	f, size, err := d.openBriefly(at)
	if err != nil {
		return tailReader{}, 0, err
	}
	from := max(0, size-limit) &^ 1
	return tailReader{io.NewSectionReader(f, from, size-from), f}, from, nil
}

// defenderLog fills Machine.Defender.Log from the newest logs of the service and those
// of its command line. Only the former have times.
func (d *desk) defenderLog() {
	var notes []model.Note
	span := model.Coverage{}
	files, why := d.mpLogs()
	span.Why = why
	room := int64(mplogBytes)
	for _, at := range files {
		log, from, err := d.mpLog(at, room)
		room -= log.Bytes
		notes = append(notes, mpNotes(log, at, from)...)
		d.met(log.Last)
		switch {
		case err != nil:
			span = model.Coverage{Why: d.look("mplog", at, err)}
		case span.From.IsZero() || log.First.Before(span.From):
			span.From, span.To = log.First, later(span.To, log.Last)
		}
	}
	for _, path := range commandLogs {
		if log, from, err := d.mpLog(d.on(path), commandBytes); err == nil {
			notes = append(notes, mpNotes(log, d.on(path), from)...)
		}
	}
	sortByTime(notes, func(n model.Note) time.Time { return n.Time })
	kept, cut := within(notes, defenderNotes)
	if cut && !span.From.IsZero() {
		span.From = later(span.From, kept[0].Time)
	}
	d.m.Defender.Log = model.List[model.Note]{Items: kept, Coverage: span}
	d.grow(&d.m.Defender.Log.Coverage)
}

// mpLogs returns the newest MPLog files, newest first. Their names hold the time at
// which they begin.
func (d *desk) mpLogs() ([]place, *model.Unseen) {
	entries, err := d.list(d.on(supportFolder))
	if err != nil && len(entries) == 0 {
		return nil, d.look("mplog", d.on(supportFolder), err)
	}
	var names []string
	for _, e := range entries {
		if name := lower(e.Name()); strings.HasPrefix(name, "mplog-") && strings.HasSuffix(name, ".log") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	var files []place
	for _, name := range names[:min(len(names), mplogFiles)] {
		files = append(files, d.on(supportFolder+"/"+name))
	}
	return files, nil
}

// inTail corrects where a note of the end of a file stands, whose lines are not known.
func inTail(n model.Note, from int64) model.Note {
	if from > 0 {
		n.Origin.Offset, n.Origin.Line = n.Origin.Offset+from, 0
	}
	return n
}

func (d *desk) mpLog(at place, limit int64) (*mplog.Log, int64, error) {
	if limit <= 0 {
		return &mplog.Log{}, 0, nil
	}
	r, from, err := d.tail(at, limit)
	if err != nil {
		return &mplog.Log{}, 0, err
	}
	defer r.Close()
	log, err := mplog.Read(d.ctx, r)
	return log, from, err
}

// mpNotes are the failures of one log. Of the end of a file the line numbers are not
// known.
func mpNotes(log *mplog.Log, at place, from int64) []model.Note {
	var out []model.Note
	for _, e := range log.Entries {
		out = append(out, inTail(model.Note{Kind: e.Part + "-failed", Code: hexText(e.Code), Text: e.Text, Subject: e.Command,
			Time: e.Time, Origin: textOrigin("mplog", at, e.Line, e.Offset)}, from))
	}
	return out
}
