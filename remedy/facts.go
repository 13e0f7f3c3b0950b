package remedy

import (
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// Places of the registry hives on the volume of Windows.
const (
	systemHive     = "Windows/System32/config/SYSTEM"
	softwareHive   = "Windows/System32/config/SOFTWARE"
	componentsHive = "Windows/System32/config/COMPONENTS"
)

// regDword is the registry type of 32-bit numbers.
const regDword = 4

// unseenFact refuses because a fact is not known, named by its path below the machine.
// What is not known is never guessed.
func unseenFact(path string) error {
	return refused("refused-unseen", model.Args{"fact": path})
}

// onWindows is a place on the volume that holds Windows. Path: with slashes.
func onWindows(m *model.Machine, path string) (host.Place, error) {
	if m.Windows.ID == "" {
		return host.Place{}, unseenFact("windows.id")
	}
	return host.Place{Volume: m.Windows.ID, Path: path}, nil
}

// placeOf is the file in which a fact was read: of a value, its hive.
func placeOf(o model.Origin) host.Place {
	return host.Place{Volume: o.Volume, Path: slashes(o.Path)}
}

// keyOf is the registry key in which a fact was read, without the name of a value.
func keyOf(o model.Origin) string {
	key, _, _ := strings.Cut(o.Key, ":")
	return key
}

// controlSet names the control set in use, as the facts about services name it:
// ControlSet001.
func controlSet(m *model.Machine) (string, error) {
	for _, s := range m.Services.Items {
		set, _, deeper := strings.Cut(s.Origin.Key, `\`)
		if deeper && strings.HasPrefix(set, "ControlSet") {
			return set, nil
		}
	}
	return "", unseenFact("services")
}

// spareOf finds what is known about a file that a remedy sets aside. Path: with
// backslashes.
func spareOf(m *model.Machine, path string) (model.Spare, error) {
	for _, s := range m.Spares.Items {
		if strings.EqualFold(s.Path, path) && s.Present.Known && s.Free.Known {
			return s, nil
		}
	}
	return model.Spare{}, unseenFact("spares")
}

// aside renames files and folders that are there to the free names beside them.
func aside(m *model.Machine, paths ...string) ([]host.Op, error) {
	var ops []host.Op
	for _, path := range paths {
		s, err := spareOf(m, path)
		switch {
		case err != nil:
			return nil, err
		case !s.Present.Value:
			continue
		case s.Free.Value == "":
			return nil, refused("refused-names-taken", model.Args{"path": path})
		}
		ops = append(ops, host.Op{Kind: host.Rename, From: placeOf(s.Origin), Text: s.Free.Value})
	}
	return ops, nil
}
