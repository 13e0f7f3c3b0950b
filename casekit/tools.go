package casekit

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// MissingToolError says which foreign programs a form of a PC needs and which of
// them are not installed.
type MissingToolError struct{ Tools []string }

// Error names the programs.
func (e *MissingToolError) Error() string {
	return "not installed: " + strings.Join(e.Tools, ", ")
}

// need returns a *MissingToolError unless every program is installed.
func need(tools ...string) error {
	var missing []string
	for _, t := range tools {
		if _, err := exec.LookPath(t); err != nil {
			missing = append(missing, t)
		}
	}
	if missing != nil {
		return &MissingToolError{missing}
	}
	return nil
}

// run runs a program and returns the end of what it said, which is also in its error.
func run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	said := strings.TrimSpace(out.String())
	said = said[max(0, len(said)-600):]
	if err != nil {
		return said, fmt.Errorf("%s: %w: %s", name, err, said)
	}
	return said, nil
}
