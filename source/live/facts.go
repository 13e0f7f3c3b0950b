package live

import (
	"context"
	"errors"
	"strings"
	"time"

	"updoc/format/regf"
	"updoc/model"
	"updoc/source"
	"updoc/winapi"
)

// DefaultClock is the server that the clock is compared with, when asked to: one of
// Microsoft's own, which every Windows asks anyway to see whether it is online.
const DefaultClock = "http://www.msftconnecttest.com/connecttest.txt"

// Live implements source.Running.
func (s *Source) Live(ctx context.Context) model.Live {
	at := model.Origin{Artifact: "live", Key: "system"}
	l := model.Live{
		Admin: model.Known(s.token.Admin, at), System: model.Known(s.token.System, at), Remote: model.Known(s.token.Network, at),
		Process: model.Known(s.info.Process, at), Mode: s.mode(ctx), SMode: s.sMode(ctx), AppControl: s.appControl(ctx),
		Services: s.services(ctx), Security: s.security(ctx), Loaded: s.loaded(ctx),
	}
	l.Power, l.Battery = s.power(ctx)
	l.Conversion, l.Protected, l.Suspended = s.encryption()
	l.UpdateRunning = s.updateRunning(ctx, l.Services)
	l.Cluster = running(l.Services, "clussvc")
	l.RealTime = s.realTime(ctx, l.Security)
	l.Tools = s.tools(ctx, l.Services)
	l.SkewSeconds, l.Offered = s.skew(ctx), s.offered(ctx)
	return l
}

// Memory implements source.Running.
func (s *Source) Memory() model.Fact[int64] {
	if s.info.Memory == 0 {
		return model.NotSeen[int64](s.unasked("live"))
	}
	return model.Known(int64(s.info.Memory), model.Origin{Artifact: "live", Key: "system"})
}

// Started implements source.Running.
func (s *Source) Started() model.Fact[time.Time] {
	if s.info.Started.IsZero() {
		return model.NotSeen[time.Time](s.unasked("live"))
	}
	return model.Known(s.info.Started.UTC(), model.Origin{Artifact: "live", Key: "system"})
}

// unasked is why something is unseen that this Windows does not tell this user.
func (s *Source) unasked(artifact string) model.Unseen {
	if s.token.Admin || s.token.System {
		return model.Unseen{Artifact: artifact, Reason: model.ReasonUnsupported, How: model.HowNothing}
	}
	return model.Unseen{Artifact: artifact, Reason: model.ReasonPermission, How: model.HowAdmin}
}

// why is the reason for an error of a call.
func (s *Source) why(artifact string, err error) model.Unseen {
	if errors.Is(err, winapi.ErrUnsupported) {
		return s.unasked(artifact)
	}
	return source.Why(artifact, err)
}

// mode tells how Windows runs. Sources: Win32 "MiniNT", SM_CLEANBOOT; ImageState of
// "Windows Setup States" (a maker's audit mode ends in _AUDIT); Setup's own marks below
// HKLM\SYSTEM\Setup.
func (s *Source) mode(ctx context.Context) model.Fact[string] {
	at := model.Origin{Artifact: "live", Key: "system"}
	switch {
	case s.info.PEReason != "":
		return model.Known(model.ModePE, at)
	case s.info.CleanBoot != 0:
		return model.Known(model.ModeSafe, at)
	}
	setup, err := s.Key(ctx, "SYSTEM", "Setup")
	if err != nil {
		return model.NotSeen[string](s.why("hive", err))
	}
	state, _ := s.Key(ctx, "SOFTWARE", `Microsoft\Windows\CurrentVersion\Setup\State`) // most PCs have it; nothing: not in audit mode
	at = model.Origin{Artifact: "hive", Path: `Windows\System32\config\SYSTEM`, Key: "Setup"}
	switch {
	case strings.HasSuffix(strings.ToUpper(textOf(state, "ImageState")), "_AUDIT"):
		return model.Known(model.ModeAudit, at)
	case numberOf(setup, "SystemSetupInProgress") != 0, numberOf(setup, "OOBEInProgress") != 0:
		return model.Known(model.ModeSetup, at)
	}
	return model.Known(model.ModeNormal, at)
}

func valueOf(k source.RegistryKey, name string) regf.Value {
	for _, v := range k.Values {
		if strings.EqualFold(v.Name, name) {
			return regf.LooseValue(v.Name, v.Type, v.Data)
		}
	}
	return regf.Value{}
}

// numberOf is 0 for a value that is not there or no number.
func numberOf(k source.RegistryKey, name string) uint64 {
	n, _ := valueOf(k, name).Uint()
	return n
}

// textOf is empty for a value that is not there or no text.
func textOf(k source.RegistryKey, name string) string {
	s, _ := valueOf(k, name).String()
	return s
}

// sMode reads SkuPolicyRequired, which Setup's setting of that name sets (1: S mode).
func (s *Source) sMode(ctx context.Context) model.Fact[bool] {
	set, err := s.Key(ctx, "SYSTEM", `CurrentControlSet\Control\CI\Policy`)
	if err != nil && source.Why("hive", err).Reason != model.ReasonAbsent {
		return model.NotSeen[bool](s.why("hive", err))
	}
	return model.Known(numberOf(set, "SkuPolicyRequired") == 1, model.Origin{Artifact: "hive", Path: `Windows\System32\config\SYSTEM`,
		Key: `CurrentControlSet\Control\CI\Policy:SkuPolicyRequired`})
}

// enforced is the state of a policy that is in force. Source: Win32_DeviceGuard.
const enforced = 2

func (s *Source) appControl(ctx context.Context) model.Fact[bool] {
	got, err := winapi.AppControl.Do(ctx, s.sys, winapi.None{})
	if err != nil {
		return model.NotSeen[bool](s.why("live", err))
	}
	return model.Known(got.User == enforced, model.Origin{Artifact: "live", Key: "app-control"})
}

func (s *Source) power(ctx context.Context) (model.Fact[bool], model.Fact[int64]) {
	p, err := winapi.Power.Do(ctx, s.sys, winapi.None{})
	if err != nil {
		why := s.why("live", err)
		return model.NotSeen[bool](why), model.NotSeen[int64](why)
	}
	at := model.Origin{Artifact: "live", Key: "power"}
	none := model.Unseen{Artifact: "live", Reason: model.ReasonAbsent, How: model.HowNothing}
	battery, line := model.NotSeen[int64](none), model.NotSeen[bool](none)
	if p.HasBattery && p.Battery <= 100 {
		battery = model.Known(int64(p.Battery), at)
	}
	if !p.HasBattery || p.Line <= 1 {
		line = model.Known(!p.HasBattery || p.Line == 1, at)
	}
	return line, battery
}

// encryption is what BitLocker says of the Windows volume; where it was not asked, what
// the volume's first sectors say.
func (s *Source) encryption() (conversion, protected, suspended model.Fact[bool]) {
	for _, d := range s.list.Items {
		for _, p := range d.Partitions {
			if p.ID != s.windows {
				continue
			}
			state := p.Volume.BitLocker.State
			is := func(want string) model.Fact[bool] {
				if !state.Known {
					return model.NotSeen[bool](state.Reason())
				}
				return model.Known(state.Value == want, state.Origin)
			}
			return is("converting"), is("on"), is("suspended")
		}
	}
	why := model.NotSeen[bool](s.unasked("bitlocker"))
	return why, why, why
}
