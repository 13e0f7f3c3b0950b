package doctor

import (
	"context"
	"slices"

	"updoc/model"
	"updoc/source"
	"updoc/source/live"
)

var _ Offering = (*Wired)(nil)

// Offers implements Offering.
func (p *Wired) Offers(ctx context.Context) ([]model.Offer, error) {
	return live.Offers(ctx, p.Windows)
}

// askAgent fills in what the update agent offers, once in a process, if a step needs it.
// While the agent installs it is left alone; one that does not answer leaves it unseen.
func (r *liveRun) askAgent(ctx context.Context) error {
	agent, can := r.pc.(Offering)
	if !can || r.now.Machine.Live.Offered.Coverage.Complete {
		return nil
	}
	running := r.facts().Live.UpdateRunning
	if r.offered == nil && !(running.Known && running.Value) && slices.ContainsFunc(r.decideLive(r.now.Plan.Steps), needsOffers) {
		r.opts.tell(Doing{What: "search-updates"})
		got, err := agent.Offers(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		list := model.Complete(got)
		if err != nil {
			list = model.Partial([]model.Offer{}, source.Why("live", err))
		}
		r.offered = &list
	}
	if r.offered != nil {
		r.now.Machine.Live.Offered = *r.offered
	}
	return nil
}

// notOffered is the code of a step whose update nobody has named yet.
const notOffered = "refused-not-offered"

// needsOffers: the step would be done, and asks for more than the attempts tell.
func needsOffers(d *liveDecision) bool {
	return d.detail == notOffered || d.may() && d.remedy.Offered()
}
