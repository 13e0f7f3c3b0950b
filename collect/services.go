package collect

import "updoc/model"

// serviceNames are the services that installing updates depends on, and those that
// tools like to switch off. Source: field guide, artifacts §5 and its correction §2 (Windows 10 1709 and 22H2, grade L; for Windows 11 the same names are
// taken, grade U). ose, ose64 and wimmount are not on every PC.
var serviceNames = []string{
	"wuauserv", "bits", "cryptsvc", "msiserver", "trustedinstaller", "usosvc", "dosvc",
	"waasmedicsvc", "appidsvc", "appxsvc", "appreadiness", "rpcss", "rpceptmapper",
	"dcomlaunch", "eventlog", "eventsystem", "schedule", "bfe", "mpssvc", "windefend",
	"wdnissvc", "wscsvc", "wlidsvc", "vss", "swprv", "ose", "ose64",
	"gpsvc", "profsvc", "sppsvc", "w32time", "nlasvc", "netprofm", "iphlpsvc", "dnscache",
	"dhcp", "winhttpautoproxysvc", "lanmanworkstation", "power", "winmgmt", "mpsdrv", "wimmount",
	"staterepository", "clipsvc", "licensemanager", "installservice",
}

// services fills Machine.Services from SYSTEM\<control set>\Services. A key that is
// not there is the known absence of the service.
func services(d *desk) {
	h, set := d.system()
	if h.why != nil {
		d.m.Services = model.Partial[model.Service](nil, *h.why)
		return
	}
	var all []model.Service
	for _, name := range serviceNames {
		all = append(all, service(h, set+`\Services\`+name, name))
	}
	d.m.Services = model.Complete(all)
}

func service(h *hive, path, name string) model.Service {
	s := model.Service{Name: name, Present: h.exists(path)}
	s.Origin = s.Present.Origin
	if !s.Present.Known || !s.Present.Value {
		s.Start = unseenOr[int64](h.noKey(s.Present, path))
		s.Image = unseenOr[string](s.Start.Why)
		return s
	}
	s.Start = h.present(path, "Start")
	s.Image = h.text(path, "ImagePath")
	if s.Start.Known {
		s.Origin = s.Start.Origin
	}
	return s
}

// noKey is why the values of a key are unseen that is not there, or may not be.
func (h *hive) noKey(present model.Fact[bool], path string) *model.Unseen {
	if !present.Known {
		return present.Why
	}
	why := absent("hive", path)
	return &why
}

// present reads a number whose absence is not the same as 0.
func (h *hive) present(path, name string) model.Fact[int64] {
	k, _, why := h.key(path)
	if why != nil {
		return unseenOr[int64](why)
	}
	if _, err := k.Value(name); err != nil {
		return unseenOr[int64](h.noKey(model.Known(false, model.Origin{}), path+":"+name))
	}
	return h.number(path, name)
}
