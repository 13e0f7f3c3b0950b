package remedy

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

const (
	espType = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" // EFI system partition (UEFI specification)
	espRoom = 21 << 20                               // bytes; 20 MB are enough, clusters round
)

// espSetType gives the partition with the boot files the type that updates look for.
// Its contents stay.
func espSetType(m *model.Machine, _ model.Args) ([]host.Op, error) {
	wrong := m.Boot.ESPWrongType
	switch {
	case !wrong.Known || !m.Boot.ESP.Known:
		return nil, unseenFact("boot.espWrongType")
	case !wrong.Value:
		return nil, nil
	case m.Boot.ESP.Value:
		return nil, refused("refused-several-esp", nil) // which one starts is the firmware's choice
	}
	for _, d := range m.Disks.Items {
		for _, p := range d.Partitions {
			if p.Origin == wrong.Origin && d.Table == "gpt" {
				return []host.Op{{Kind: host.SetPartitionType, Disk: d.Index, Partition: p.ID, Text: espType}}, nil
			}
		}
	}
	return nil, refused("refused-layout", nil)
}

// espFreeRoom sets files aside that starting does not need: first leftovers of makers
// and their firmware packages, then fonts and texts of the start menu for languages that
// Windows does not have. Nothing that is a program is touched.
func espFreeRoom(m *model.Machine, _ model.Args) ([]host.Op, error) {
	p, free, err := theESP(m)
	if err != nil || free >= espRoom {
		return nil, err
	}
	var ops []host.Op
	for _, spareable := range []func(string) bool{makersLeftover, foreignLanguage(m.OS.Language)} {
		for _, f := range p.Volume.Largest {
			if free < espRoom && spareable(strings.ToLower(f.Path)) {
				ops = append(ops, host.Op{Kind: host.MoveAside, From: placeOf(f.Origin)})
				free += f.Size
			}
		}
	}
	if free < espRoom {
		return nil, refused("refused-esp-files", nil)
	}
	return ops, nil
}

// theESP finds the EFI system partition, of which there must be one, and its free bytes.
func theESP(m *model.Machine) (p model.Partition, free int64, err error) {
	if !m.Boot.ESPFree.Known || !m.Disks.Coverage.Complete {
		return p, 0, unseenFact("boot.espFree")
	}
	found := 0
	for _, d := range m.Disks.Items {
		for _, each := range d.Partitions {
			if each.Role == model.RoleESP && strings.EqualFold(strings.Trim(each.TypeGUID, "{}"), espType) {
				p = each
				found++
			}
		}
	}
	switch {
	case found == 0:
		return p, 0, refused("refused-layout", nil)
	case found > 1:
		return p, 0, refused("refused-several-esp", nil)
	}
	return p, m.Boot.ESPFree.Value, nil
}

// leftoverEnds are the ends of names that no firmware starts: packages it was updated
// from, older copies, logs.
var leftoverEnds = []string{".cap", ".rom", ".fd", ".bak", ".old", ".log", ".tmp", ".dmp"}

// makersLeftover tells a leftover of a maker by its path, in lower case. A package in
// EFI\UpdateCapsule waits for the firmware; logs of hives belong to the boot store.
func makersLeftover(path string) bool {
	own := func(prefix string) bool { return strings.HasPrefix(path, prefix) }
	if !own(`efi\`) || own(`efi\updatecapsule\`) || own(`efi\microsoft\`) || own(`efi\boot\`) {
		return false
	}
	return slices.ContainsFunc(leftoverEnds, func(end string) bool { return strings.HasSuffix(path, end) })
}

// Places of the start menu's own fonts and texts.
const (
	bootFonts = `efi\microsoft\boot\fonts\`
	bootTexts = `efi\microsoft\boot\`
)

// menuFonts are the fonts of the start menu that serve one language each. Source: the
// folder of an installed Windows; Microsoft's own advice for a full partition is to
// remove all of Fonts ("We couldn't update the system reserved partition").
var menuFonts = map[string]string{
	"chs_boot.ttf": "zh-cn", "msyh_boot.ttf": "zh-cn", "msyhn_boot.ttf": "zh-cn",
	"cht_boot.ttf": "zh-tw", "msjh_boot.ttf": "zh-tw", "msjhn_boot.ttf": "zh-tw",
	"jpn_boot.ttf": "ja-jp", "meiryo_boot.ttf": "ja-jp", "meiryon_boot.ttf": "ja-jp",
	"kor_boot.ttf": "ko-kr", "malgun_boot.ttf": "ko-kr", "malgunn_boot.ttf": "ko-kr",
}

// foreignLanguage tells a font or text of the start menu, by its path in lower case,
// that is for another language than that of Windows and than English, to which the menu
// falls back. While the language is unseen nothing is foreign.
func foreignLanguage(of model.Fact[string]) func(path string) bool {
	return func(path string) bool {
		if !of.Known || len(of.Value) < 2 {
			return false
		}
		language := menuFonts[strings.TrimPrefix(path, bootFonts)]
		if folder, file, ok := strings.Cut(strings.TrimPrefix(path, bootTexts), `\`); ok && language == "" && isLanguage(folder) && strings.HasSuffix(file, ".mui") {
			language = folder
		}
		return language != "" && language != "en-us" && language[:2] != strings.ToLower(of.Value[:2])
	}
}

// isLanguage knows names as ja-jp.
func isLanguage(name string) bool {
	return len(name) == 5 && name[2] == '-'
}
