package collect

import (
	"context"
	"fmt"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/format/reportingevents"
	"updoc/model"
)

// recorded is a source that holds facts read earlier.
type recorded struct {
	*fake
	m *model.Machine
}

func (r recorded) Machine() (*model.Machine, error) { return r.m, nil }

func TestRecordedFactsAreNotCollectedAgain(t *testing.T) {
	kept := &model.Machine{Schema: "kept"}
	if m := look(t, recorded{newFake(softwareKeys(), systemKeys()), kept}); m != kept {
		t.Errorf("got %+v", m)
	}
}

func TestProgress(t *testing.T) {
	var steps []string
	last := -1
	_, err := Machine(context.Background(), newFake(softwareKeys(), systemKeys()), Options{Now: now, Progress: func(step string, done, total int) {
		if done != last+1 || total != len(collectors()) {
			t.Errorf("step %q: %d of %d after %d", step, done, total, last)
		}
		last, steps = done, append(steps, step)
	}})
	if err != nil || last != len(collectors()) || steps[0] != "disks" {
		t.Errorf("steps %v, error %v", steps, err)
	}
}

// Of too many attempts the newest stay, and the list says from when on it is whole.
func TestAttemptsAreBounded(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	var lines []reportingevents.Event
	begin := now.Add(-6000 * time.Hour)
	for i := range attemptLimit + 500 {
		id := fmt.Sprintf("5f4f7e5b-0000-4000-8000-%012d", i)
		lines = append(lines, line(begin.Add(time.Duration(i)*time.Hour), 182, reportingevents.InstallingFailed, "Update", id, 0x80070643))
	}
	src.putReporting(lines...)
	a := look(t, src).Attempts
	if len(a.Items) != attemptLimit || !a.Items[0].Start.Equal(begin.Add(500*time.Hour)) {
		t.Fatalf("%d attempts, the first at %v", len(a.Items), a.Items[0].Start)
	}
	if a.Coverage.Covers(begin.Add(400*time.Hour)) || !a.Coverage.Covers(begin.Add(501*time.Hour)) {
		t.Errorf("coverage: %+v", a.Coverage)
	}
}

// A time stamp far in the future does not make the machine look alive until then.
func TestFutureTimeStamp(t *testing.T) {
	m := look(t, withSystem(t, ev("Service Control Manager", 7036, at("10:00:00")),
		evtx.Event{Provider: "EventLog", EventID: 6005, Time: now.AddDate(30, 0, 0), Level: 4}))
	if m.LastSeen.After(now) {
		t.Errorf("last seen %v", m.LastSeen)
	}
}
