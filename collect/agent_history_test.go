package collect

import (
	"context"
	"slices"
	"testing"

	"updoc/format/ese"
	"updoc/source"
)

// agent is a source whose update agent tells its history.
type agent struct {
	*fake
	told []source.HistoryEntry
	err  error
}

func (a *agent) UpdateHistory(context.Context) ([]source.HistoryEntry, error) { return a.told, a.err }

// What the agent tells stands in the place of its database, which may be unreadable; an
// agent that tells nothing leaves what the database told.
func TestAgentTellsItsHistory(t *testing.T) {
	const id, title = "33333333-0000-4000-8000-000000001234", "Office Update (KB5002467)"
	told := []source.HistoryEntry{
		{Time: at("05:00:00"), UpdateID: id, Title: title, Result: 1},
		{Time: at("04:00:00"), UpdateID: id, Title: title, Result: 2, Revision: 200, Client: "UpdateOrchestrator"},
		{Time: at("03:30:00"), UpdateID: "44444444-0000-4000-8000-000000001234", Title: "Photos", Result: 4, HResult: 0x80073d02, ServiceID: storeService},
		{Time: at("03:00:00"), UpdateID: winreID, Title: winreTitle, Result: 5, HResult: callCancelled},
		{Time: at("02:00:00"), UpdateID: id, Title: title, Result: 4, HResult: 0x80070643, Unmapped: 1612},
		{Time: at("01:00:00"), UpdateID: winreID, Title: winreTitle, Result: 3, HResult: 0x80070643},
		{Time: at("00:30:00"), UpdateID: "55555555-0000-4000-8000-000000001234", Title: "Tool (KB890830)", Result: 3},
	}
	a := look(t, &agent{fake: newFake(softwareKeys(), systemKeys()), told: told}).Attempts
	var got []string
	for _, x := range a.Items {
		got = append(got, x.KB+" "+x.Outcome+" "+x.Code+" "+x.InnerCode)
	}
	want := []string{"KB890830 installed  ", "KB5034441 failed 0x80070643 ", "KB5002467 failed 0x80070643 0x8007064c", "KB5034441 cancelled 0x8024000b ", " failed 0x80073d02 ", "KB5002467 installed  "}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !a.Coverage.From.Equal(at("00:30:00")) || a.Items[4].Store != true || a.Items[2].Inner.Artifact != "live" {
		t.Errorf("%+v", a)
	}
	for name, silent := range map[string]*agent{"nothing": {}, "refused": {told: told, err: context.DeadlineExceeded}} {
		silent.fake = newFake(softwareKeys(), systemKeys())
		silent.putDataStore(t, ese.WriteOptions{}, tbHistory(t, row{at("01:00:00"), winreTitle, winreID, 0x80070643, 0, false}))
		if got := look(t, silent).Attempts.Items; len(got) != 1 || got[0].Records[0].Origin.Artifact != "datastore" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
