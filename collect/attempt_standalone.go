package collect

import (
	"slices"
	"strings"
)

// standaloneWhat maps the events of wusa.exe, which installs the .msu file that
// somebody opened. 7 to 10 tell of removals. Source: the event manifest; Microsoft,
// "Error code 2359302 when installing updates".
var standaloneWhat = map[uint32]string{2: whatInstalled, 3: whatInstallFailed, 4: whatPending, 5: whatPending}

// Codes of a failing wusa.exe that mean something else than a fault.
const (
	alreadyInstalled  = 0x00240006 // it stays a failure: the person sees one, and must learn why it is none
	successReboot     = 3010
	cancelledByPerson = 0x800704c7
)

// standaloneHappenings reads what the stand-alone installer noted, in the Setup log, on
// Windows 7 in Application. Its fields are UpdateTitle, ErrorCode (decimal), ErrorString
// and CommandLine; the title is often empty.
func (d *desk) standaloneHappenings() []happening {
	var all []happening
	for _, l := range []*eventLog{d.log(setupLog), d.optionalLog(applicationLog)} {
		for i := range l.events {
			e := &l.events[i]
			what := standaloneWhat[e.id]
			if what == "" || !strings.EqualFold(e.provider, standalone) {
				continue
			}
			h := happening{time: e.time, what: what, history: fromStandalone, origin: e.origin,
				title: unquoted(e.get("UpdateTitle")), client: "wusa"}
			h.kb = firstText(kbIn(h.title), kbIn(msuName(e.get("CommandLine"))))
			if code, ok := hexCode(e.get("ErrorCode")); ok && e.id == 3 {
				h.setStandaloneCode(code)
			}
			all = append(all, h)
		}
	}
	return all
}

// setStandaloneCode takes the code of event 3. Other than Windows Update's own records,
// it is never a success: a code of the success class is what the person was refused
// with.
func (h *happening) setStandaloneCode(code uint32) {
	switch code {
	case 0:
		return
	case rebootRequired, successReboot, asHRESULT(successReboot):
		h.what, code = whatPending, rebootRequired
	case cancelledByPerson, callCancelled:
		h.what = whatCancelled
	}
	h.code = hexText(asHRESULT(code))
}

// msuName returns the name of the file that a command line of wusa.exe opens; "" if
// there is none. The folder is left out: it may be named after another update.
func msuName(command string) string {
	lower := strings.ToLower(command)
	end := max(strings.LastIndex(lower, ".msu"), strings.LastIndex(lower, ".cab"))
	if end < 0 {
		return ""
	}
	name := command[:min(end, len(command))]
	return name[strings.LastIndexAny(name, `\/"`)+1:]
}

// unquoted takes away the quotation marks that some builds write around the title.
func unquoted(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }

// saysInstalled tells whether wusa.exe refused an update because it is there already.
func (h *happening) saysInstalled() bool {
	return h.history == fromStandalone && h.code == hexText(alreadyInstalled)
}

// againThere tells whether a refusal "already installed" comes after a success: then it
// is another try, never the end of the one that went in.
func (a *joined) againThere(h happening) bool {
	return h.saysInstalled() && slices.ContainsFunc(a.parts, func(p happening) bool { return outcomeOf(p.what) != outcomeOf(h.what) && isEnd(p.what) })
}
