package collect

import (
	"time"

	"updoc/model"
	"updoc/source"
)

// live fills Machine.Live, and what else only a running Windows knows: its memory, and
// when it was started. Everywhere else all of it stays unseen, with the reason.
func live(d *desk) {
	runs, ok := d.src.(source.Running)
	if !ok {
		d.m.Live = unseenLive(model.Unseen{Artifact: "live", Reason: model.ReasonOffline, How: model.HowLive})
		return
	}
	d.m.Live = runs.Live(d.ctx)
	d.m.Hardware.Memory = runs.Memory()
	d.m.Boot.LastBoot = newerStart(d.m.Boot.LastBoot, runs.Started())
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

func unseenLive(why model.Unseen) model.Live {
	no, text, number := model.NotSeen[bool](why), model.NotSeen[string](why), model.NotSeen[int64](why)
	return model.Live{
		Admin: no, System: no, Remote: no, Mode: text, SMode: no, AppControl: no, Process: text, Power: no, Battery: number,
		UpdateRunning: no, Cluster: no, Conversion: no, Protected: no, Suspended: no, RealTime: no, SkewSeconds: number,
		Services: model.Partial([]model.ServiceState{}, why), Security: model.Partial([]model.Guard{}, why),
		Loaded: model.Partial([]string{}, why), Tools: model.Partial([]model.Tool{}, why), Offered: model.Partial([]model.Offer{}, why),
	}
}
