package remedy

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"updoc/codec/wintype"
	"updoc/model"
	"updoc/remedy/host"
)

const (
	regBinary   = 3 // registry type of bytes
	approvedKey = `Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\`
	approvedOff = 3 // first byte of an entry that Task Manager has switched off (grade L)
	driverStore = `windows\system32\driverstore\`
)

// approvedKeys are the keys below StartupApproved, by the kind of an entry.
var approvedKeys = map[string]string{model.StartupRun: "Run", model.StartupRun32: "Run32", model.StartupFolder: "StartupFolder"}

// makersThatStay make graphics, input, sound, network or disk encryption; their names hold
// one of these. Whose drivers filter files stays too, so that the list need not be whole.
var makersThatStay = strings.Fields(`nvidia advanced amd intel synaptics elan wacom alps logitech realtek qualcomm broadcom mediatek
	idrix veracrypt jetico winmagic sophos`)

// cleanBoot starts Windows once without the services and startup entries of other makers,
// installs the update, puts every one back as it was and restarts. The update may fail:
// then all the more they are put back. Each program is off for everybody, or not touched:
// those of one user start nothing while nobody is signed in. Source: Microsoft, "How to perform a clean boot in Windows".
func cleanBoot(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := agentWorks(m); err != nil {
		return nil, err
	}
	switch {
	case !m.Startup.Services.Coverage.Complete:
		return nil, unseenFact("startup.services")
	case !m.Startup.Entries.Coverage.Complete:
		return nil, unseenFact("startup.entries")
	case !m.Filters.Coverage.Complete:
		return nil, unseenFact("filters")
	}
	off, on, err := startsOff(m)
	if err != nil || len(off) == 0 {
		return nil, err
	}
	id, err := updateID(m, p)
	if err != nil {
		return nil, err
	}
	ops := append(off, host.Op{Kind: host.RestartWindows},
		host.Op{Kind: host.InstallUpdate, Name: id, Seconds: longest, Maybe: true}, restartIfAsked())
	return append(append(ops, on...), host.Op{Kind: host.RestartWindows}), nil
}

// startsOff are the operations that switch off what is not to start, and those that put
// it back.
func startsOff(m *model.Machine) (off, on []host.Op, err error) {
	for _, s := range mayPause(m) {
		off, on = append(off, delayed(s)...), append(on, setStart(s.Origin, startAutomatic))
		off, on = append(off, setStart(s.Origin, startDisabled)), append(on, delayed(s)...)
	}
	at, err := onWindows(m, softwareHive)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range m.Startup.Entries.Items {
		if e.Kind != model.StartupFolder && staysFor(m, e.Company, e.File) {
			continue
		}
		value := host.Op{Kind: host.SetValue, To: at, Key: approvedKey + approvedKeys[e.Kind], Name: e.Name, Type: regBinary, Make: true, Data: switchedOff(m)}
		back := value
		if back.Data, err = hex.DecodeString(e.Approved); err != nil {
			return nil, nil, unseenFact("startup.entries")
		}
		if e.Approved == "" {
			back = host.Op{Kind: host.DeleteValue, To: at, Key: value.Key, Name: e.Name}
		}
		off, on = append(off, value), append(on, back)
	}
	return off, on, nil
}

// delayed keeps the value that the service manager may take away when it sets a start type.
func delayed(s model.AutoService) []host.Op {
	if s.Delayed.Value == 0 {
		return nil
	}
	o := s.Delayed.Origin
	_, name, _ := strings.Cut(o.Key, ":")
	return []host.Op{{Kind: host.SetValue, To: placeOf(o), Key: keyOf(o), Name: name, Type: regDword, Number: uint64(s.Delayed.Value)}}
}

// switchedOff is what Task Manager writes: off, and since when.
func switchedOff(m *model.Machine) []byte {
	return binary.LittleEndian.AppendUint64([]byte{approvedOff, 0, 0, 0}, wintype.Filetime(m.LookedAt))
}

// mayPause are the services that nothing needs which stays.
func mayPause(m *model.Machine) []model.AutoService {
	var pause, stay []model.AutoService
	for _, s := range m.Startup.Services.Items {
		if s.Protected || !s.Delayed.Known || staysFor(m, s.Company, s.File) {
			stay = append(stay, s)
		} else {
			pause = append(pause, s)
		}
	}
	for i := 0; i < len(stay); i++ { // it grows
		pause = slices.DeleteFunc(pause, func(s model.AutoService) bool {
			needed := slices.Contains(stay[i].Needs, s.Name)
			if needed {
				stay = append(stay, s)
			}
			return needed
		})
	}
	return pause
}

// staysFor tells whether a program is not switched off: its maker is not known, makes
// hardware, encryption or an antivirus, or it came with a driver.
func staysFor(m *model.Machine, company model.Fact[string], file string) bool {
	if !company.Known || strings.HasPrefix(strings.ToLower(file), driverStore) {
		return true
	}
	name := strings.ToLower(company.Value)
	named := func(word string) bool { return word != "" && strings.Contains(name, word) }
	return slices.ContainsFunc(makersThatStay, named) ||
		slices.ContainsFunc(m.Filters.Items, func(f model.Filter) bool { return named(firstWord(f.Company.Value)) }) ||
		slices.ContainsFunc(m.Security.Items, func(s model.SecurityProduct) bool {
			return slices.ContainsFunc(strings.Split(s.Vendor, " / "), func(v string) bool { return named(firstWord(v)) })
		})
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(s)), " ")
	return strings.Trim(word, ",.")
}
