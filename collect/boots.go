package collect

import (
	"slices"
	"time"

	"updoc/model"
	"updoc/source"
)

// bootWindow is how far the events of one start lie apart.
const bootWindow = 5 * time.Minute

// bootEvents fills Boot.Boots and Boot.LastBoot from the System log: Kernel-General
// 12 or EventLog 6005 tell of a start, Kernel-Boot 27 of its kind (0 cold, 1 fast
// startup, 2 resume: field guide, artifacts §12). A fast startup logs only the last.
func (d *desk) bootEvents() {
	log := d.log(systemLog)
	var boots []model.BootEvent
	for i := range log.events {
		e := &log.events[i]
		kind, ok := bootKind(e)
		if !ok {
			continue
		}
		boots = joinBoot(boots, model.BootEvent{Time: bootTime(e), Kind: kind, Origin: e.origin})
	}
	d.m.Boot.LastBoot = lastBoot(boots, log)
	if runs, ok := d.src.(source.Running); ok {
		d.m.Boot.LastBoot = newerStart(d.m.Boot.LastBoot, runs.Started())
	}
	sortByTime(boots, func(b model.BootEvent) time.Time { return b.Time })
	listOf(d, log, boots, &d.m.Boot.Boots)
}

func bootKind(e *event) (string, bool) {
	switch {
	case e.provider == kernelGeneral && e.id == 12, e.provider == eventLogging && e.id == 6005:
		return "unknown", true
	case e.provider == kernelBoot && e.id == 27:
		kinds := map[string]string{"0": "cold", "1": "fast", "2": "resume", "0x0": "cold", "0x1": "fast", "0x2": "resume"}
		kind, ok := kinds[e.get("BootType")]
		return kind, ok
	}
	return "", false
}

// bootTime prefers the start time that Kernel-General 12 carries, unless the clock
// was set in between.
func bootTime(e *event) time.Time {
	start, ok := eventTime(e.get("StartTime"))
	if ok && e.time.Sub(start).Abs() < bootWindow {
		return start
	}
	return e.time
}

// joinBoot adds an event to the start it belongs to, or begins a new one.
func joinBoot(boots []model.BootEvent, b model.BootEvent) []model.BootEvent {
	if n := len(boots); n > 0 && b.Time.Sub(boots[n-1].Time).Abs() <= bootWindow {
		last := &boots[n-1]
		switch {
		case last.Kind == "unknown":
			last.Kind = b.Kind
			return boots
		case b.Kind == "unknown":
			return boots
		}
	}
	return append(boots, b)
}

// lastBoot returns the last start in the order of the log: a clock that was wrong at
// first must not make an earlier start look newer. Where newer records are lost, a
// newer start may be.
func lastBoot(boots []model.BootEvent, log *eventLog) model.Fact[time.Time] {
	for _, b := range slices.Backward(boots) {
		if (b.Kind == "cold" || b.Kind == "unknown") && !log.torn && !log.gapEnd.After(b.Time) {
			return model.Known(b.Time, b.Origin)
		}
	}
	why := log.coverage.Reason()
	return unseenOr[time.Time](&why)
}

// newerStart joins the start that the log tells of with the one that Windows counts
// from. Both leave out a fast startup. The log's is kept, because it can be looked up,
// unless it misses a later one: its records were lost or cleared.
func newerStart(logged, counted model.Fact[time.Time]) model.Fact[time.Time] {
	if counted.Known && (!logged.Known || counted.Value.Sub(logged.Value) > bootWindow) {
		return counted
	}
	return logged
}
