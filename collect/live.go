package collect

import (
	"updoc/model"
	"updoc/source"
)

// live fills Machine.Live, and the memory, which only a running Windows knows too.
// Everywhere else all of it stays unseen, with the reason.
func live(d *desk) {
	runs, ok := d.src.(source.Running)
	if !ok {
		d.m.Live = unseenLive(model.Unseen{Artifact: "live", Reason: model.ReasonOffline, How: model.HowLive})
		return
	}
	d.m.Live = runs.Live(d.ctx)
	d.m.Hardware.Memory = runs.Memory()
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
