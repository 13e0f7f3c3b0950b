package main

import (
	"bytes"
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

// cost is what one run of a process cost.
type cost struct {
	cpu, wall time.Duration // cpu: user and system time of all its threads
	rss       int64         // most memory it held at a time, in bytes
	counts
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
	ends   []int // exit codes of a run that did its work; nil: 0
}

// run runs the command once.
func (c command) run(ctx context.Context) (cost, error) {
	args := c.args
	if c.pinned {
		args = append([]string{"taskset", "-c", strconv.Itoa(runtime.NumCPU() - 1)}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if c.pinned {
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	}
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	state := cmd.ProcessState
	if state == nil || err != nil && !slices.Contains(c.ends, state.ExitCode()) {
		return cost{}, fmt.Errorf("%s: %w: %s", strings.Join(c.args, " "), err, said.String())
	}
	used := cost{cpu: state.UserTime() + state.SystemTime(), wall: wall, rss: peakMemory(state)}
	if c.worker {
		err = json.Unmarshal(said.Bytes(), &used.counts)
		return used, err
	}
	return used, nil
}

// medians runs the commands in turn, so many rounds, and returns the median cost of
// each. In turn, because what else the machine does should hit all of them alike.
func medians(ctx context.Context, rounds int, commands ...command) ([]cost, error) {
	runs := make([][]cost, len(commands))
	for range rounds {
		for i, c := range commands {
			used, err := c.run(ctx)
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
	m.cpu = median(runs, func(c cost) time.Duration { return c.cpu })
	m.wall = median(runs, func(c cost) time.Duration { return c.wall })
	m.rss = median(runs, func(c cost) int64 { return c.rss })
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
