package report

import (
	"fmt"
	"strconv"
	"time"

	"updoc/model"
)

var weekdaysJA = [...]string{"日", "月", "火", "水", "木", "金", "土"}

// showTime writes a moment in the reader's form. Dates are built here and never by
// the system's locale: the same diagnosis reads the same everywhere.
func (f formatter) showTime(t time.Time, format string) string {
	if t.IsZero() {
		return f.notMeasured
	}
	t = t.In(f.zone)
	ja := f.lang == "ja"
	switch {
	case format == "stamp" && ja:
		return t.Format("2006/01/02 15:04")
	case format == "stamp":
		return t.Format("2006-01-02 15:04")
	case format == "day" && ja:
		return t.Format("2006/01/02")
	case format == "day":
		return t.Format("2006-01-02")
	case format == "date" && ja:
		return dateJA(t)
	case format == "date":
		return t.Format("2 January 2006")
	case ja:
		return dateJA(t) + fmt.Sprintf(" %d:%02d", t.Hour(), t.Minute())
	}
	return t.Format("Mon, 2 January 2006, 15:04")
}

func dateJA(t time.Time) string {
	return fmt.Sprintf("%d 年 %d 月 %d 日 (%s)", t.Year(), t.Month(), t.Day(), weekdaysJA[t.Weekday()])
}

// minutes writes a duration, rounded up to what a person plans with.
func (f formatter) minutes(seconds int64) string {
	n := (seconds + 59) / 60
	unit, unitJA := "min", "分"
	if n >= 120 {
		n, unit, unitJA = (n+59)/60, "hours", "時間"
	}
	if f.lang == "ja" {
		unit = unitJA
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// zoneOf returns the machine's time zone as a fixed offset (standard time), and UTC
// if it is not known. known is false then.
func zoneOf(c model.Clock) (zone *time.Location, known bool) {
	if !c.BiasMinutes.Known || c.BiasMinutes.Value < -14*60 || c.BiasMinutes.Value > 14*60 {
		return time.UTC, false
	}
	seconds := int(-c.BiasMinutes.Value) * 60
	return time.FixedZone(offsetOf(seconds), seconds), true
}

func offsetOf(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%02d:%02d", sign, seconds/3600, seconds/60%60)
}

// attemptTime is when an attempt ended, or else when it began.
func attemptTime(a model.Attempt) time.Time {
	if a.End.IsZero() {
		return a.Start
	}
	return a.End
}

func (s speaker) moment(f model.Fact[time.Time]) string {
	return shown(s, f, func(t time.Time) string { return s.form.show(t, "time") })
}
