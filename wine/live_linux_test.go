package wine

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"updoc/testkit"
)

// mostMemory is what a diagnosis of the running Windows may take, KiB.
const mostMemory = 200 << 10

// Wine has no service for event logs: updoc reads their files, as on a PC whose service
// is stopped, and tells of the update that failed in them. However large the logs are, its
// memory is bounded.
func TestLiveDiagnosis(t *testing.T) {
	t.Parallel()
	p, exe := testkit.Wine(t), program(t)
	putLogs(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := p.Command(ctx, t, exe, "diagnose", "--format", "json")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	debug.FreeOSMemory() // what the test holds when it starts the program is counted as the program's
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err, complaint.String())
	}
	code, said := cmd.ProcessState.ExitCode(), out.String()
	if !slices.Contains([]int{0, 1, 3}, code) || !strings.Contains(said, "KB5034441") || !strings.Contains(said, "0x80070643") {
		t.Errorf("exit code %d\n%.4000s\n%s", code, said, complaint.String())
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("%d KiB, CPU %v", used.Maxrss, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if used.Maxrss > mostMemory {
		t.Errorf("%d KiB of memory", used.Maxrss)
	}
}
