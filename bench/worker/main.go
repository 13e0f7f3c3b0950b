// Command worker does one piece of work of the benchmark and ends, so that its cost
// can be measured from outside exactly as the cost of the peer is: as a process. What
// it counted goes to standard error as one line of JSON. It also runs a program and
// says what that cost. It may import format and run programs, and must never import
// what makes a program large or slow to start.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// counts are what a piece of work tells about itself.
type counts struct {
	Records int64 `json:"records"` // records, keys or lines
	Values  int64 `json:"values"`  // values of a hive
	Length  int64 `json:"length"`  // bytes of the values' names and data
	Bytes   int64 `json:"bytes"`   // read
	Mallocs int64 `json:"mallocs"`
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: worker events|hive|key|cbs FILE … | worker run PROGRAM …")
		os.Exit(2)
	}
	job := work
	if os.Args[1] == "run" {
		job = run
	}
	if err := job(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func work(args []string) error {
	kind, path := args[0], args[1]
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	in := &input{File: f, size: info.Size()}
	jobs := map[string]func(*input, []string) (counts, error){"events": events, "hive": hive, "key": key, "cbs": cbsLog}
	job, ok := jobs[kind]
	if !ok {
		return fmt.Errorf("no job %q", kind)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := job(in, args[2:])
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	c.Mallocs, c.Bytes = int64(after.Mallocs-before.Mallocs), in.read.Load()
	return json.NewEncoder(os.Stderr).Encode(c)
}
