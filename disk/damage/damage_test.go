package damage

import (
	"sync"
	"testing"
)

func TestEachFaultOnce(t *testing.T) {
	var l Log
	if l.All() != nil {
		t.Error("an empty log must give nil")
	}
	l.Add("torn", 512, "part %d", 1)
	l.Add("torn", 512, "part %d", 2)
	l.Add("torn", 1024, "part %d", 3)
	l.Add("cut", -1, "short")
	got := l.All()
	if len(got) != 3 || got[0] != (Problem{"torn", "part 1", 512}) {
		t.Errorf("problems = %v", got)
	}
	if s := got[0].String() + "; " + got[2].String(); s != "torn at 512: part 1; cut: short" {
		t.Error(s)
	}
}

func TestBounded(t *testing.T) {
	var l Log
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 1000 {
				l.Add("torn", int64(g*1000+i), "x")
			}
		})
	}
	wg.Wait()
	got := l.All()
	if len(got) != Limit+1 || got[Limit].Code != "more-problems" || got[Limit].Text != "3800 further problems are not listed" {
		t.Errorf("%d problems, last %v", len(got), got[len(got)-1])
	}
}
