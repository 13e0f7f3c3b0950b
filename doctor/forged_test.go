package doctor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

// forgeries are what a hostile bundle may put in the place of anything.
var forgeries = []any{
	nil, true, false, 0, -1, 1, math.MaxInt64, math.MinInt64, 1e300, 0.5, "", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
	"1601-01-01T00:00:00Z", "disk0p99999999999999999999", "{00000000-0000-0000-0000-000000000000}", "0x80070643", "<script>alert(1)</script>",
	"\x1b[2J\x07\r\n\u202e\u0085", "\xff\xfe", strings.Repeat("長い", 5000), "{free} %s {{.}}", []any{}, map[string]any{},
}

// Facts from a stranger's bundle, whatever they say, are diagnosed, planned and shown
// without a panic, and cannot command the terminal.
func TestForgedFacts(t *testing.T) {
	t.Parallel()
	b, err := base()
	if err != nil {
		t.Fatal(err)
	}
	src, err := (&patient{Image: sick(t)}).open()
	if err != nil {
		t.Fatal(err)
	}
	m, err := doctor.Look(t.Context(), src, doctor.Options{Now: when})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	rapid.Check(t, func(rt *rapid.T) {
		var tree any
		if err := json.Unmarshal(whole, &tree); err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			tree = forge(rt, tree, 0)
		}
		raw, err := json.Marshal(tree)
		if err != nil {
			rt.Fatal(err)
		}
		var forged model.Machine
		if json.Unmarshal(raw, &forged) != nil {
			return // such a bundle is refused
		}
		read++
		d, err := doctor.Diagnose(&forged, doctor.Options{Now: when, Knowledge: b})
		if err != nil {
			rt.Fatal(err)
		}
		for _, format := range []string{"text", "json", "html", "md"} {
			var out bytes.Buffer
			if err := report.Write(&out, d, b, report.Options{Format: format, Lang: rapid.SampledFrom([]string{"en", "ja"}).Draw(rt, "lang"), Verbose: true}); err != nil {
				rt.Fatal(format, err)
			}
			if format == "text" && strings.ContainsFunc(out.String(), commands) {
				rt.Fatalf("control characters in %q", out.String())
			}
			if format == "html" && strings.Contains(out.String(), "<script>alert") {
				rt.Fatal("a script in the page")
			}
		}
	})
	if read < 20 {
		t.Errorf("only %d forgeries were read", read)
	}
}

func commands(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' }

// forge replaces, removes or repeats something somewhere in a JSON tree.
func forge(rt *rapid.T, v any, depth int) any {
	stop := depth > 2 && rapid.IntRange(0, 3).Draw(rt, "stop") == 0
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 || stop {
			break
		}
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(x))).Draw(rt, "key")
		if depth > 0 && rapid.IntRange(0, 9).Draw(rt, "remove") == 0 {
			delete(x, key)
		} else if depth > 0 || key != "schema" {
			x[key] = forge(rt, x[key], depth+1)
		}
		return x
	case []any:
		if len(x) == 0 || stop {
			break
		}
		i := rapid.IntRange(0, len(x)-1).Draw(rt, "index")
		if rapid.IntRange(0, 9).Draw(rt, "repeat") == 0 {
			return append(x, x[i])
		}
		x[i] = forge(rt, x[i], depth+1)
		return x
	}
	return rapid.SampledFrom(like(rt, v)).Draw(rt, "forgery")
}

// like are the forgeries of the same JSON kind as v, mostly: others are refused before
// anything is diagnosed, and then nothing is tried but that.
func like(rt *rapid.T, v any) []any {
	if rapid.IntRange(0, 4).Draw(rt, "kind") == 0 {
		return forgeries
	}
	out := []any{nil}
	for _, f := range forgeries {
		if _, number := f.(int); jsonKind(f) == jsonKind(v) || number && jsonKind(v) == "float64" {
			out = append(out, f)
		}
	}
	return out
}

func jsonKind(v any) string { return fmt.Sprintf("%T", v) }
