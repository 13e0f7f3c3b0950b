package collect

import (
	"strconv"
	"strings"
	"time"

	"updoc/model"
)

// qualityCompat is where an antivirus says that it bears the updates since January
// 2018. Source: Microsoft KB4072699.
const qualityCompat = `Microsoft\Windows\CurrentVersion\QualityCompat`

const computerName = `Control\ComputerName\ComputerName`

// osIdentity fills Machine.OS and Machine.Name from SOFTWARE\Microsoft\Windows
// NT\CurrentVersion and the SYSTEM hive. Source of the names: field guide, artifacts
// §4 (C) and the sample hives; ProductName still says Windows 10 on Windows 11, so
// the family is told from the build (Microsoft: 22000 is the first Windows 11).
func osIdentity(d *desk) {
	h := d.software()
	text := func(name string) model.Fact[string] { return must(h.text(currentVersion, name)) }
	os := &d.m.OS
	os.ProductName = text("ProductName")
	os.Edition = text("EditionID")
	os.InstallationType = text("InstallationType")
	os.ServerCore = derive(os.InstallationType, func(s string) bool { return s == "Server Core" })
	os.DisplayVersion = firstKnown(text("DisplayVersion"), text("ReleaseId"))
	os.Build = buildOf(firstKnown(text("CurrentBuild"), text("CurrentBuildNumber")))
	os.Revision = h.number(currentVersion, "UBR")
	os.Version = versionOf(os.Build, os.Revision)
	os.Family = familyOf(os.Build, os.InstallationType)
	os.Installed = derive(must(h.number(currentVersion, "InstallDate")), func(n int64) time.Time {
		return time.Unix(n, 0).UTC()
	})
	os.QualityCompat = hasValue(h, qualityCompat, "cadca5fe-87d3-4b96-b7fb-a231484277cc")
	os.Architecture = d.architecture()
	os.Language = d.language()
	os.Remake = remake(h)
	d.m.Name = d.hostName()
}

// remake joins what remade editions of Windows say about themselves in values that
// Microsoft's own leave empty.
func remake(h *hive) model.Fact[string] {
	all := h.text(currentVersion, "EditionSubManufacturer")
	for _, name := range []string{"EditionSubstring", "EditionSubVersion"} {
		part := h.text(currentVersion, name)
		if !all.Known || !part.Known {
			return firstUnknown(all, part)
		}
		if all.Value == "" {
			all.Origin = part.Origin
		}
		all.Value = strings.TrimSpace(all.Value + " " + strings.TrimSpace(part.Value))
	}
	return all
}

func firstUnknown(facts ...model.Fact[string]) model.Fact[string] {
	for _, f := range facts {
		if !f.Known {
			return f
		}
	}
	return facts[0]
}

// firstKnown returns the first known fact, else the first.
func firstKnown[T any](facts ...model.Fact[T]) model.Fact[T] {
	for _, f := range facts {
		if f.Known {
			return f
		}
	}
	return facts[0]
}

func buildOf(f model.Fact[string]) model.Fact[int64] {
	n, err := strconv.ParseInt(strings.TrimSpace(f.Value), 10, 32)
	if f.Known && err != nil {
		return model.NotSeen[int64](model.Unseen{Artifact: "hive", Reason: model.ReasonDamaged,
			Detail: "build is no number: " + strconv.Quote(f.Value), How: model.HowNothing})
	}
	return derive(f, func(string) int64 { return n })
}

func versionOf(build, revision model.Fact[int64]) model.Fact[string] {
	if !revision.Known {
		return model.Fact[string]{Why: revision.Why}
	}
	return derive(build, func(n int64) string {
		return "10.0." + strconv.FormatInt(n, 10) + "." + strconv.FormatInt(revision.Value, 10)
	})
}

func familyOf(build model.Fact[int64], installation model.Fact[string]) model.Fact[string] {
	if !installation.Known {
		return model.Fact[string]{Why: installation.Why}
	}
	return derive(build, func(n int64) string {
		switch {
		case installation.Value != "Client":
			return "server"
		case n >= 22000:
			return "windows-11"
		case n >= 10240:
			return "windows-10"
		}
		return "unknown"
	})
}

func (d *desk) architecture() model.Fact[string] {
	h, set := d.system()
	f := must(h.text(set+`\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE"))
	return derive(f, strings.ToLower)
}

func (d *desk) hostName() model.Fact[string] {
	h, set := d.system()
	return firstKnown(must(h.text(set+`\`+computerName, "ComputerName")),
		must(h.text(set+`\Services\Tcpip\Parameters`, "Hostname")))
}

// language is the one Windows was installed in: the user interface language whose
// LCID is Nls\Language:InstallLanguage (hexadecimal digits).
func (d *desk) language() model.Fact[string] {
	h, set := d.system()
	install := must(h.text(set+`\Control\Nls\Language`, "InstallLanguage"))
	if !install.Known {
		return install
	}
	lcid, err := strconv.ParseInt(install.Value, 16, 32)
	if name, ok := languages[lcid]; ok && err == nil {
		return model.Known(name, install.Origin)
	}
	path := set + `\Control\MUI\UILanguages`
	keys, _ := h.subkeys(path)
	for _, k := range keys {
		if id := h.number(path+`\`+k.Name(), "LCID"); id.Known && id.Value == lcid && err == nil {
			return model.Known(k.Name(), id.Origin)
		}
	}
	return model.NotSeen[string](absent("hive", "language "+install.Value))
}

// languages names the LCIDs of the languages Windows is most often installed in.
// Source: [MS-LCID].
var languages = map[int64]string{
	0x0401: "ar-SA", 0x0404: "zh-TW", 0x0405: "cs-CZ", 0x0406: "da-DK", 0x0407: "de-DE",
	0x0408: "el-GR", 0x0409: "en-US", 0x040b: "fi-FI", 0x040c: "fr-FR", 0x040d: "he-IL",
	0x040e: "hu-HU", 0x0410: "it-IT", 0x0411: "ja-JP", 0x0412: "ko-KR", 0x0413: "nl-NL",
	0x0414: "nb-NO", 0x0415: "pl-PL", 0x0416: "pt-BR", 0x0418: "ro-RO", 0x0419: "ru-RU",
	0x041b: "sk-SK", 0x041d: "sv-SE", 0x041e: "th-TH", 0x041f: "tr-TR", 0x0422: "uk-UA",
	0x0804: "zh-CN", 0x0809: "en-GB", 0x080a: "es-MX", 0x0816: "pt-PT", 0x0c0a: "es-ES",
	0x0c0c: "fr-CA",
}
