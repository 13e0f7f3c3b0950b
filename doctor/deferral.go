package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"updoc/model"
	"updoc/winapi"
)

const (
	bookName    = "deferred.json"
	bookLimit   = 1 << 20 // bytes
	reasonLimit = 500     // characters
	day         = "2006-01-02"
)

// longestDeferral: what an update mends stays open; nobody should forget it for longer.
const longestDeferral = 366 * 24 * time.Hour

// Hiding tells Windows Update to hide an update, or to show it again. It may fill Title
// and UpdateID. HidingOver is that of the running Windows.
type Hiding func(ctx context.Context, d *model.Deferral) error

// DefaultBook is where the book of deferrals lies if no file is named: ProgramData\updoc
// on Windows, for it belongs to the PC and not to a person; else beside the journals.
func DefaultBook() (string, error) {
	if dir := programData(); dir != "" { // not by the environment, which is the person's
		return filepath.Join(dir, "updoc", bookName), nil
	}
	dir, err := DefaultJournal()
	return filepath.Join(dir, bookName), err
}

// Deferrals reads the book at path. Those whose day is over at now come first, then by
// day. No file is an empty book.
func Deferrals(path string, now time.Time) (*model.Deferred, error) {
	b, err := readBook(path)
	if err != nil {
		return nil, err
	}
	for i := range b.Deferrals {
		b.Deferrals[i].Expired = b.Deferrals[i].Until < now.Format(day)
	}
	slices.SortStableFunc(b.Deferrals, func(a, b model.Deferral) int {
		return strings.Compare(a.Until+a.KB, b.Until+b.KB) // days sort as text, and the past is first
	})
	return &b.Deferred, nil
}

// Defer notes in the book at path that d.KB is put off, in place of an earlier note, and
// lets hide hide it; with a nil hide, where there is no update agent, and if the update is
// not offered it is only noted, and Hidden stays false. If hiding fails, the book is as it
// was; if it had hidden some of what the number stands for, the note stays, with Hidden, and
// the error hide-partly says so. The note is made first: an update that is hidden and
// forgotten is worse than one that is noted and shown.
func Defer(ctx context.Context, path string, d model.Deferral, hide Hiding, now time.Time) (*model.Deferral, error) {
	if err := checkDeferral(&d, now); err != nil {
		return nil, err
	}
	b, err := readBook(path)
	if err != nil {
		return nil, err
	}
	before := slices.Clone(b.Deferrals)
	if i := b.find(d.KB); i >= 0 {
		d.Title, d.UpdateID, d.Hidden = b.Deferrals[i].Title, b.Deferrals[i].UpdateID, b.Deferrals[i].Hidden
	}
	if err := b.put(path, d); err != nil {
		return nil, err
	}
	if hide == nil {
		return &d, nil
	}
	was := d.Hidden
	d.Hidden = false
	err = hide(ctx, &d)
	some := d.Hidden
	d.Hidden = some || was
	switch {
	case errors.Is(err, ErrNotOffered), errors.Is(err, winapi.ErrUnsupported):
		return &d, nil
	case err != nil && some:
		return nil, errors.Join(&model.Error{Code: "hide-partly", Exit: exitNotCured, Args: model.Args{"kb": d.KB}, Err: err}, b.put(path, d))
	case err != nil:
		b.Deferrals = before
		return nil, errors.Join(err, b.write(path))
	}
	d.Hidden = true
	return &d, b.put(path, d)
}

// EndDeferral shows the update again and takes it out of the book, in this order. With a
// nil show, or without an update agent, one that is hidden stays in the book: nothing else
// knows that it is.
func EndDeferral(ctx context.Context, path, kb string, show Hiding) (*model.Deferral, error) {
	b, err := readBook(path)
	if err != nil {
		return nil, err
	}
	i := b.find(kb)
	if i < 0 {
		return nil, &model.Error{Code: "not-deferred", Args: model.Args{"kb": kb, "path": path}}
	}
	d := b.Deferrals[i]
	if d.Hidden {
		err := error(winapi.ErrUnsupported)
		if show != nil {
			err = show(ctx, &d)
		}
		switch {
		case errors.Is(err, winapi.ErrUnsupported):
			return nil, &model.Error{Code: "deferral-hidden", Exit: exitRefused, Args: model.Args{"kb": kb}}
		case err != nil && !errors.Is(err, ErrNotOffered):
			return nil, err
		}
	}
	b.Deferrals = slices.Delete(b.Deferrals, i, i+1)
	return &d, b.write(path)
}

var kbName = regexp.MustCompile(`^KB[0-9]{6,7}$`)

// checkDeferral refuses what the book would not hold, and says when it is.
func checkDeferral(d *model.Deferral, now time.Time) error {
	until, err := time.ParseInLocation(day, d.Until, now.Location())
	d.Reason = strings.TrimSpace(d.Reason)
	switch {
	case !kbName.MatchString(d.KB):
		return &model.Error{Code: "kb-needed", Args: model.Args{"what": d.KB}}
	case d.Until == "":
		return &model.Error{Code: "deferral-until-missing"}
	case err != nil, d.Until < now.Format(day), until.Sub(now) > longestDeferral:
		return &model.Error{Code: "deferral-until", Args: model.Args{"what": d.Until}}
	case !isReason(d.Reason):
		return &model.Error{Code: "deferral-reason"}
	}
	d.Made, d.CVEs = now.UTC(), append([]string{}, d.CVEs...)
	return nil
}

// isReason: one line that somebody can read later.
func isReason(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= reasonLimit && !strings.ContainsFunc(s, unicode.IsControl)
}

// deferralOver is the limit, and the condition in a summary, of an update that was put off
// for longer than was meant: what it mends is still open, and somebody has to decide anew.
const deferralOver = "deferral-over"

// NoteOverdue adds what the book at path says is over to the diagnosis of a running Windows.
// A book that cannot be read is told by the verbs that are about it.
func NoteOverdue(d *model.Diagnosis, path string, now time.Time) {
	list, err := Deferrals(path, now)
	if err != nil || !isLive(d) {
		return
	}
	for _, each := range list.Deferrals {
		if each.Expired {
			d.Plan.Limits = append(d.Plan.Limits, model.Limit{Code: deferralOver, Args: model.Args{"kb": each.KB, "until": each.Until}})
		}
	}
}
