package conform

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"updoc/remedy"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

func TestFake(t *testing.T) {
	most := 12
	if testing.Short() {
		most = 4
	}
	Run(t, Fake(most))
}

func TestMissing(t *testing.T) {
	if got := Missing(); len(got) > 0 {
		t.Errorf("without scenario: %v", got)
	}
	all := scenarios
	defer func() { scenarios = all }()
	scenarios = Of("winre-enlarge")
	if got := Missing(); len(got) != len(remedy.All())-1 {
		t.Errorf("%d of %d are missing", len(got), len(remedy.All()))
	}
}

// witness notes what a test would have said.
type witness struct {
	testing.TB
	said []string
}

func (w *witness) Helper() {}

func (w *witness) Failed() bool { return len(w.said) > 0 }

func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

func (w *witness) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	runtime.Goexit()
}

func (w *witness) Fatal(args ...any) { w.Fatalf("%s", fmt.Sprint(args...)) }

// faulty is a host with a fault.
type faulty struct {
	*inMemory
	fault string
}

// Apply forgets what it began, or that it was cut.
func (f faulty) Apply(ctx context.Context, ops []host.Op) error {
	switch f.fault {
	case "does not go on":
		if f.dir.ops != nil {
			return nil
		}
	case "leaves a step out":
		ops = ops[:len(ops)-1]
	case "begins anew":
		f.Again()
	}
	return f.inMemory.Apply(ctx, ops)
}

// Undo takes back nothing, or from the wrong end.
func (f faulty) Undo(ctx context.Context) error {
	if f.fault == "takes nothing back" {
		return nil
	}
	return f.inMemory.Undo(ctx)
}

// Trouble of a host that believes its tools: the machine is as the tools left it.
func (f faulty) Trouble(name string) {
	f.inMemory.Trouble(name)
	if f.fault == "loses files" && name != "" {
		for _, p := range f.pc.Disks[0].Partitions {
			for key := range p.Files {
				if strings.HasPrefix(key, "users/") {
					delete(p.Files, key)
				}
			}
		}
	}
}

// The suite finds hosts that do not keep the contract.
func TestFaultyHosts(t *testing.T) {
	r, ok := remedy.Find("winre-enlarge")
	if !ok {
		t.Fatal("no such remedy")
	}
	s := Of(r.ID)[0]
	for fault, want := range map[string]string{
		"":                   "",
		"does not go on":     "resume",
		"leaves a step out":  "apply",
		"begins anew":        "undo",
		"takes nothing back": "undo",
		"loses files":        "lost",
	} {
		h := Host{New: func(t testing.TB, s Scenario) Machine { return faulty{newFake(t, s).(*inMemory), fault} }, Most: 6, Troubles: []string{fake.ShrinksLess}}
		w := &witness{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			RunScenario(w, h, s, r)
		}()
		<-done
		said := strings.Join(w.said, "\n")
		if (want == "") != (said == "") || !strings.Contains(said, want) {
			t.Errorf("fault %q: %s", fault, clip(strings.Split(said, "\n")))
		}
	}
}
