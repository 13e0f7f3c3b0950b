package cases_test

import (
	"math"
	"testing"

	"updoc/cases"
)

func TestWilson(t *testing.T) {
	// Reference values: Newcombe 1998, table of single proportions, method 3.
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		low, high := cases.Wilson(c.k, c.n)
		if math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

func TestByCaseCountsStoriesNotDraws(t *testing.T) {
	right := func(c cases.Call) (float64, bool) { return map[bool]float64{true: 1}[c.Right], true }
	var few, many []cases.Call
	for _, story := range []string{"a", "b", "c", "d"} {
		c := cases.Call{Story: story, Right: story != "d"}
		few = append(few, c)
		for range 100 {
			many = append(many, c)
		}
	}
	mean, low, high := cases.ByCase(few, right)
	mean2, low2, high2 := cases.ByCase(many, right)
	if mean != 0.75 || mean2 != mean || low2 != low || high2 != high {
		t.Errorf("%v %v %v with one draw, %v %v %v with a hundred", mean, low, high, mean2, low2, high2)
	}
	if low >= mean || high < mean {
		t.Errorf("interval %v to %v around %v", low, high, mean)
	}
}
