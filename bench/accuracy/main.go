// Command accuracy counts how often the diagnosis is right: over the public cases, and
// over the whole casebook with evidence withheld. It prints the tables of
// docs/accuracy.md. It builds every disk of the casebook (kept in the user's cache
// folder) and needs the tools casekit needs.
//
//	go run ./bench/accuracy              both tables, 20 draws a case
//	go run ./bench/accuracy -only look   the public cases that were looked at while building
//
// It may import cases and the pipeline, and must never be part of the product.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"updoc/cases"
	"updoc/doctor"
	"updoc/source"
)

// when is the time of every look, so that the figures stay the same.
var when = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func main() {
	only := flag.String("only", "", "look, score or draws: only that table")
	draws := flag.Int("draws", 20, "draws a case with evidence withheld")
	share := flag.Float64("share", 0.3, "share of the evidence that is withheld")
	dir := flag.String("cases", "cases", "the casebook")
	wrong := flag.Bool("wrong", false, "list what was said with certainty and is wrong, but of the scored half")
	flag.Parse()
	if err := run(context.Background(), *dir, *only, *draws, *share, *wrong); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, dir, only string, draws int, share float64, wrong bool) error {
	own, err := cases.Own(dir)
	if err != nil {
		return err
	}
	public, err := cases.Public(filepath.Join(dir, "public"))
	if err != nil {
		return err
	}
	if only != "draws" {
		if err := publicTables(ctx, public, only); err != nil {
			return err
		}
	}
	if only != "" && only != "draws" {
		return nil
	}
	calls, err := examineAll(ctx, append(own, public...), draws, share)
	if err != nil {
		return err
	}
	calls = slices.DeleteFunc(calls, func(c cases.Call) bool { return c.Subject == "" }) // conditions do not compete
	printCalibration(calls, draws, share)
	if wrong {
		printWrong(calls, public)
	}
	return nil
}

// examineAll diagnoses every story, draws times with evidence withheld; with draws 0
// once with everything. Two at a time: building disks starts other programs.
func examineAll(ctx context.Context, stories []cases.Story, draws int, share float64) ([]cases.Call, error) {
	results := make([][]cases.Call, len(stories))
	errs := make([]error, len(stories))
	var wg sync.WaitGroup
	gate := make(chan struct{}, runtime.NumCPU())
	for i, s := range stories {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			if results[i], errs[i] = examineStory(ctx, s, draws, share); errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", s.ID, errs[i])
			}
		})
	}
	wg.Wait()
	var all []cases.Call
	for _, calls := range results {
		all = append(all, calls...)
	}
	return all, errors.Join(errs...)
}

func examineStory(ctx context.Context, s cases.Story, draws int, share float64) ([]cases.Call, error) {
	dir, err := os.MkdirTemp("", "updoc-accuracy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "disk.img")
	if err := s.PC.Disk(ctx, path); err != nil {
		return nil, err
	}
	var all []cases.Call
	for n := range max(draws, 1) {
		var pieces []string
		if draws > 0 {
			pieces = cases.Draw(cases.Seeded(s.ID, n), share)
		}
		calls, err := examine(ctx, s, path, pieces)
		if err != nil {
			return nil, err
		}
		all = append(all, calls...)
	}
	return all, nil
}

func examine(ctx context.Context, s cases.Story, path string, withheld []string) ([]cases.Call, error) {
	src, err := doctor.Open(ctx, path, doctor.OpenOptions{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	var seen source.Source = src
	if withheld != nil {
		seen = cases.Withhold(src, withheld)
	}
	d, err := doctor.Examine(ctx, seen, doctor.Options{Now: when})
	if err != nil {
		return nil, err
	}
	return s.Judge(d), nil
}
