package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"updoc/model"
)

// packages name where a missing program comes from (Debian).
var packages = map[string]string{
	"ntfsresize": "ntfs-3g", "mkntfs": "ntfs-3g", "ntfs-3g": "ntfs-3g", "ntfsfix": "ntfs-3g",
	"wimlib-imagex": "wimtools", "mcopy": "mtools", "mdel": "mtools", "mren": "mtools", "mattrib": "mtools",
}

// mostOutput is how much of what a tool says is kept.
const mostOutput = 64 << 10

// run starts a program in a plain environment and waits for it. What it says is returned;
// only its exit code is believed.
func run(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd, err := command(ctx, name, args...)
	if err != nil {
		return "", err
	}
	out := &limited{most: mostOutput}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), out, out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return out.String(), ctx.Err()
		}
		return out.String(), fmt.Errorf("%s: %w: %s", name, err, lastLine(out.String()))
	}
	return out.String(), nil
}

// refusedBy is what the failure of a tool means, unless it was not its own: it is missing,
// or was stopped.
func refusedBy(ctx context.Context, err error, meaning *model.Error) error {
	var known *model.Error
	if ctx.Err() != nil || errors.As(err, &known) {
		return err
	}
	meaning.Err = err
	return meaning
}

func command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		path, err = exec.LookPath("/usr/sbin/" + name) // not on the path of an ordinary user
	}
	if err != nil {
		return nil, toolMissing(name)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "MTOOLSRC=/dev/null", "MTOOLS_SKIP_CHECK=1")
	return cmd, nil
}

func toolMissing(name string) error {
	return &model.Error{Code: "tool-missing", Args: model.Args{"tool": name, "package": packages[name]}}
}

// NeedTools tells which of the programs that a kind of operation needs is missing.
func NeedTools(names ...string) error {
	for _, n := range names {
		if _, err := command(context.Background(), n); err != nil {
			return err
		}
	}
	return nil
}

func fuseError(err error) error {
	code := "fuse-unavailable"
	if os.Geteuid() != 0 {
		code = "not-root"
	}
	return &model.Error{Code: code, Err: err}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// limited keeps the first bytes written to it.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
