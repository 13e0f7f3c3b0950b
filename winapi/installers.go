package winapi

import (
	"slices"
	"strings"
)

// workers are programs of Windows that run only while something is being installed,
// removed or repaired: the component installer's worker (the service itself, TrustedInstaller,
// also idles), DISM, the stand-alone installer, the update agent's handlers and Setup.
// MoUsoCoreWorker is none: it stays for hours after a search.
var workers = []string{"dism.exe", "dismhost.exe", "setuphost.exe", "tiworker.exe", "wuauclt.exe", "wuaucltcore.exe", "wusa.exe"}

// workersAmong are those of the programs that run now, each once.
func workersAmong(running []string) []string {
	out := []string{}
	for _, name := range running {
		if name = strings.ToLower(name); slices.Contains(workers, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
