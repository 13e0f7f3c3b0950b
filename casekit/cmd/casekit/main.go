// The casekit command builds a sick PC from its text:
//
//	casekit build -o out.qcow2 cases/x/pc.yaml   raw (.img, .raw), .qcow2, or a folder
//	casekit check cases/*/pc.yaml                reads the texts and names mistakes
//
// It may import casekit only, and must never be part of updoc itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"updoc/casekit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "casekit:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: casekit build -o OUT TEXT, or casekit check TEXT…")
	}
	switch args[0] {
	case "build":
		return build(ctx, args[1:])
	case "check":
		return check(args[1:])
	}
	return fmt.Errorf("unknown command %q: there are build and check", args[0])
}

func build(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	out := flags.String("o", "", "what to write: x.qcow2, x.img, x.raw, or a folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || flags.NArg() != 1 {
		return fmt.Errorf("usage: casekit build -o OUT TEXT")
	}
	pc, err := parse(flags.Arg(0))
	if err != nil {
		return err
	}
	switch strings.ToLower(filepath.Ext(*out)) {
	case ".qcow2":
		return pc.QCow2(ctx, *out)
	case ".img", ".raw":
		return pc.Disk(ctx, *out)
	}
	return pc.Folder(*out)
}

func check(paths []string) error {
	for _, path := range paths {
		if _, err := parse(path); err != nil {
			return err
		}
	}
	return nil
}

func parse(path string) (*casekit.PC, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pc, err := casekit.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return pc, nil
}
