package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"updoc/cases"
	"updoc/model"
)

// publicTables prints the public cases, one a line, and their shares.
func publicTables(ctx context.Context, public []cases.Story, only string) error {
	hard := map[string]bool{}
	for _, s := range public {
		hard[s.ID] = s.Hard
	}
	for _, half := range []string{cases.Look, cases.Score} {
		if only != "" && only != half {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(public), func(s cases.Story) bool { return s.Half != half })
		calls, err := examineAll(ctx, of, 0, 0)
		if err != nil {
			return err
		}
		fmt.Printf("### Public cases: %s\n\n", half)
		printShares(calls, hard)
		printCases(calls, hard)
	}
	return nil
}

func printShares(calls []cases.Call, hard map[string]bool) {
	fmt.Print("| cases | true cause first | share | 95 % interval (Wilson) | confirmed, right | confirmed, wrong | likely, right | likely, wrong |\n|---|---|---|---|---|---|---|---|\n")
	row := func(name string, of func(cases.Call) bool) {
		var n, first int
		verdicts := map[string]int{}
		for _, c := range calls {
			if !of(c) {
				continue
			}
			n++
			if c.Rank == 1 {
				first++
			}
			if c.Right || c.Subject != "" { // a true condition beside the one asked for is not wrong
				verdicts[fmt.Sprint(c.Verdict, c.Right)]++
			}
		}
		low, high := cases.Wilson(first, n)
		fmt.Printf("| %s | %d of %d | %s | %s to %s | %d | %d | %d | %d |\n", name, first, n, percent(float64(first)/float64(max(n, 1))), percent(low), percent(high),
			verdicts[model.VerdictConfirmed+"true"], verdicts[model.VerdictConfirmed+"false"], verdicts[model.VerdictLikely+"true"], verdicts[model.VerdictLikely+"false"])
	}
	row("with hard evidence", func(c cases.Call) bool { return hard[c.Story] })
	row("all", func(cases.Call) bool { return true })
	fmt.Println()
}

func printCases(calls []cases.Call, hard map[string]bool) {
	fmt.Print("| case | evidence | true cause | rank | its verdict | put first | what was lacking |\n|---|---|---|---|---|---|---|\n")
	for _, c := range calls {
		rank, lacking := "none", ""
		if c.Rank > 0 {
			rank = fmt.Sprint(c.Rank)
		}
		if c.Rank != 1 {
			lacking = strings.Join(c.Lacking, ", ")
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s %s %.2f | %s |\n", c.Story, map[bool]string{true: "hard", false: "told"}[hard[c.Story]], c.Truth, rank, c.Own, c.Top, c.Verdict, c.P, lacking)
	}
	fmt.Println()
}

// printCalibration prints how often what is said with some certainty is right.
func printCalibration(calls []cases.Call, draws int, share float64) {
	all := storiesOf(calls, func(cases.Call) bool { return true })
	fmt.Printf("### Calibration\n\n%d cases, %d draws each, each piece of evidence withheld with probability %.2f: %d diagnoses of a failing update.\n\n", all, draws, share, len(calls))
	printVerdicts(calls)
	printReliability(calls)
	mean, low, high := cases.ByCase(calls, func(c cases.Call) (float64, bool) { return cases.Brier(c), true })
	wrong := 0
	for _, c := range calls {
		if c.WrongConfirmed() {
			wrong++
		}
	}
	fmt.Printf("A wrong cause confirmed: %d times. ", wrong)
	fmt.Printf("Brier score %.3f (95 %% interval by case %.3f to %.3f).\n", mean, low, high)
}

func printVerdicts(calls []cases.Call) {
	fmt.Print("| verdict of the cause put first | diagnoses | right | 95 % interval by case |\n|---|---|---|---|\n")
	for _, verdict := range []string{model.VerdictConfirmed, model.VerdictLikely, model.VerdictPossible} {
		of := func(c cases.Call) bool { return c.Verdict == verdict }
		printRow(calls, verdict, of)
	}
	fmt.Println()
}

func printReliability(calls []cases.Call) {
	fmt.Print("| probability | diagnoses | mean probability | right | 95 % interval by case |\n|---|---|---|---|---|\n")
	edges := []float64{0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0001}
	for i := range len(edges) - 1 {
		of := func(c cases.Call) bool { return c.Top != "" && c.P >= edges[i] && c.P < edges[i+1] }
		mean, _, _ := cases.ByCase(calls, func(c cases.Call) (float64, bool) { return c.P, of(c) })
		printRow(calls, fmt.Sprintf("%.2f to %.2f", edges[i], min(edges[i+1], 1)), of, fmt.Sprintf("%.2f", mean))
	}
	fmt.Println()
}

// printWrong lists each wrong certainty once a story, with how often. The scored half
// stays unseen, so that nobody mends the knowledge by it.
func printWrong(calls []cases.Call, public []cases.Story) {
	scored := map[string]bool{}
	for _, s := range public {
		scored[s.ID] = s.Half == cases.Score
	}
	count := map[string]int{}
	for _, c := range calls {
		if c.Sure() && !c.Right && !scored[c.Story] {
			count[fmt.Sprintf("%s: %s %s, truth %q", c.Story, c.Top, c.Verdict, c.Truth)]++
		}
	}
	for _, line := range slices.Sorted(maps.Keys(count)) {
		fmt.Printf("%s ×%d\n", line, count[line])
	}
}

func printRow(calls []cases.Call, name string, of func(cases.Call) bool, more ...string) {
	n := 0
	for _, c := range calls {
		if of(c) {
			n++
		}
	}
	cells := append([]string{name, fmt.Sprint(n)}, more...)
	mean, low, high := cases.ByCase(calls, func(c cases.Call) (float64, bool) {
		return map[bool]float64{true: 1}[c.Right], of(c)
	})
	if mean == 0 || mean == 1 { // resampling cannot tell how far from all or nothing the truth may be
		k := storiesOf(calls, of)
		low, high = cases.Wilson(int(mean)*k, k)
	}
	cells = append(cells, percent(mean), percent(low)+" to "+percent(high))
	if n == 0 {
		cells = append([]string{name, "0"}, make([]string, len(more)+2)...)
	}
	fmt.Println("| " + strings.Join(cells, " | ") + " |")
}

func storiesOf(calls []cases.Call, of func(cases.Call) bool) int {
	stories := map[string]bool{}
	for _, c := range calls {
		if of(c) {
			stories[c.Story] = true
		}
	}
	return len(stories)
}

func percent(p float64) string {
	if math.IsNaN(p) {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}
