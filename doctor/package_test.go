package doctor

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/format/cab"
	"updoc/model"
	"updoc/remedy/host"
)

// writePackage writes a cabinet of an update, named as the catalog names it.
func writePackage(t *testing.T, name, version string) string {
	t.Helper()
	mum := fmt.Appendf(nil, `<assembly><assemblyIdentity name=%q version=%q processorArchitecture="amd64"/></assembly>`, name, version)
	raw := cab.Write("update.mum", mum, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	sum := sha1.Sum(raw)
	path := filepath.Join(t.TempDir(), "windows10.0-kb5037768-x64_"+hex.EncodeToString(sum[:])+".cab")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A package is read before anything is done: one that does not suit is refused with what
// is needed, and of one that does not say all that is said.
func TestPackageIsReadFirst(t *testing.T) {
	for name, c := range map[string]struct{ path, verdict, detail, notes string }{
		"another build":  {writePackage(t, "Package_for_RollupFix", "22621.3527.1.9"), model.StepRefused, "refused-package-build", ""},
		"there":          {writePackage(t, "Package_for_RollupFix", "19041.4291.1.6"), model.StepRefused, "refused-package-there", ""},
		"next":           {writePackage(t, "Package_for_RollupFix", "19041.4355.1.5"), model.StepDone, "", "package-before"},
		"without builds": {writePackage(t, "Package_for_KB5037768", "10.0.1.1"), model.StepDone, "", "package-target package-before"},
	} {
		pc := newSickPC(t, func(m *model.Machine) {
			m.OS.Revision = model.Known(int64(4291), model.Origin{})
			m.Packages = model.Complete([]model.Package{})
		})
		ran := 0
		pc.do[host.RunTool] = func(host.Op) error { ran++; return nil }
		o := pc.options(journals(t))
		o.Files, o.Only, o.Accept = map[string]string{"standalone-package": c.path}, []string{"install-standalone"}, append(o.Accept, model.RiskHard, "backup")
		f, err := FixLive(t.Context(), pc, o)
		if ran > 0 {
			pc.boot()
			f, err = ResumeLive(t.Context(), pc, pc.options(o.Journal))
		}
		r := fixed(t, f, err)
		step := stepOf(r, "install-standalone")
		if step.Verdict != c.verdict || step.Detail != c.detail || (ran > 0) != (c.verdict == model.StepDone) {
			t.Errorf("%s: %+v, %d tools", name, step, ran)
		}
		if got := strings.Join(slices.DeleteFunc(r.Notes, func(n string) bool { return !strings.HasPrefix(n, "package-") }), " "); got != c.notes {
			t.Errorf("%s: notes %q", name, got)
		}
	}
}
