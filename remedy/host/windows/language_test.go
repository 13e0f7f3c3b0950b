package windows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/source/live/simulated/spoken"
	"updoc/winapi"
)

// traced writes down what is asked.
type traced struct {
	of    winapi.Caller
	asked []string
}

func (c *traced) Call(ctx context.Context, name string, args, answer any) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	c.asked = append(c.asked, name+" "+string(raw))
	return c.of.Call(ctx, name, args, answer)
}

// outcome is all that a repair did and what came of it; words of Windows are in English
// again: a label is put back in its language.
func outcome(p *pc, lang string, do func() error) string {
	calls := &traced{of: spoken.Caller{Of: p.sim, Lang: lang}}
	p.heard = calls
	p.ticks = 0
	p.hive(sessionKey) // this start of Windows has a name already: a new one is drawn
	p.reg[strings.ToLower(sessionKey)]["id"] = winapi.Value{Name: "id", Type: 1, Data: []byte("S\x00\x00\x00")}
	err := do()
	ticks := p.ticks
	return spoken.English(lang, strings.Join(calls.asked, "\n")+fmt.Sprintf("\n%d moments, %s\n", ticks, ending(err))+p.snapshot())
}

// ending is an error without what Windows says of it.
func ending(err error) string {
	var known *model.Error
	var later *host.Interrupted
	var refused *winapi.Error
	switch {
	case errors.As(err, &later):
		return "waits for " + later.For + " " + later.Text
	case errors.As(err, &known):
		return fmt.Sprint("ends with ", known.Code, known.Exit, known.Args)
	case errors.As(err, &refused):
		return fmt.Sprintf("ends with %s 0x%08x", refused.Call, refused.Code)
	}
	return fmt.Sprint("ends with ", err)
}

// Every course, whatever goes wrong, does the same calls and leaves the same PC, in every
// language of Windows and its tools; so does taking it back.
func TestCoursesInEveryLanguage(t *testing.T) {
	for _, c := range courses {
		for _, trouble := range append([]string{""}, c.troubles...) {
			var there, back []string
			for _, lang := range spoken.Languages {
				p := c.make(t)
				p.trouble = trouble
				there = append(there, outcome(p, lang, p.apply))
				p.trouble = ""
				back = append(back, outcome(p, lang, p.undo))
			}
			sameInAll(t, c.name+" "+trouble, there)
			sameInAll(t, c.name+" "+trouble+", undo", back)
		}
	}
}

// sameInAll shows the first line that is another than in English.
func sameInAll(t *testing.T, what string, outcomes []string) {
	t.Helper()
	english := strings.Split(outcomes[0], "\n")
	for i, o := range outcomes[1:] {
		if o == outcomes[0] {
			continue
		}
		lines, at := strings.Split(o, "\n"), 0
		for at < min(len(lines), len(english))-1 && lines[at] == english[at] {
			at++
		}
		t.Errorf("%s, in %s: line %d is\n%s\nwant\n%s", what, spoken.Languages[i+1], at, lines[at], english[at])
	}
}

// toolRuns are the tools that remedies run, with one good form of each.
var toolRuns = map[string][]string{
	"dism": {"/online", "/cleanup-image", "/restorehealth"}, "sfc": {"/scannow"}, "chkdsk": {"C:", "/scan"}, "netsh": {"winsock", "reset"},
	"w32tm": {"/resync", "/rediscover"}, "fsutil": {"resource", "setautoreset", "true", `C:\`}, "msiexec": {"/qn", "/norestart"}, "wusa": {"/quiet", "/norestart"},
}

// What a tool prints, in whatever language and encoding, decides nothing: the exit code
// does, and is taken at its word only as far as the operation says so.
func TestToolsInEveryLanguage(t *testing.T) {
	heard := map[string]bool{}
	for name, args := range toolRuns {
		for _, end := range []winapi.Finished{{}, {Exit: 1}, {Exit: 3010}, {Exit: 0x800f081f}, {Ended: true}} {
			var all []string
			for _, lang := range spoken.Languages {
				s := newSim(t)
				s.write(`C:\Windows\System32\`+tools[name].path, []byte(name))
				s.runs[name] = func(*sim, []string) (winapi.Finished, error) { return end, nil }
				op := host.Op{Kind: host.RunTool, Name: name, Args: args, Restarts: []uint32{3010}}
				p := &pc{sim: s, folder: inMemory(t), ops: []host.Op{op}}
				all = append(all, outcome(p, lang, p.apply))
				heard[string(spoken.Console(lang, `C:\Windows\System32\`+tools[name].path, end.Exit))] = true
			}
			sameInAll(t, fmt.Sprintf("%s %+v", name, end), all)
			if !strings.Contains(all[0], "run {") {
				t.Errorf("%s was not run:\n%s", name, all[0])
			}
		}
	}
	if len(heard) < 36 {
		t.Errorf("only %d different outputs: this proves nothing", len(heard))
	}
}

// The vocabulary turns English into each language and back.
func TestSpokenIsPutBack(t *testing.T) {
	text := "2024-01 Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (KB5034122); Recovery; Administrators; Access is denied."
	var all []string
	for _, lang := range spoken.Languages {
		said := spoken.In(lang, text)
		if slices.Contains(all, said) || spoken.English(lang, said) != text {
			t.Errorf("%s: %s", lang, said)
		}
		all = append(all, said)
	}
}
