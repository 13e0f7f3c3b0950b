package collect

import (
	"regexp"
	"strings"

	"updoc/model"
)

// msiEventLimit bounds Installer.Events; the newest stay.
const msiEventLimit = 1000

// msiEventIDs are the events of MsiInstaller that are kept. Repairs that went well
// (1035, 11728) are left out: tools that list programs cause thousands of them. An
// event of an error has the id 10000 + its number. Source: field guide, artifacts
// confirmed §4 (Microsoft, Windows Installer event logging; real logs).
var msiEventIDs = []uint32{
	1001, 1004, 1022, 1023, 1024, 1029, 1033, 1034, 1035, 1036, 1038,
	10005, 11316, 11500, 11704, 11706, 11708, 11714, 11719, 11720, 11721, 11722, 11723, 11725, 11729, 11925, 11935,
}

// installerEvents fills Installer.Events. The level says nothing: an installation that
// failed with 1603 is written as information.
func (d *desk) installerEvents() {
	log := d.log(applicationLog)
	var items []model.MSIEvent
	for i := range log.events {
		if e := &log.events[i]; strings.EqualFold(e.provider, msiInstaller) {
			if m := msiEvent(e); m.Kind != "" {
				items = append(items, m)
			}
		}
	}
	kept, cut := within(items, msiEventLimit)
	listOf(d, log, kept, &d.m.Installer.Events)
	if cut {
		d.m.Installer.Events.Coverage.From = kept[0].Time
	}
}

// msiEvent reads one event; its kind is empty if it says nothing of use.
func msiEvent(e *event) model.MSIEvent {
	m := model.MSIEvent{Time: e.time, EventID: int64(e.id), Origin: e.origin, Guid: productCode(e.binary)}
	switch e.id {
	case 1033, 1034, 1035:
		m.Product, m.Version, m.Status = e.string(0), e.string(1), parseInt(e.at(3))
		m.Kind = byStatus[e.id][worked(m.Status)]
	case 1036:
		m.Product, m.Version, m.Update, m.Status = e.string(0), e.string(1), e.string(3), parseInt(e.at(4))
		m.Kind = byStatus[e.id][worked(m.Status)]
	case 1001, 1004:
		m.Kind, m.Guid, m.Text = "part-missing", strings.ToUpper(e.string(0)), clipLine(e.string(1)+" "+e.string(3))
	case 1022:
		m.Product, m.Update, m.Kind = e.string(0), e.string(1), "updated"
	case 1023, 1024:
		m.Product, m.Update, m.Status, m.Kind = e.string(0), e.string(1), parseInt(e.at(2)), "update-failed"
	case 1029, 1038:
		m.Product, m.Kind = e.string(0), "restart-required"
	default:
		readError(&m, e.string(0), int64(e.id)-10000)
	}
	if worked(m.Status) {
		m.Status = 0
	}
	return m
}

// string returns a field as text; those that are not used read (NULL).
func (e *event) string(i int) string {
	if s := strings.TrimSpace(e.at(i)); s != "(NULL)" {
		return s
	}
	return ""
}

var byStatus = map[uint32]map[bool]string{
	1033: {true: "installed", false: "install-failed"},
	1034: {true: "removed", false: "remove-failed"},
	1035: {false: "configure-failed"},
	1036: {true: "updated", false: "update-failed"},
}

// worked tells the successes: 1641 restarts at once, 3010 asks for a restart.
func worked(status int64) bool { return status == 0 || status == 1641 || status == 3010 }

// byNumber are the kinds of errors; others are errors of an installation.
var byNumber = map[int64]string{
	5: "internal-error", 1316: "source-missing", 1500: "busy", 1704: "busy", 1706: "source-missing", 1708: "install-failed",
	1714: "old-version-stays", 1719: "internal-error", 1725: "remove-failed", 1729: "configure-failed",
}

var (
	errorProduct = regexp.MustCompile(`^[^:]{1,40}: (.{1,200}?) -- `)
	errorSystem  = regexp.MustCompile(`(?:System Error|システム エラー|Systemfehler|Erreur système)[:.]? (\d{1,5})`)
	errorLast    = regexp.MustCompile(`\pL[:.]? ?(1[67]\d\d)[.。]?\s*$`) // it ends the sentence in every language; one of Windows Installer's
	errorPackage = regexp.MustCompile(`(?i)\.ms[ip]\b`)
)

// readError reads "Product: P -- Error 1714. … System Error 1612." Error 1316 tells of
// a missing source only if it names a package; else an account or a file is meant.
func readError(m *model.MSIEvent, text string, number int64) {
	m.Text, m.Status, m.Kind = clipLine(text), number, byNumber[number]
	if p := errorProduct.FindStringSubmatch(text); p != nil {
		m.Product = p[1]
	}
	for _, form := range []*regexp.Regexp{errorLast, errorSystem} {
		if s := form.FindStringSubmatch(text); s != nil {
			m.System = parseInt(s[1])
		}
	}
	if m.Kind == "" || number == 1316 && !errorPackage.MatchString(text) {
		m.Kind = "install-failed"
	}
}

// msiTextLimit is how many characters of a message are kept.
const msiTextLimit = 400

func clipLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > msiTextLimit {
		return string(r[:msiTextLimit])
	}
	return s
}

var codePattern = regexp.MustCompile(`^\{[0-9A-Fa-f-]{36}\}`)

// productCode reads the code that the data of an event begins with.
func productCode(data []byte) string {
	return strings.ToUpper(string(codePattern.Find(data)))
}
