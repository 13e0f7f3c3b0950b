package doctor

import (
	"context"
	"errors"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

// shop is a PC whose update agent is asked what it offers.
type shop struct {
	*sickPC
	offers []model.Offer
	err    error
	times  int
}

func (s *shop) Offers(context.Context) ([]model.Offer, error) { s.times++; return s.offers, s.err }

// lookedAt is a run on pc that has looked, with one step planned.
func lookedAt(t *testing.T, pc *shop, s model.Step) *liveRun {
	t.Helper()
	opts := pc.options(journals(t))
	r := &liveRun{pc: pc, opts: opts, base: opts.Knowledge, state: &liveState{Receipt: newReceipt("", pc.now)}}
	if err := r.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if pc.times != 0 {
		t.Fatal("asked although no step needs it")
	}
	r.now.Plan.Steps = []model.Step{s}
	return r
}

// An update that no attempt names is found among what the agent offers, which is asked once;
// without being asked the step would be refused on every PC.
func TestOffersAreAskedForIfAStepNeedsThem(t *testing.T) {
	const id = "0a1b2c3d-0000-1111-2222-333344445555"
	step := model.Step{ID: "s", Remedy: "retry-update", Where: []string{model.WhereLive}, Params: model.Args{"kb": "KB5034441"}}
	pc := &shop{sickPC: newSickPC(t, nil), offers: []model.Offer{{KB: "KB5034441", UpdateID: id}}}
	r := lookedAt(t, pc, step)
	if d := r.decideLive(r.now.Plan.Steps)[0]; d.detail != notOffered {
		t.Fatalf("%+v", d.decision)
	}
	for range 2 {
		if err := r.askAgent(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if d := r.decideLive(r.now.Plan.Steps)[0]; d.detail != "" || pc.times != 1 || d.ops[0].Name != id {
		t.Errorf("%+v, asked %d times", d, pc.times)
	}
}

// Defender's platform comes before its definitions where the agent offers it.
func TestDefenderPlatformIsOffered(t *testing.T) {
	yes, no := model.Known(true, model.Origin{}), model.Known(false, model.Origin{})
	pc := &shop{sickPC: newSickPC(t, func(m *model.Machine) {
		m.Defender.Service, m.Defender.Files, m.Defender.Off, m.Defender.Passive = yes, yes, no, no
	}), offers: []model.Offer{{KB: "KB4052623", UpdateID: "platform"}}}
	r := lookedAt(t, pc, model.Step{ID: "s", Remedy: "defender-update-platform", Where: []string{model.WhereLive}})
	if err := r.askAgent(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := r.decideLive(r.now.Plan.Steps)[0]; len(d.ops) != 2 || d.ops[0].Kind != host.InstallUpdate || d.ops[0].Name != "platform" {
		t.Errorf("%+v", d)
	}
}

// The agent is not asked while it installs, nor twice if it answers nothing.
func TestOffersOfABusyOrBrokenAgent(t *testing.T) {
	step := model.Step{ID: "s", Remedy: "retry-update", Where: []string{model.WhereLive}, Params: model.Args{"kb": "KB5034441"}}
	busy := &shop{sickPC: newSickPC(t, func(m *model.Machine) { m.Live.UpdateRunning = model.Known(true, model.Origin{}) })}
	broken := &shop{sickPC: newSickPC(t, nil), err: &winapi.Error{Call: "search-updates", Code: 0x8024402c}}
	for pc, want := range map[*shop]int{busy: 0, broken: 1} {
		r := lookedAt(t, pc, step)
		for range 2 {
			if err := r.askAgent(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if pc.times != want || r.now.Machine.Live.Offered.Coverage.Complete {
			t.Errorf("asked %d times, %+v", pc.times, r.now.Machine.Live.Offered)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := &shop{sickPC: newSickPC(t, nil), err: context.Canceled}
	r := lookedAt(t, gone, step)
	cancel()
	if err := r.askAgent(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The PC of this program asks the agent of Windows.
func TestWiredAsksTheAgent(t *testing.T) {
	w, err := simulated.New(t.Context(), simulated.Options{Answers: map[string]any{
		"search-updates": []winapi.Update{{UpdateID: "AB", KBs: []string{"KB5034441"}, Hidden: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	got, err := (&Wired{Windows: w}).Offers(t.Context())
	if err != nil || len(got) != 1 || got[0].UpdateID != "ab" || got[0].KB != "KB5034441" || !got[0].Hidden {
		t.Errorf("%+v %v", got, err)
	}
}
