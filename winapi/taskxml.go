package winapi

import (
	"encoding/xml"
	"strings"
	"time"
)

// Who runs a task. Source: well-known SIDs.
const (
	systemSID = "S-1-5-18"
	usersSID  = "S-1-5-32-545"
)

// Forms of a task. Source: Task Scheduler schema,
// http://schemas.microsoft.com/windows/2004/02/mit/task.
type (
	taskForm struct {
		XMLName   xml.Name      `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
		Version   string        `xml:"version,attr"`
		Author    string        `xml:"RegistrationInfo>Author"`
		Boot      *triggerForm  `xml:"Triggers>BootTrigger"`
		LogOn     *triggerForm  `xml:"Triggers>LogonTrigger"`
		AtOnce    *triggerForm  `xml:"Triggers>RegistrationTrigger"`
		Principal principalForm `xml:"Principals>Principal"`
		Settings  settingsForm  `xml:"Settings"`
		Actions   actionsForm   `xml:"Actions"`
	}
	triggerForm struct {
		End     string `xml:"EndBoundary,omitempty"`
		Enabled bool   `xml:"Enabled"`
	}
	principalForm struct {
		ID       string `xml:"id,attr"`
		User     string `xml:"UserId,omitempty"`
		Group    string `xml:"GroupId,omitempty"`
		RunLevel string `xml:"RunLevel"`
	}
	settingsForm struct {
		Several   string `xml:"MultipleInstancesPolicy"`
		Battery   bool   `xml:"DisallowStartIfOnBatteries"`
		Unplugged bool   `xml:"StopIfGoingOnBatteries"`
		Late      bool   `xml:"StartWhenAvailable"`
		Limit     string `xml:"ExecutionTimeLimit"`
		Expired   string `xml:"DeleteExpiredTaskAfter,omitempty"`
	}
	actionsForm struct {
		Context   string `xml:"Context,attr"`
		Command   string `xml:"Exec>Command"`
		Arguments string `xml:"Exec>Arguments"`
	}
)

// taskXML is a task as the Task Scheduler reads it.
func taskXML(t Task) (string, error) {
	f := taskForm{Version: "1.2", Author: "updoc", Settings: settingsForm{Several: "IgnoreNew", Late: true, Limit: "PT12H"},
		Actions: actionsForm{Context: "one", Command: t.Path, Arguments: commandLine(t.Args)}}
	trigger := &triggerForm{Enabled: true}
	if !t.Until.IsZero() {
		trigger.End, f.Settings.Expired = t.Until.UTC().Format(time.RFC3339), "PT0S"
	}
	if t.AtLogOn {
		f.LogOn, f.Principal = trigger, principalForm{ID: "one", Group: usersSID, RunLevel: "LeastPrivilege"}
	} else {
		f.Boot, f.Principal = trigger, principalForm{ID: "one", User: systemSID, RunLevel: "HighestAvailable"}
	}
	if t.AtOnce {
		f.Boot, f.AtOnce = nil, trigger
	}
	b, err := xml.Marshal(f)
	return string(b), err
}

// commandLine quotes arguments as CommandLineToArgvW reads them.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quote(a)
	}
	return strings.Join(quoted, " ")
}

func quote(arg string) string {
	if arg != "" && !strings.ContainsAny(arg, " \t\n\v\"") {
		return arg
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for i := range len(arg) {
		switch arg[i] {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1)) // those before it, and one for it
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(arg[i])
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}
