// Package standin is a tool that does as it was told, in the place of one of Windows'
// own: prints, writes and deletes files, fails, hangs. It is for tests under Wine, which
// has no reagentc, DISM or diskpart that could succeed or fail in earnest.
//
// It imports the standard library only. It must never be part of the program, and never
// do anything it was not told.
package standin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Rule is what a call gets. The first rule that fits is taken.
type Rule struct {
	When   string            `json:"when,omitempty"`   // part of the arguments, joined by spaces; "": every call
	Times  int               `json:"times,omitempty"`  // how often the rule may be taken; 0: always
	Out    []byte            `json:"out,omitempty"`    // standard output, byte for byte
	Err    []byte            `json:"err,omitempty"`    // standard error
	Write  map[string][]byte `json:"write,omitempty"`  // files, by Windows path
	Delete []string          `json:"delete,omitempty"` // files or folders, by Windows path; what is not there is no error
	Hang   bool              `json:"hang,omitempty"`   // having done the above it never ends by itself
	Code   int               `json:"code,omitempty"`   // exit code
}

// Call is a line of the log: one start of the tool.
type Call struct {
	Args []string `json:"args"`
	Rule int      `json:"rule"` // the rule it got; -1: none fitted
}

// Exit codes when the stand-in itself is at fault.
const (
	BadRules = 250 // no rules beside it, or an act of a rule failed
	NoRule   = 251 // no rule fitted
)

// RulesOf and LogOf name the files beside the tool.
func RulesOf(exe string) string { return exe + ".json" }

// LogOf names the file the calls are added to, one JSON line each.
func LogOf(exe string) string { return exe + ".calls" }

// Run does what the rules beside exe say about these arguments, logs the call and returns
// the exit code.
func Run(exe string, args []string) int {
	b, err := os.ReadFile(RulesOf(exe))
	var rules []Rule
	if err != nil || json.Unmarshal(b, &rules) != nil {
		return BadRules
	}
	calls, err := Calls(exe)
	if err != nil {
		return BadRules
	}
	i := pick(rules, calls, strings.Join(args, " "))
	if log(exe, Call{Args: args, Rule: i}) != nil {
		return BadRules
	}
	if i < 0 {
		return NoRule
	}
	return rules[i].act()
}

func pick(rules []Rule, calls []Call, args string) int {
	taken := map[int]int{}
	for _, c := range calls {
		taken[c.Rule]++
	}
	for i, r := range rules {
		if strings.Contains(args, r.When) && (r.Times == 0 || taken[i] < r.Times) {
			return i
		}
	}
	return -1
}

// Calls reads the log of a tool; one that was never started has none.
func Calls(exe string) ([]Call, error) {
	b, err := os.ReadFile(LogOf(exe))
	if os.IsNotExist(err) {
		return nil, nil
	}
	var calls []Call
	for line := range strings.Lines(string(b)) {
		var c Call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	return calls, err
}

func log(exe string, c Call) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(LogOf(exe), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}

func (r Rule) act() int {
	os.Stdout.Write(r.Out)
	os.Stderr.Write(r.Err)
	for name, content := range r.Write {
		if os.MkdirAll(filepath.Dir(name), 0o700) != nil || os.WriteFile(name, content, 0o600) != nil {
			return BadRules
		}
	}
	for _, name := range r.Delete {
		if os.RemoveAll(name) != nil {
			return BadRules
		}
	}
	if r.Hang {
		hang()
	}
	return r.Code
}

// hang waits for a pipe that nobody writes to: a program in which nothing can go on any
// more would be ended by Go's runtime.
func hang() {
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	defer w.Close()
	r.Read(make([]byte, 1))
}
