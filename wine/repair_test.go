package wine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
)

const journals = `C:\ProgramData\updoc\journals`

// fixTwo puts two things right. Wine does not tell whether its volume is marked for
// checking: somebody who has looked says so.
var fixTwo = []string{"fix", "--yes", "--accept", "windows-clean", "--only", "policy-value-out", "--only", "service-start-type", "--format", "json"}

// The whole repair by the real program: killed when its journals have grown, once with all
// of Windows, gone on with each time; then taken back, killed on the way too.
func TestRepairKilledAndGoneOn(t *testing.T) {
	t.Parallel()
	p, exe := sick(t, byService, byPolicy), program(t)
	before := registryOf(t, p)
	args := fixTwo
	for _, records := range []int{1, 1, 2} { // of a step there are three: begun, done, verified
		if r := untilKilled(t, p, exe, records, args...); r != nil {
			t.Fatalf("it ended before: %d %s%s", r.Code, r.Out, r.Err)
		}
		args = []string{"resume", "--format", "json"}
		if records == 2 {
			p.Stop(t) // and Windows starts anew
		}
	}
	r := p.Run(t, exe, args...)
	for _, remedy := range []string{"policy-value-out", "service-start-type"} {
		if got := verdictOf(t, r, remedy); got != model.StepDone {
			t.Errorf("%s: %s", remedy, got)
		}
	}
	repaired := registryOf(t, p)
	if strings.Contains(repaired, "DisableWindowsUpdateAccess") || !strings.Contains(repaired, `"TargetGroup"="kept"`) ||
		!strings.Contains(before, `"Start"=dword:00000004`) || len(lines(before))-len(lines(repaired)) != 1 {
		t.Errorf("before:\n%s\nafter:\n%s", differences(before, repaired), differences(repaired, before))
	}
	if untilKilled(t, p, exe, 1, "undo", "--yes", "--format", "json") != nil {
		t.Error("not killed while it was taken back")
	}
	if r := p.Run(t, exe, "resume", "--format", "json"); r.Code != 0 {
		t.Errorf("%d %s%s", r.Code, r.Out, r.Err)
	}
	if now := registryOf(t, p); now != before {
		t.Errorf("lost:\n%s\nadded:\n%s", differences(before, now), differences(now, before))
	}
}

// untilKilled runs a program until its journals hold so many records more and kills it
// then; nil: it was. What ends by itself before is returned.
func untilKilled(t *testing.T, p *testkit.WinePrefix, exe string, records int, args ...string) *testkit.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := p.Command(ctx, t, exe, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	enough := journaled(p) + records
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if _, exited := err.(*exec.ExitError); ctx.Err() != nil || err != nil && !exited {
				t.Fatal(args, err, ctx.Err(), complaint.String())
			}
			return &testkit.Result{Out: out.Bytes(), Err: complaint.Bytes(), Code: cmd.ProcessState.ExitCode()}
		case <-look.C:
			if journaled(p) >= enough {
				cmd.Process.Kill() // it may have ended by now
				<-ended
				return nil
			}
		}
	}
}

// journaled counts the records in the journals.
func journaled(p *testkit.WinePrefix) (n int) {
	logs, _ := filepath.Glob(filepath.Join(p.Path(journals), "*", "log")) // none yet
	for _, log := range logs {
		b, _ := os.ReadFile(log) // it may be written right now
		n += bytes.Count(b, []byte("\n"))
	}
	return n
}

func verdictOf(t *testing.T, r testkit.Result, remedy string) string {
	t.Helper()
	var receipt model.Receipt
	if err := json.Unmarshal(r.Out, &receipt); err != nil {
		t.Fatalf("%d %s%s: %v", r.Code, r.Out, r.Err, err)
	}
	i := slices.IndexFunc(receipt.Steps, func(s model.ReceiptStep) bool { return s.Remedy == remedy })
	if i < 0 {
		return ""
	}
	return receipt.Steps[i].Verdict
}

// timesOf are the times of keys in the file of Wine's registry.
var timesOf = regexp.MustCompile(`(?m)(^#time=.*\n| \d+$)`)

// registryOf stops Windows and returns all of its registry but the times.
func registryOf(t *testing.T, p *testkit.WinePrefix) string {
	t.Helper()
	p.Must(t, "reg", "query", `HKCU\Software\Wine`) // it starts, and its services read and write theirs
	p.Stop(t)
	all := timesOf.ReplaceAllString(string(testkit.ReadFile(t, filepath.Join(p.Dir, "system.reg"))), "")
	return strings.Join(slices.DeleteFunc(strings.Split(all, "\n\n"), func(key string) bool {
		return strings.HasPrefix(key, `[System\\CurrentControlSet\\Control\\Class`) // of the hardware, which each start writes anew
	}), "\n\n")
}

func lines(s string) []string { return strings.Split(s, "\n") }

// differences are the lines of one text that the other lacks.
func differences(of, without string) string {
	have := map[string]bool{}
	for _, line := range lines(without) {
		have[line] = true
	}
	return strings.Join(slices.DeleteFunc(lines(of), func(line string) bool { return have[line] }), "\n")
}
