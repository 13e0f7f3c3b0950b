package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/model"
)

var (
	tokyo   = time.FixedZone("JST", 9*3600)
	bookDay = time.Date(2026, 11, 1, 9, 0, 0, 0, tokyo)
)

func deferral(kb, until string) model.Deferral {
	return model.Deferral{KB: kb, Until: until, Reason: "回復パーティションを広げる日を待つ", CVEs: []string{"CVE-2024-20666"}}
}

func code(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func mustDefer(t *testing.T, book string, d model.Deferral, hide Hiding) *model.Deferral {
	t.Helper()
	out, err := Defer(t.Context(), book, d, hide, bookDay)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustList(t *testing.T, book string, now time.Time) []model.Deferral {
	t.Helper()
	list, err := Deferrals(book, now)
	if err != nil {
		t.Fatal(err)
	}
	return list.Deferrals
}

func TestDeferrals(t *testing.T) {
	book := filepath.Join(t.TempDir(), "sub", "deferred.json")
	if got := mustList(t, book, bookDay); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	mustDefer(t, book, deferral("KB5034441", "2026-12-31"), nil)
	d := mustDefer(t, book, deferral("KB5034439", "2026-11-30"), nil)
	if d.Hidden || !d.Made.Equal(bookDay) || d.Made.Location() != time.UTC {
		t.Errorf("%+v", d)
	}
	mustDefer(t, book, deferral("KB5034441", "2026-11-15"), nil) // in place of the earlier note
	got := mustList(t, book, time.Date(2026, 11, 16, 0, 0, 0, 0, tokyo))
	if len(got) != 2 || got[0].KB != "KB5034441" || !got[0].Expired || got[1].Expired {
		t.Errorf("%+v", got)
	}
	if got := mustList(t, book, time.Date(2026, 11, 15, 23, 59, 0, 0, tokyo)); got[0].Expired {
		t.Error("over before the last day is over")
	}
	if _, err := EndDeferral(t.Context(), book, "KB5034441", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := EndDeferral(t.Context(), book, "KB5034441", nil); code(err) != "not-deferred" {
		t.Error(err)
	}
	if got := mustList(t, book, bookDay); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	left, err := os.ReadDir(filepath.Dir(book))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

// Nothing is hidden that is not noted, and nothing that is hidden is forgotten.
func TestDeferralsAndHiding(t *testing.T) {
	book := filepath.Join(t.TempDir(), "deferred.json")
	broken := errors.New("WUA says no")
	if _, err := Defer(t.Context(), book, deferral("KB5034441", "2026-12-31"), func(context.Context, *model.Deferral) error {
		if len(mustList(t, book, bookDay)) != 1 {
			t.Error("hidden before it was noted")
		}
		return broken
	}, bookDay); !errors.Is(err, broken) || len(mustList(t, book, bookDay)) != 0 {
		t.Errorf("%v, %+v", err, mustList(t, book, bookDay))
	}
	d := mustDefer(t, book, deferral("KB5034441", "2026-12-31"), func(_ context.Context, d *model.Deferral) error {
		d.Title, d.UpdateID = "2024-01 セキュリティ更新プログラム", "11111111-2222-3333-4444-555555555555"
		return nil
	})
	if !d.Hidden || mustList(t, book, bookDay)[0].UpdateID != d.UpdateID {
		t.Errorf("%+v", d)
	}
	again := mustDefer(t, book, deferral("KB5034441", "2027-01-31"), nil)
	if !again.Hidden || again.UpdateID != d.UpdateID {
		t.Errorf("a new date forgot what is hidden: %+v", again)
	}
	if _, err := EndDeferral(t.Context(), book, "KB5034441", nil); code(err) != "deferral-hidden" || len(mustList(t, book, bookDay)) != 1 {
		t.Error(err)
	}
	if _, err := EndDeferral(t.Context(), book, "KB5034441", func(context.Context, *model.Deferral) error { return broken }); !errors.Is(err, broken) || len(mustList(t, book, bookDay)) != 1 {
		t.Error(err)
	}
	if _, err := EndDeferral(t.Context(), book, "KB5034441", func(context.Context, *model.Deferral) error { return nil }); err != nil || len(mustList(t, book, bookDay)) != 0 {
		t.Error(err)
	}
}

func TestDeferralsRefused(t *testing.T) {
	book := filepath.Join(t.TempDir(), "deferred.json")
	for name, c := range map[string]struct {
		change func(*model.Deferral)
		code   string
	}{
		"no KB":     {func(d *model.Deferral) { d.KB = "5034441" }, "kb-needed"},
		"no date":   {func(d *model.Deferral) { d.Until = "" }, "deferral-until-missing"},
		"no day":    {func(d *model.Deferral) { d.Until = "2026-02-30" }, "deferral-until"},
		"past":      {func(d *model.Deferral) { d.Until = "2026-10-31" }, "deferral-until"},
		"for ever":  {func(d *model.Deferral) { d.Until = "2028-01-01" }, "deferral-until"},
		"no reason": {func(d *model.Deferral) { d.Reason = " \t" }, "deferral-reason"},
		"two lines": {func(d *model.Deferral) { d.Reason = "a\nb" }, "deferral-reason"},
		"a novel":   {func(d *model.Deferral) { d.Reason = strings.Repeat("長", reasonLimit+1) }, "deferral-reason"},
	} {
		d := deferral("KB5034441", "2026-12-31")
		c.change(&d)
		if _, err := Defer(t.Context(), book, d, nil, bookDay); code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(book); !errors.Is(err, os.ErrNotExist) {
		t.Error("a book was made of nothing")
	}
	if got := mustDefer(t, book, deferral("KB5034441", "2026-11-01"), nil); got.Until != "2026-11-01" {
		t.Error("today is a day")
	}
}

// A book that cannot be read is never written to.
func TestUnreadableBookIsLeftAlone(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      "",
		"not JSON":   "{",
		"another":    `{"schema":"updoc.deferred/2","deferrals":[]}`,
		"newer":      `{"schema":"updoc.deferred/1","deferrals":[],"more":1}`,
		"no list":    `{"schema":"updoc.deferred/1"}`,
		"two books":  `{"schema":"updoc.deferred/1","deferrals":[]}{}`,
		"no day":     `{"schema":"updoc.deferred/1","deferrals":[{"kb":"KB5034441","until":"soon","reason":"a","cves":[],"made":"2026-11-01T00:00:00Z","hidden":false}]}`,
		"no end":     `{"schema":"updoc.deferred/1","deferrals":[` + strings.Repeat(" ", bookLimit),
		"same twice": `{"schema":"updoc.deferred/1","deferrals":[` + strings.Repeat(`{"kb":"KB5034441","until":"2026-12-31","reason":"a","cves":[],"made":"2026-11-01T00:00:00Z","hidden":false},`, 2) + `]}`,
	} {
		book := filepath.Join(t.TempDir(), "deferred.json")
		if err := os.WriteFile(book, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, list := Deferrals(book, bookDay)
		_, add := Defer(t.Context(), book, deferral("KB5034441", "2026-12-31"), nil, bookDay)
		_, end := EndDeferral(t.Context(), book, "KB5034441", nil)
		for _, err := range []error{list, add, end} {
			if code(err) != "book-unreadable" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if now, err := os.ReadFile(book); err != nil || string(now) != text {
			t.Errorf("%s: the book was changed: %v", name, err)
		}
	}
	if _, err := Deferrals(t.TempDir(), bookDay); code(err) != "book-unreadable" {
		t.Errorf("a folder: %v", err)
	}
}

// Whatever is read as a book is written and read again as the same.
func FuzzBook(f *testing.F) {
	f.Add([]byte(`{"schema":"updoc.deferred/1","deferrals":[{"kb":"KB5034441","title":"t","until":"2026-12-31","reason":"r","cves":["CVE-2024-20666"],"made":"2026-11-01T00:00:00Z","hidden":true}]}`))
	f.Add([]byte(`{"schema":"updoc.deferred/1","deferrals":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := parseBook(text)
		if err != nil {
			return
		}
		first, err := json.Marshal(b.Deferred)
		if err != nil {
			t.Skip("a year that JSON cannot write: the book is refused when written")
		}
		again, err := parseBook(first)
		if err != nil {
			t.Fatalf("%v: %s", err, first)
		}
		if second, err := json.Marshal(again.Deferred); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%v: %s, then %s", err, first, second)
		}
	})
}
