package collect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"updoc/format/checksur"
	"updoc/model"
)

// checkSURFiles are what the System Update Readiness Tool of Windows 7 and 8 leaves:
// all its runs, and the newest once more. Source: field guide, artifacts §3; Microsoft
// KB947821.
var checkSURFiles = []string{"CheckSUR.persist.log", "CheckSUR.log"}

// checkSUR adds the runs of the System Update Readiness Tool to the checks of the
// store, and what the newest left damaged to the notes. That the logs are missing is no
// fault: the tool writes them when somebody runs it.
func (c *cbsReader) checkSUR() {
	seen := map[string]bool{}
	var newest checksur.Run
	var where place
	for _, name := range checkSURFiles {
		at := c.d.on(cbsFolder + "/" + name)
		for _, r := range c.d.checkSURRuns(at) {
			key := fmt.Sprint(r.Time, r.Found, r.Fixed, r.ItemCount)
			if seen[key] {
				continue
			}
			seen[key] = true
			c.corruption = append(c.corruption, model.CBSCorruption{Time: c.d.zone.utc(r.Time), Detected: r.Found,
				Repaired: r.Fixed, Origin: textOrigin("checksur", at, r.Line, r.Offset)})
			if !r.Time.Before(newest.Time) {
				newest, where = r, at
			}
		}
	}
	c.notes = append(c.notes, runNotes(newest, where, c.d.zone)...)
}

func (d *desk) checkSURRuns(at place) []checksur.Run {
	f, size, err := d.open(at)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.look("checksur", at, err)
		}
		return nil
	}
	log, err := checksur.Read(d.ctx, io.NewSectionReader(f, 0, size))
	if err == nil && size > 0 && log.RunCount == 0 {
		err = fmt.Errorf("no line of it begins a check")
	}
	d.look("checksur", at, err)
	for _, r := range log.Runs {
		d.met(d.zone.utc(r.Time))
	}
	return log.Runs
}

// runNotes tells the parts of the store that a run found damaged and left so. Its
// watch list of packages holds no part of the store: what is missing there may be
// missing on a healthy PC.
func runNotes(r checksur.Run, at place, z *zone) []model.Note {
	var notes []model.Note
	for _, i := range r.Unfixed() {
		if len(notes) == itemLimit || isWatched(i.Kind) {
			continue
		}
		n := model.Note{Kind: "store-item", Text: i.Kind + ": " + i.Path, Subject: i.Path, Have: i.Kind,
			Time: z.utc(r.Time), Origin: textOrigin("checksur", at, i.Line, 0)}
		if i.Code&0x80000000 != 0 {
			n.Code = hexText(i.Code)
		}
		notes = append(notes, n)
	}
	return notes
}

func isWatched(kind string) bool { return strings.HasPrefix(kind, "CBS Watchlist") }
