package collect

import (
	"encoding/binary"
	"time"

	"updoc/format/regf"
	"updoc/model"
)

const zoneKey = `Control\TimeZoneInformation`

// clock fills Machine.Clock: the time zone from SYSTEM\…\Control\TimeZoneInformation,
// the jumps of the clock from Kernel-General 1 of the System log. It also gives the
// desk the zone by which local-time logs become UTC.
func clock(d *desk) {
	h, set := d.system()
	path := set + `\` + zoneKey
	d.m.Clock.Zone = must(h.text(path, "TimeZoneKeyName"))
	bias := h.present(path, "Bias")
	d.m.Clock.BiasMinutes = derive(bias, func(n int64) int64 { return int64(int32(n)) })
	if bias.Known {
		d.zone = readZone(h, path, int(d.m.Clock.BiasMinutes.Value))
	}
	if t, ok := h.shutdown(set + `\Control\Windows`); ok {
		d.met(t)
	}
	d.clockJumps()
}

// shutdown returns when Windows was last shut down: a FILETIME in ShutdownTime.
func (h *hive) shutdown(path string) (time.Time, bool) {
	b := valueOf(h, path, "ShutdownTime", regf.Value.Bytes)
	if !b.Known || len(b.Value) < 8 {
		return time.Time{}, false
	}
	t := fromFiletime(binary.LittleEndian.Uint64(b.Value))
	return t, !t.IsZero()
}

// zone is what TIME_ZONE_INFORMATION says: biases in minutes, and when the clock
// changes. A rule with month 0 means that it never does.
type zone struct {
	bias, standardBias, daylightBias int
	standard, daylight               changeRule
}

// changeRule is a SYSTEMTIME: in a year of 0, Day is the n-th weekday of the month (5:
// the last one), else the day of that one year.
type changeRule struct{ year, month, weekday, day, hour, minute int }

func readZone(h *hive, path string, bias int) *zone {
	z := &zone{bias: bias}
	z.standardBias = int(int32(h.number(path, "StandardBias").Value))
	z.daylightBias = int(int32(h.number(path, "DaylightBias").Value))
	z.standard = readRule(h, path, "StandardStart")
	z.daylight = readRule(h, path, "DaylightStart")
	if h.number(path, "DynamicDaylightTimeDisabled").Value == 1 {
		z.standard, z.daylight = changeRule{}, changeRule{}
	}
	return z
}

func readRule(h *hive, path, name string) changeRule {
	b := valueOf(h, path, name, regf.Value.Bytes)
	if !b.Known || len(b.Value) < 16 {
		return changeRule{}
	}
	return parseRule(b.Value)
}

// parseRule reads TIME_FIELDS: year, month, day, hour, minute, second, millisecond,
// weekday. That the weekday comes last, unlike in a SYSTEMTIME, was read from sample
// regipy__SYSTEM.
func parseRule(b []byte) changeRule {
	at := func(i int) int { return int(binary.LittleEndian.Uint16(b[2*i:])) }
	return changeRule{year: at(0), month: at(1), day: at(2), hour: at(3), minute: at(4), weekday: at(7)}
}

// in returns when the rule takes effect in a year, as wall clock; zero if never.
func (r changeRule) in(year int) time.Time {
	if r.month < 1 || r.month > 12 || r.year != 0 && r.year != year {
		return time.Time{}
	}
	first := time.Date(year, time.Month(r.month), 1, r.hour, r.minute, 0, 0, time.UTC)
	if r.year != 0 {
		return first.AddDate(0, 0, r.day-1)
	}
	day := first.AddDate(0, 0, (r.weekday-int(first.Weekday())+7)%7+7*(r.day-1))
	for day.Month() != time.Month(r.month) && r.day > 0 && r.day <= 5 {
		day = day.AddDate(0, 0, -7)
	}
	return day
}

// utc turns a wall-clock time of the machine into UTC. The rules are those of today:
// a zone whose law changed since gives an hour's error, which joining allows for.
func (z *zone) utc(local time.Time) time.Time {
	if z == nil || local.IsZero() {
		return time.Time{}
	}
	minutes := z.bias + z.standardBias
	if z.isDaylight(local) {
		minutes = z.bias + z.daylightBias
	}
	return local.Add(time.Duration(minutes) * time.Minute)
}

func (z *zone) isDaylight(local time.Time) bool {
	on, off := z.daylight.in(local.Year()), z.standard.in(local.Year())
	switch {
	case on.IsZero() || off.IsZero():
		return false
	case on.Before(off):
		return !local.Before(on) && local.Before(off)
	}
	return !local.Before(on) || local.Before(off)
}

// clockJumps lists changes of the clock by a minute or more. Reason 2 of
// Kernel-General 1 is the hardware clock being read after sleep: no jump, unless it
// goes back, as one without a battery does.
func (d *desk) clockJumps() {
	log := d.log(systemLog)
	var items []model.ClockJump
	for _, e := range log.events {
		if e.provider != kernelGeneral || e.id != 1 {
			continue
		}
		to, ok1 := eventTime(e.get("NewTime"))
		from, ok2 := eventTime(e.get("OldTime"))
		delta := to.Sub(from)
		if ok1 && ok2 && delta.Abs() >= time.Minute && (delta < 0 || e.get("Reason") != "2") {
			items = append(items, model.ClockJump{Time: to, Seconds: int64(delta / time.Second), Origin: e.origin})
		}
	}
	listOf(d, log, items, &d.m.Clock.Jumps)
}

// eventTime reads a time as event logs render it: RFC 3339 with up to seven digits.
func eventTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil
}
