package report

import (
	"bytes"
	"errors"
	"os/exec"
	"testing"

	"updoc/testkit"
)

// What the program really prints for a disk fits the published schemas, as a
// diagnosis, a plan and an error.
func TestRealOutputFitsTheSchemas(t *testing.T) {
	const disk = "../testdata/sick-pc.qcow2"
	for name, args := range map[string][]string{
		"diagnosis": {"diagnose", disk}, "plan": {"plan", disk}, "error": {"diagnose", "../testdata/not-there.img"},
	} {
		for _, fault := range checkJSON(t, name, run(t, append(args, "--format", "json", "--lang", "ja")...)) {
			t.Errorf("%v: %s", args, fault)
		}
	}
}

// run returns what the command prints; an exit code is part of an answer.
func run(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := testkit.Command(t, "go", append([]string{"run", "updoc/cmd/updoc"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		t.Fatalf("%v printed nothing: %s", args, errs.String())
	}
	return out.Bytes()
}
