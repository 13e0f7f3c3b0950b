// Command bench measures how fast updoc is, as ratios to known programs in the same
// run, and prints a table; it exits with 1 if a target is missed, with 2 if something
// could not be measured. It may import every room and run foreign programs, and must
// never be imported. Start it with bench/run, which builds what it measures.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// bench is one run.
type bench struct {
	tools   string // folder of the built programs
	samples string // folder of samples; may be absent
	cache   string // folder of what is kept
	work    string // folder that goes away
	rounds  int
	table   *table
}

func main() {
	b := &bench{table: &table{progress: os.Stderr}}
	flag.StringVar(&b.tools, "tools", ".", "folder with the built worker and updoc")
	flag.StringVar(&b.samples, "samples", "../shared/samples", "folder with sample logs and hives")
	flag.IntVar(&b.rounds, "rounds", 3, "rounds of the slow measurements; the quick ones take three times as many")
	only := flag.String("only", "events,hives,cbs,disk,fix,live", "parts to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.measure(ctx, strings.Split(*only, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	b.table.print(os.Stdout)
	os.Exit(b.table.exitCode())
}

// measure runs the parts.
func (b *bench) measure(ctx context.Context, parts []string) error {
	dir, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	b.cache = filepath.Join(dir, "updoc-bench")
	if err := os.MkdirAll(b.cache, 0o777); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp(b.cache, "work-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	all := map[string]func(context.Context) error{"events": b.events, "hives": b.hives, "cbs": b.cbs, "disk": b.disk, "fix": b.fix, "live": b.live}
	for _, name := range parts {
		part := all[name]
		if part == nil {
			return fmt.Errorf("no part %q: there are %s", name, strings.Join(sortedKeys(all), ", "))
		}
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tool is the path of a built program.
func (b *bench) tool(name string) string { return filepath.Join(b.tools, name) }

// worker is a piece of our own work as a process, on one core.
func (b *bench) worker(kind string, args ...string) command {
	return command{args: append([]string{b.tool("worker"), kind}, args...), pinned: true, worker: true}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
