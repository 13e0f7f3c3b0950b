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
	// The elements stand in the order in which the Task Scheduler writes them.
	triggerForm struct {
		Repetition *repetitionForm `xml:"Repetition"`
		End        string          `xml:"EndBoundary,omitempty"`
		Enabled    bool            `xml:"Enabled"`
		Delay      string          `xml:"Delay,omitempty"`
	}
	repetitionForm struct {
		Interval string `xml:"Interval"`
		Duration string `xml:"Duration"`
		Stop     bool   `xml:"StopAtDurationEnd"`
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
	trigger := triggerForm{Enabled: true}
	if !t.Until.IsZero() {
		trigger.End, f.Settings.Expired = t.Until.UTC().Format(time.RFC3339), "PT0S"
	}
	f.Principal = principalForm{ID: "one", User: systemSID, RunLevel: "HighestAvailable"}
	switch {
	case t.AtLogOn:
		f.LogOn, f.Principal = &trigger, principalForm{ID: "one", Group: usersSID, RunLevel: "LeastPrivilege"}
	case t.AtOnce:
		f.AtOnce = &trigger
	default:
		f.Boot = trigger.again(afterStart)
	}
	if t.Soon {
		f.AtOnce = trigger.again(interval)
	}
	b, err := xml.Marshal(f)
	return string(b), err
}

// When a task is started again, as xs:duration.
const (
	afterStart = "PT1M" // Windows installs what a restart was for, and WMI is not there yet
	interval   = "PT15M"
	forADay    = "P1D"
)

// again is a trigger that starts a task after delay, and again and again for a day.
func (t triggerForm) again(delay string) *triggerForm {
	t.Delay, t.Repetition = delay, &repetitionForm{Interval: interval, Duration: forADay}
	return &t
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
