package cases

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Wilson returns the 95 % Wilson interval of k successes in n trials; 0 and 1 if n is 0.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, mid-half), min(1, mid+half)
}

// resamples is how often ByCase draws.
const resamples = 2000

// ByCase returns the 95 % interval of a mean over calls, by drawing whole stories with
// repetition: the draws of one story depend on each other. value is what is averaged;
// calls for which ok is false do not count.
func ByCase(calls []Call, value func(Call) (v float64, ok bool)) (mean, low, high float64) {
	type sum struct{ total, n float64 }
	of := map[string]sum{}
	for _, c := range calls {
		if v, ok := value(c); ok {
			s := of[c.Story]
			of[c.Story] = sum{s.total + v, s.n + 1}
		}
	}
	var stories []sum
	var all sum
	for _, id := range sortedKeys(of) {
		stories = append(stories, of[id])
		all = sum{all.total + of[id].total, all.n + of[id].n}
	}
	if all.n == 0 {
		return math.NaN(), 0, 1
	}
	r := rand.New(rand.NewPCG(1, uint64(len(stories))))
	means := make([]float64, resamples)
	for i := range means {
		var s sum
		for range stories {
			k := stories[r.IntN(len(stories))]
			s = sum{s.total + k.total, s.n + k.n}
		}
		means[i] = s.total / s.n
	}
	slices.Sort(means)
	return all.total / all.n, means[resamples/40], means[resamples-1-resamples/40]
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Brier is the mean squared distance between the probability of the cause put first
// and whether it is right; a call that names none counts as probability 0 of a wrong
// one.
func Brier(c Call) float64 {
	hit := 0.0
	if c.Right {
		hit = 1
	}
	return (c.P - hit) * (c.P - hit)
}
