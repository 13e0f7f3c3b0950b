package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"time"
)

// usage is what running a program cost.
type usage struct {
	CPU  time.Duration `json:"cpu"` // user and system time of all its threads
	Wall time.Duration `json:"wall"`
	RSS  int64         `json:"rss"` // most memory it held at a time, in bytes
	Exit int           `json:"exit"`
	Said string        `json:"said"` // what it wrote to standard error
}

// run runs a program with its output going to /dev/null and says on standard output
// what that cost. It is a process of its own because Linux counts the memory of the
// parent at the moment of the fork as the child's.
func run(args []string) error {
	var said bytes.Buffer
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	state := cmd.ProcessState
	if state == nil {
		return err
	}
	u := usage{CPU: state.UserTime() + state.SystemTime(), Wall: wall, RSS: peakMemory(state), Exit: state.ExitCode(), Said: said.String()}
	return json.NewEncoder(os.Stdout).Encode(u)
}
