package collect

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"updoc/format/cbs"
	"updoc/format/reagentlog"
	"updoc/model"
)

const (
	cbsFolder    = "Windows/Logs/CBS"
	cbsWorkers   = 2
	cbsBytes     = 256 << 20 // of all logs together; the newest count
	packedBytes  = 128 << 20 // of the packed ones, unpacked: two of the usual 50 MB, some weeks each; unpacking takes longest of all
	sessionLimit = 1000
	noteLimit    = 500
)

// session is a servicing session with what only joining needs.
type session struct {
	model.CBSSession
	updateID string
	startup  bool
}

// notes is what one collector leaves for those after it.
type notes struct {
	sessions   []session
	partitions []reagentlog.Partition
	reagentLog place

	history     []happening // rows of DataStore.edb, oldest first
	historySpan model.Coverage
}

// cbsLog fills Machine.CBS from Windows\Logs\CBS\CBS.log and its older parts
// CbsPersist_YYYYMMDDhhmmss.log, also packed into cabinets. The logs show local time;
// without the zone no time is given. Failures in dism.log and the damaged parts of the
// newest check of each log become notes too, also those of the tool that checked the
// store of Windows 7 and 8 (CheckSUR.log).
func cbsLog(d *desk) {
	files, why := d.cbsFiles()
	c := cbsReader{d: d}
	unpacked := d.unpack(files)
	for _, f := range files {
		if p := unpacked[f]; p != nil {
			c.packed(f, p)
			continue
		}
		c.file(f)
	}
	c.notes = append(c.notes, d.dismNotes()...)
	c.checkSUR()
	c.fill(&d.m.CBS, why)
	d.work.sessions = c.sessions
}

// cbsFiles returns the logs, oldest first, and why there may be older ones unseen.
func (d *desk) cbsFiles() ([]place, *model.Unseen) {
	folder := d.on(cbsFolder)
	entries, err := d.list(folder)
	if err != nil && len(entries) == 0 {
		return nil, d.look("cbs", d.on(cbsFolder+"/CBS.log"), err)
	}
	var older []string
	current := false
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		current = current || name == "cbs.log"
		if strings.HasPrefix(name, "cbspersist_") && (path.Ext(name) == ".log" || isPacked(name)) {
			older = append(older, e.Name())
		}
	}
	slices.SortFunc(older, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	files := []place{}
	for _, name := range older {
		files = append(files, d.on(cbsFolder+"/"+name))
	}
	if !current {
		return d.newestFiles(files), d.look("cbs", d.on(cbsFolder+"/CBS.log"), fs.ErrNotExist)
	}
	return d.newestFiles(append(files, d.on(cbsFolder+"/CBS.log"))), nil
}

// newestFiles keeps the last files that are no larger than the limits together, yet at
// least one.
func (d *desk) newestFiles(files []place) []place {
	all, packed := int64(cbsBytes), int64(packedBytes)
	for i := len(files) - 1; i >= 0; i-- {
		size := d.logSize(files[i])
		all -= size
		if isPacked(files[i].path) {
			packed -= size
		}
		if all < 0 || packed < 0 {
			return files[min(i+1, len(files)-1):]
		}
	}
	return files
}

// cbsReader gathers what several logs say.
type cbsReader struct {
	d          *desk
	sessions   []session
	notes      []model.Note
	corruption []model.CBSCorruption
	stack      model.Fact[string]
	span       model.Coverage
	from       time.Time     // notes are complete from here on
	unread     *model.Unseen // a part of a log could not be read
}

func (c *cbsReader) file(at place) {
	f, size, err := c.d.open(at)
	var log *cbs.Log
	if err == nil {
		log, err = cbs.ReadAt(c.d.ctx, f, size, cbs.Options{Parallel: cbsWorkers})
	}
	if err == nil && size > 0 && !log.Recognized() {
		err = errors.New("no line of it is one of a CBS log")
		if len(log.Unread) > 0 {
			err = errors.New("it cannot be read")
		}
	}
	if why := c.d.lookNote("cbs", at, err, cbsNote(log)); why != nil {
		c.unread = why
		if log == nil {
			return
		}
	}
	if len(log.Unread) > 0 {
		c.unread = &model.Unseen{Artifact: "cbs", Reason: model.ReasonDamaged, How: model.HowNothing,
			Detail: fmt.Sprintf("%d parts of %s could not be read", len(log.Unread), windowsPath(at.path))}
	}
	c.take(log, at)
}

func cbsNote(log *cbs.Log) string {
	if log == nil || log.Lines == 0 {
		return ""
	}
	return fmt.Sprintf("%d lines, %d sessions, %d failed", log.Lines, log.SessionCount, log.FailedSessions)
}

func (c *cbsReader) take(log *cbs.Log, at place) {
	z := c.d.zone
	for _, s := range log.Sessions {
		c.sessions = append(c.sessions, sessionOf(s, at, z))
	}
	for _, n := range log.Notable {
		c.notes = append(c.notes, noteOf(n, at, z))
	}
	c.takeSFC(log.SFC, at)
	for _, k := range log.Corruption {
		c.corruption = append(c.corruption, model.CBSCorruption{Time: z.utc(k.Time), Detected: k.Detected,
			Repaired: k.Repaired, Origin: textOrigin("cbs", at, k.Line, k.Offset)})
	}
	if n := len(log.Corruption); n > 0 {
		c.notes = append(c.notes, itemNotes(log.Corruption[n-1], at, z)...)
	}
	for _, v := range log.StackVersions {
		if !c.stack.Known || laterVersion(v, c.stack.Value) {
			c.stack = model.Known(v, at.origin("cbs"))
		}
	}
	c.extend(z.utc(log.FirstTime), z.utc(log.LastTime))
	c.from = later(c.from, fullFrom(log, z))
}

