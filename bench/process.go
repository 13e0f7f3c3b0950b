package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cost is what one run of a program cost, and what it says of its work if it is a
// worker.
type cost struct {
	usage
	counts
}

// usage is what the worker says about a program it ran.
type usage struct {
	CPU, Wall time.Duration // CPU: user and system time of all its threads
	RSS       int64         // most memory it held at a time, in bytes
	Exit      int
	Said      string // on standard error
}

// counts are what a worker tells about its work.
type counts struct {
	Records, Values, Bytes, Mallocs int64
}

// command is a program with its arguments. Its output goes to /dev/null.
type command struct {
	args   []string
	pinned bool  // to one core
	worker bool  // it ends with one line of JSON on standard error
	ends   []int // exit codes besides 0 of a run that did its work
}

// run runs the command once, by way of the worker, which is small.
func (b *bench) run(ctx context.Context, c command) (cost, error) {
	args := []string{"run"}
	if c.pinned {
		args = append(args, "taskset", "-c", strconv.Itoa(runtime.NumCPU()-1))
	}
	cmd := exec.CommandContext(ctx, b.tool("worker"), append(args, c.args...)...)
	if c.pinned {
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	}
	var used usage
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &used)
	}
	if err == nil && used.Exit != 0 && !slices.Contains(c.ends, used.Exit) {
		err = fmt.Errorf("exit code %d: %s", used.Exit, used.Said)
	}
	got := cost{usage: used}
	if err == nil && c.worker {
		err = json.Unmarshal([]byte(used.Said), &got.counts)
	}
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w", strings.Join(c.args, " "), err)
	}
	return got, nil
}

// medians runs the commands in turn, so many rounds, and returns the median cost of
// each; but of wall time the least, because that alone is made longer by whatever else
// the machine does. In turn, because the rest of that should hit all of them alike.
func (b *bench) medians(ctx context.Context, rounds int, commands ...command) ([]cost, error) {
	runs := make([][]cost, len(commands))
	for range rounds {
		for i, c := range commands {
			used, err := b.run(ctx, c)
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], used)
		}
	}
	var all []cost
	for _, r := range runs {
		all = append(all, medianCost(r))
	}
	return all, nil
}

// medianCost takes the median of each figure by itself.
func medianCost(runs []cost) cost {
	m := runs[0]
	m.CPU = median(runs, func(c cost) time.Duration { return c.CPU })
	for _, r := range runs {
		m.Wall = min(m.Wall, r.Wall)
	}
	m.RSS = median(runs, func(c cost) int64 { return c.RSS })
	return m
}

func median[S any, T ~int64 | ~float64](list []S, figure func(S) T) T {
	values := make([]T, len(list))
	for i, s := range list {
		values[i] = figure(s)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// missing returns those of the programs that are not installed.
func missing(tools ...string) []string {
	var none []string
	for _, t := range tools {
		if _, err := exec.LookPath(t); err != nil {
			none = append(none, t)
		}
	}
	return none
}
