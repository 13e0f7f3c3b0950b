package collect

import (
	"strconv"
	"strings"
	"time"

	"updoc/format/textlog"
	"updoc/model"
)

// secureBoot is the provider of events about updates of Secure Boot in the firmware.
const secureBoot = "Microsoft-Windows-TPM-WMI"

// secureBootKinds say what its events mean. Source: field guide, winre §11b (KB5016061);
// 1801 only says "not yet" and is no failure.
var secureBootKinds = map[uint32]string{
	1032: "secure-boot-failed", 1033: "secure-boot-failed", 1795: "secure-boot-failed", 1796: "secure-boot-failed",
	1797: "secure-boot-failed", 1798: "secure-boot-failed", 1802: "secure-boot-failed", 1803: "secure-boot-failed",
	1800: "secure-boot-waiting", 1801: "secure-boot-waiting",
	1034: "secure-boot-done", 1036: "secure-boot-done", 1043: "secure-boot-done", 1044: "secure-boot-done",
	1045: "secure-boot-done", 1799: "secure-boot-done", 1808: "secure-boot-done",
}

const (
	bootLogLimit = 200
	noteText     = 200 // bytes of a note's text
)

// hardware fills Machine.Hardware from the SYSTEM hive and the System log. How much
// memory there is, only a running Windows knows.
func hardware(d *desk) {
	h, set := d.system()
	hw := &d.m.Hardware
	d.product(h, hw)
	hw.SecureBoot = derive(h.present(set+`\Control\SecureBoot\State`, "UEFISecureBootEnabled"), func(n int64) bool { return n != 0 })
	hw.TPM = tpm(h, set+`\Enum\ACPI`)
	processors := set + `\Control\Session Manager\Environment`
	hw.CPU = processor(h, set+`\Enum\ACPI`, h.text(processors, "PROCESSOR_IDENTIFIER").Value)
	hw.Cores = derive(must(h.text(processors, "NUMBER_OF_PROCESSORS")), parseInt)
	hw.Memory = model.NotSeen[int64](model.Unseen{Artifact: "hive", Reason: model.ReasonOffline, How: model.HowLive})
	hw.CA2023 = certificates(h, set+`\Control\SecureBoot`)
	d.bootLog()
}

// product reads what the firmware says about itself and the PC: HardwareConfig names the
// hardware that Windows started on last.
func (d *desk) product(h *hive, hw *model.Hardware) {
	last := must(h.text("HardwareConfig", "LastConfig"))
	if !last.Known {
		hw.Maker, hw.Model, hw.Firmware = last, last, last
		hw.FirmwareDate = model.Fact[time.Time]{Why: last.Why}
		return
	}
	path := `HardwareConfig\` + last.Value
	text := func(name string) model.Fact[string] { return must(h.text(path, name)) }
	hw.Maker, hw.Model, hw.Firmware = text("SystemManufacturer"), text("SystemProductName"), text("BIOSVersion")
	hw.FirmwareDate = firmwareDate(text("BIOSReleaseDate"))
}

// firmwareDate reads month/day/year, as SMBIOS has it.
func firmwareDate(f model.Fact[string]) model.Fact[time.Time] {
	for _, layout := range []string{"01/02/2006", "01/02/06"} {
		if t, err := time.Parse(layout, strings.TrimSpace(f.Value)); err == nil {
			return model.Known(t, f.Origin)
		}
	}
	if !f.Known {
		return model.Fact[time.Time]{Why: f.Why}
	}
	return model.NotSeen[time.Time](model.Unseen{Artifact: "hive", Reason: model.ReasonDamaged, How: model.HowNothing,
		Detail: "the date of the firmware is " + f.Value})
}

// tpm is the newest version that ever was registered as a device.
func tpm(h *hive, acpi string) model.Fact[string] {
	devices := h.exists(acpi)
	if !devices.Known || !devices.Value {
		return unseenOr[string](h.noKey(devices, acpi))
	}
	for _, t := range []struct{ key, version string }{{"MSFT0101", "2.0"}, {"PNP0C31", "1.2"}} {
		found := h.exists(acpi + `\` + t.key)
		if !found.Known {
			return unseenOr[string](found.Why)
		}
		if found.Value {
			return model.Known(t.version, found.Origin)
		}
	}
	return model.Known("", devices.Origin)
}

// processor is the name of the CPU. Where several were in this Windows' PC one after
// another, the family and model in identifier tell which is there now.
func processor(h *hive, acpi, identifier string) model.Fact[string] {
	keys, why := h.subkeys(acpi)
	var found []model.Fact[string]
	for _, k := range keys {
		if !strings.Contains(k.Name(), "_-_") && !strings.EqualFold(k.Name(), "ACPI0007") {
			continue
		}
		f := firstInstance(h, acpi+`\`+k.Name())
		if f.Known && familyModel(identifier) != "" && strings.Contains(strings.ReplaceAll(k.Name(), "_", " ")+" ", familyModel(identifier)+" ") {
			return f
		}
		if f.Known {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 1:
		return found[0]
	case why == nil:
		gone := absent("hive", acpi)
		why = &gone
	}
	return unseenOr[string](why)
}

// familyModel is "Family 6 Model 58" of "Intel64 Family 6 Model 58 Stepping 9, …".
func familyModel(identifier string) string {
	_, rest, ok := strings.Cut(identifier, " Family ")
	family, _, stepping := strings.Cut(rest, " Stepping ")
	if !ok || !stepping {
		return ""
	}
	return "Family " + family
}

func firstInstance(h *hive, path string) model.Fact[string] {
	instances, _ := h.subkeys(path)
	for _, i := range instances {
		name := must(h.text(path+`\`+i.Name(), "FriendlyName"))
		if name.Known {
			return derive(name, strings.TrimSpace)
		}
	}
	return model.Fact[string]{}
}

// certificates is how far the change to the certificates of 2023 is. Most programs read
// it below Servicing, one at the key itself (field guide, winre §11b).
func certificates(h *hive, path string) model.Fact[string] {
	f := h.text(path+`\Servicing`, "UEFICA2023Status")
	if f.Known && f.Value == "" {
		return h.text(path, "UEFICA2023Status")
	}
	return f
}

func (d *desk) bootLog() {
	log := d.log(systemLog)
	var notes []model.Note
	for i := range log.events {
		e := &log.events[i]
		kind := secureBootKinds[e.id]
		if kind == "" || !strings.EqualFold(e.provider, secureBoot) {
			continue
		}
		notes = append(notes, secureBootNote(kind, e))
	}
	kept, cut := within(notes, bootLogLimit)
	listOf(d, log, kept, &d.m.Hardware.BootLog)
	if cut {
		d.m.Hardware.BootLog.Coverage.From = kept[0].Time
	}
}

func secureBootNote(kind string, e *event) model.Note {
	n := model.Note{Kind: kind, Subject: strconv.FormatUint(uint64(e.id), 10), Have: e.get("UpdateType"), Time: e.time, Origin: e.origin}
	if code, ok := hexCode(e.get("HResult")); ok && code != 0 {
		n.Code = hexText(code)
	}
	var fields []string
	for _, f := range e.fields {
		if len(fields) < 8 {
			fields = append(fields, f.name+"="+f.text)
		}
	}
	n.Text = textlog.Clip([]byte(strings.Join(fields, " ")), noteText)
	return n
}
