package cli

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inspect runs the real command.
func inspect(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(context.Background(), append([]string{"inspect"}, args...), Streams{Out: &stdout, Err: &stderr, Env: func(string) string { return "" }})
	return code, stdout.String(), stderr.String()
}

// compared lists the samples of each kind and how they are compared. raw samples of
// disks stand beside their container, whose figures count for them too.
var compared = []struct {
	prefix, kind string
	compare      func(d differences, ours, truth object)
}{
	{"evtx/", "evtx", compareEvtx},
	{"hive/", "regf", compareHive},
	{"log/cbs/", "cbs", compareCBS},
	{"log/setup/", "setupact", compareSetup},
	{"log/misc/plaso__setupapi", "setupapi", compareDriverLog},
	{"log/defender/", "mpsigstub", compareStub},
	{"log/reagent/", "reagentlog", compareReAgentLog},
	{"log/msi/", "msi", compareInstaller},
	{"log/burn/", "burn", compareInstaller},
	{"log/windowsupdate/leapps__ReportingEvents", "reportingevents", compareReporting},
	{"log/windowsupdate/debajyati", "wulog", compareUpdateLog},
	{"log/windowsupdate/raja", "wulog", compareUpdateLog},
	{"log/windowsupdate/rkudache", "wulog", compareUpdateLog},
	{"wim/", "wim", compareWIM},
	{"xml/", "reagent", compareReAgent},
	{"disk/", "disk", compareDisk},
	{"ese/goese__SRUDB", "ese", compareESE},
	{"ese/goese__qmgr", "ese", compareESE},
	{"ese/plaso", "ese", compareESE},
}

func TestSamplesEqualTheTruth(t *testing.T) {
	dir := samples(t)
	truth := readTruth(t, dir)
	for _, name := range slices.Sorted(maps.Keys(truth)) {
		for _, c := range compared {
			if strings.HasPrefix(name, c.prefix) {
				t.Run(name, func(t *testing.T) { compareSample(t, dir, name, c.kind, c.compare, truth) })
			}
		}
	}
}

func readTruth(t *testing.T, dir string) map[string]object {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "TRUTH.json"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]object{}
	for name, v := range decode(t, raw) {
		figures := v.(map[string]any)["truth"]
		if m, ok := figures.(map[string]any); ok {
			out[name] = m
		} else {
			out[name] = object{}
		}
		if expected, ok := out[name]["expected"].(map[string]any); ok {
			out[name] = expected
		}
	}
	return out
}

func compareSample(t *testing.T, dir, name, kind string, compare func(d differences, ours, truth object), truth map[string]object) {
	d := differences{}
	code, out, errs := inspect(t, "--format", "json", filepath.Join(dir, name))
	ours := decode(t, []byte(out))
	switch {
	case code != 0 && ours["schema"] != "updoc.error/1":
		t.Fatalf("exit %d without an error document: %s%s", code, out, errs)
	case code != 0:
		d["refused"] = [2]string{ours.text("code"), ""}
	case ours["kind"] != kind:
		d["kind"] = [2]string{ours.text("kind"), kind}
	default:
		compare(d, ours, truth[name])
		if container, ok := rawForms[name]; ok {
			compare(d, ours, truth[container])
		}
	}
	checkDifferences(t, name, d)
}

// checkDifferences: every difference is explained, and every explanation is of a
// difference that is there.
func checkDifferences(t *testing.T, name string, d differences) {
	for figure, pair := range d {
		i := slices.IndexFunc(explained[name], func(e explanation) bool { return e.figure == figure })
		switch {
		case i < 0:
			t.Errorf("%s: ours %s, other tools %s", figure, clip(pair[0]), clip(pair[1]))
		case explained[name][i].ours != pair[0] && explained[name][i].ours != anyFigure:
			t.Errorf("%s: ours %s, but the explanation is of %s", figure, clip(pair[0]), explained[name][i].ours)
		}
	}
	for _, e := range explained[name] {
		if _, ok := d[e.figure]; !ok {
			t.Errorf("%s is explained, but there is no difference any more", e.figure)
		}
	}
}

// rawForms are raw images of containers whose figures the truth states.
var rawForms = map[string]string{
	"disk/raw_gz/plaso__vsstest.qcow2.raw.gz":          "disk/plaso__vsstest.qcow2",
	"disk/raw_gz/velo.vhdx.raw.gz":                     "disk/velociraptor__test.vhdx.zip",
	"disk/raw_gz/velociraptor__partition_image.raw.gz": "disk/velociraptor__partition_image.E01",
}

func TestExplainedSamplesExist(t *testing.T) {
	truth := readTruth(t, samples(t))
	for name := range explained {
		if truth[name] == nil {
			t.Errorf("%s is not in the sample set", name)
		}
	}
}
