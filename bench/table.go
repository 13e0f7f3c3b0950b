package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// row is one measured figure and its target.
type row struct {
	what       string
	peer, ours string // what was measured, in words; peer may be empty
	value      float64
	format     string  // of value and target: "%.1f×"
	target     float64 // 0: the figure is for information
	atLeast    bool    // the target is a least value; else a greatest one
	skipped    string  // why it could not be measured
}

// met tells whether the target is reached.
func (r row) met() bool {
	if r.atLeast || r.target == 0 {
		return r.value >= r.target
	}
	return r.value <= r.target
}

func (r row) verdict() string {
	switch {
	case r.skipped != "":
		return "not measured: " + r.skipped
	case r.target == 0:
		return ""
	case r.met():
		return "met"
	}
	return "**missed**"
}

// table collects the rows and shows how it goes on.
type table struct {
	rows     []row
	progress io.Writer
}

func (t *table) add(r row) {
	t.rows = append(t.rows, r)
	fmt.Fprintf(t.progress, "%-62s %s\n", r.what, r.cells()[3]+" "+r.verdict())
}

// skip notes figures that cannot be measured because programs are missing.
func (t *table) skip(what string, tools []string) {
	t.add(row{what: what, skipped: "needs " + strings.Join(tools, ", ")})
}

func (r row) cells() [6]string {
	if r.skipped != "" {
		return [6]string{r.what, "", "", "", "", r.verdict()}
	}
	target := ""
	switch {
	case r.target != 0 && r.atLeast:
		target = "≥ " + fmt.Sprintf(r.format, r.target)
	case r.target != 0:
		target = "≤ " + fmt.Sprintf(r.format, r.target)
	}
	return [6]string{r.what, r.peer, r.ours, fmt.Sprintf(r.format, r.value), target, r.verdict()}
}

// print writes the table as Markdown.
func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "| what | peer | updoc | measured | target | |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(sliceOf(r.cells()), " | "))
	}
}

func sliceOf(cells [6]string) []string { return cells[:] }

// exitCode is 1 if a target is missed, 2 if something could not be measured.
func (t *table) exitCode() int {
	code := 0
	for _, r := range t.rows {
		switch {
		case r.skipped == "" && !r.met():
			return 1
		case r.skipped != "":
			code = 2
		}
	}
	return code
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }
