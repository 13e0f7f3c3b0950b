package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"updoc/testkit/forwarder"
)

// What the logs of the live Windows take, bytes.
const (
	liveCBS    = 114 << 20
	liveEvents = 2 << 20
)

// live measures the diagnosis of a running Windows, which is Wine's, with a large
// servicing log and two event logs copied into it, by updoc.exe as it is given to people;
// and how much of that is the start of the program.
func (b *bench) live(ctx context.Context) error {
	if none := missing("wine", "wineserver", "env", "wixl", "msibuild"); none != nil {
		b.table.skip("live diagnosis", none)
		return nil
	}
	packed, plain, err := b.windowsPrograms(ctx)
	if err != nil {
		return err
	}
	w := wine{filepath.Join(b.work, "wine")}
	defer w.end()
	if err := errors.Join(w.make(ctx), w.putLogs()); err != nil {
		return err
	}
	costs, err := b.medians(ctx, b.rounds, w.command(packed, "diagnose", "--format", "json"), w.command(packed, "version"), w.command(plain, "version"))
	if err != nil {
		return err
	}
	look, start, plainStart := costs[0], costs[1], costs[2]
	b.table.add(row{what: fmt.Sprintf("live diagnosis under Wine, CBS.log of %.0f MB, CPU", megabytes(liveCBS)), ours: seconds(look.Wall) + " of wall time",
		value: look.CPU.Seconds(), format: "%.2f s", target: 3})
	b.table.add(row{what: "live diagnosis under Wine, memory", value: megabytes(look.RSS), format: "%.1f MB", target: 200})
	b.table.add(row{what: "live diagnosis under Wine, of that to start the program", ours: fmt.Sprintf("knowledge not packed: %.2f s", plainStart.CPU.Seconds()),
		value: start.CPU.Seconds(), format: "%.2f s"})
	return nil
}

// windowsPrograms builds updoc.exe as delivery does, with its knowledge packed, and plainly.
func (b *bench) windowsPrograms(ctx context.Context) (packed, plain string, err error) {
	dist := filepath.Join(b.work, "dist")
	out, err := exec.CommandContext(ctx, filepath.Join("delivery", "build"), dist, "amd64").CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("delivery/build: %w\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(dist, "*.exe"))
	if err != nil || len(found) != 1 {
		return "", "", fmt.Errorf("delivery/build made %v (%v)", found, err)
	}
	plain = filepath.Join(b.work, "updoc.exe")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", plain, "./cmd/updoc")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return found[0], plain, nil
}

// wine is a Windows of Wine's in a folder.
type wine struct{ dir string }

// environment keeps Wine away from screens and from the home folder.
func (w wine) environment() []string {
	return []string{"WINEPREFIX=" + w.dir, "HOME=" + w.dir, "WINEDEBUG=-all", "DISPLAY=", "LC_ALL=C.UTF-8", "WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=d"}
}

// command is a program in it. Exit codes are those of a diagnosis that was made.
func (w wine) command(exe string, args ...string) command {
	all := append(append([]string{"env"}, w.environment()...), "wine", exe)
	return command{args: append(all, args...), ends: []int{1, 3}}
}

// make makes it, and lets its server stay: to start that is no part of a program's cost.
func (w wine) make(ctx context.Context) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	for _, c := range [][]string{{"wineserver", "-p"}, {"wine", "wineboot", "--init"}, {"wine", "reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f"}} {
		if err := w.run(ctx, c...); err != nil {
			return err
		}
	}
	random := filepath.Join(w.windows(), "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(random); err == nil {
		return nil
	}
	return os.WriteFile(random, forwarder.Library("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036"), 0o600)
}

func (w wine) windows() string { return filepath.Join(w.dir, "drive_c", "windows") }

func (w wine) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), w.environment()...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}
	return nil
}

// putLogs copies the logs into it.
func (w wine) putLogs() error {
	logs := filepath.Join(w.windows(), "system32", "winevt", "Logs")
	cbs := filepath.Join(w.windows(), "Logs", "CBS")
	if err := errors.Join(os.MkdirAll(logs, 0o700), os.MkdirAll(cbs, 0o700)); err != nil {
		return err
	}
	for _, s := range shapes() {
		if s.name != "System" && s.name != "Application" {
			continue
		}
		if err := makeLog(filepath.Join(logs, s.name+".evtx"), s, liveEvents); err != nil {
			return err
		}
	}
	return writeRepeated(filepath.Join(cbs, "CBS.log"), cbsLines(liveCBS, epoch), liveCBS, 1<<16)
}

// end ends what still runs in it, and nothing else.
func (w wine) end() {
	ctx := context.Background()
	_ = w.run(ctx, "wineserver", "-k") // it complains when nothing runs any more
	_ = w.run(ctx, "wineserver", "-w")
}
