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

// run runs a program; its error holds the last lines of what the program said.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(said.String())
		return fmt.Errorf("%s: %w: %s", name, err, text[max(0, len(text)-600):])
	}
	return nil
}