// takeSFC notes the files that System File Checker could not repair. What a later run
// no longer names is in order: its note goes, also when it stands in an older log.
func (c *cbsReader) takeSFC(s cbs.SFC, at place) {
	if s.Runs > 0 {
		c.notes = slices.DeleteFunc(c.notes, func(n model.Note) bool { return n.Kind == cannotRepair })
	}
	for _, r := range s.CannotRepair {
		if !r.Gone {
			c.notes = append(c.notes, noteOf(cbs.Notable{Entry: r.Last, Sign: cannotRepair, Subject: r.File, Detail: r.Component}, at, c.d.zone))
		}
	}
}

// cannotRepair is the kind of a note that System File Checker left.
const cannotRepair = "cannot-repair"

func textOrigin(artifact string, at place, line, offset int64) model.Origin {
	o := at.origin(artifact)
	o.Line, o.Offset = line, offset
	return o
}

func (c *cbsReader) extend(from, to time.Time) {
	if from.IsZero() || to.IsZero() {
		return
	}
	if c.span.From.IsZero() || from.Before(c.span.From) {
		c.span.From = from
	}
	c.span.To = later(c.span.To, to)
	c.d.met(to)
}

// fullFrom returns from when on every notable line was kept; zero if all were.
func fullFrom(log *cbs.Log, z *zone) time.Time {
	kept := map[cbs.Sign][]cbs.Notable{}
	for _, n := range log.Notable {
		kept[n.Sign] = append(kept[n.Sign], n)
	}
	var from time.Time
	for sign, count := range log.NotableCounts {
		if list := kept[sign]; count > int64(len(list)) && len(list) > 0 && !strings.HasPrefix(string(sign), "reboot-") {
			from = later(from, z.utc(list[len(list)/2].Time))
		}
	}
	return from
}

func sessionOf(s cbs.Session, at place, z *zone) session {
	out := session{updateID: bareGUID(s.UpdateID), startup: s.Startup}
	out.CBSSession = model.CBSSession{ID: s.ID, Client: s.Client, KBs: s.KBs, Start: z.utc(s.Start), End: z.utc(s.End),
		Failed: s.Failed, Reboot: s.RebootRequired, Origin: textOrigin("cbs", at, s.Line, s.Offset)}
	if !s.Failed {
		return out
	}
	code := s.Result
	for _, e := range []*cbs.Entry{s.FirstFailure, s.OriginalFailure} {
		if e == nil {
			continue
		}
		if e.HRESULT&0x80000000 != 0 {
			code = e.HRESULT
		}
		out.Text, out.Origin = e.Text, textOrigin("cbs", at, e.Line, e.Offset)
	}
	if code != 0 {
		out.Code = hexText(code)
	}
	return out
}

func noteOf(n cbs.Notable, at place, z *zone) model.Note {
	out := model.Note{Kind: string(n.Sign), Text: n.Text, Subject: n.Subject, Time: z.utc(n.Time),
		Origin: textOrigin("cbs", at, n.Line, n.Offset)}
	if n.HRESULT != 0 {
		out.Code = hexText(n.HRESULT)
	}
	if n.Sign == cbs.SignNewStackRequired {
		out.Need, out.Have = n.Subject, n.Detail
	} else if n.Detail != "" {
		out.Have = n.Detail
	}
	return out
}

// fill hands over what was gathered. missing is why there is no log at all.
func (c *cbsReader) fill(out *model.CBS, missing *model.Unseen) {
	cover := c.span
	cover.Why = firstWhy(missing, c.unread, c.d.noZone(), outOfRange("cbs", cover.From))
	if missing != nil || c.unread != nil {
		cover.From, cover.To = time.Time{}, time.Time{}
	}
	sessions := []model.CBSSession{}
	for _, s := range c.sessions {
		sessions = append(sessions, s.CBSSession)
	}
	fillCBS(c.d, &out.Sessions, sessions, sessionLimit, cover, func(s model.CBSSession) time.Time { return s.End })
	fillCBS(c.d, &out.Corruption, c.corruption, noteLimit, cover, func(k model.CBSCorruption) time.Time { return k.Time })
	if cover.From.Before(c.from) && !cover.From.IsZero() {
		cover.From = c.from
	}
	fillCBS(c.d, &out.Notes, c.notes, noteLimit, cover, func(n model.Note) time.Time { return n.Time })
	out.Stack = c.stack
	if !c.stack.Known {
		why := *firstWhy(missing, c.unread, outOfRange("cbs", cover.From))
		out.Stack = unseenOr[string](&why)
	}
}

func fillCBS[T any](d *desk, list *model.List[T], items []T, limit int, cover model.Coverage, at func(T) time.Time) {
	sortByTime(items, at)
	kept, cut := within(items, limit)
	if cut && !cover.From.IsZero() {
		cover.From = at(kept[0])
	}
	*list = model.List[T]{Items: append([]T{}, kept...), Coverage: cover}
	d.grow(&list.Coverage)
}

// noZone is why the times of a local-time log are unseen; nil if they are not.
func (d *desk) noZone() *model.Unseen {
	if d.zone != nil {
		return nil
	}
	why := d.m.Clock.BiasMinutes.Reason()
	return &why
}

func outOfRange(artifact string, from time.Time) *model.Unseen {
	if from.IsZero() {
		return &model.Unseen{Artifact: artifact, Reason: model.ReasonOutOfRange, Detail: "the log is empty", How: model.HowOlderLogs}
	}
	return &model.Unseen{Artifact: artifact, Reason: model.ReasonOutOfRange, How: model.HowOlderLogs,
		Detail: "the log begins at " + from.UTC().Format(time.RFC3339)}
}
