package wine

import (
	"testing"

	"updoc/testkit"
)

// builtForWindows are the packages whose own tests run under Wine, and which of them.
// What is left out, and why, is in docs/live.md.
func builtForWindows() map[string][]string {
	const all = "."
	return map[string][]string{
		all:            {"updoc/model", "updoc/expr", "updoc/format/reagent", "updoc/winapi"},
		"Help|Explain": {"updoc/cli"},                                 // the others build sick disks, minutes under Wine
		"TestWine":     {"updoc/remedy/host/windows", "updoc/doctor"}, // the others act on a simulated Windows, the same on Linux
	}
}

func TestOurTestsPassOnWindows(t *testing.T) {
	t.Parallel()
	p := testkit.Wine(t)
	for which, packages := range builtForWindows() {
		if out, err := p.GoTest(t, append([]string{"-count=1", "-run=" + which}, packages...)...); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
