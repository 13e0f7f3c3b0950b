package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/testkit"
)

// recordLines runs inspect --records and decodes every line.
func recordLines(t *testing.T, args ...string) []object {
	t.Helper()
	code, out, errs := inspect(t, append([]string{"--records"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var all []object
	for line := range strings.Lines(out) {
		all = append(all, decode(t, []byte(line)))
	}
	return all
}

// The records of a sample are as many as its overview says.
func TestSamplesRecordByRecord(t *testing.T) {
	dir := samples(t)
	for _, name := range slices.Sorted(maps.Keys(readTruth(t, dir))) {
		path := filepath.Join(dir, name)
		code, out, _ := inspect(t, "--format", "json", path)
		if code != 0 {
			continue // TestSamplesEqualTheTruth says which, and why
		}
		want := decode(t, []byte(out))
		t.Run(name, func(t *testing.T) { compareRecords(t, recordLines(t, path), want) })
	}
}

func compareRecords(t *testing.T, all []object, want object) {
	figures := map[string]string{"evtx": "records", "regf": "keys", "reportingevents": "events"}
	if figure, ok := figures[want.text("kind")]; ok && fmt.Sprint(len(all)) != want.text(figure) {
		t.Errorf("%d lines, want %s of %s", len(all), want.text(figure), figure)
	}
	switch want.text("kind") {
	case "regf":
		values := 0
		for _, key := range all {
			values += len(asList(key["values"]))
		}
		if fmt.Sprint(values) != want.text("values") {
			t.Errorf("%d values, want %s", values, want.text("values"))
		}
	case "cbs":
		if n := countType(all, "corruption"); n != len(asList(want["corruption"])) {
			t.Errorf("%d store checks, want %v", n, want["corruption"])
		}
	case "ese":
		sum, _ := json.Number(sumOf(want["tables"])).Int64()
		if int64(len(all)) != sum {
			t.Errorf("%d lines, want %d rows", len(all), sum)
		}
	case "reagent", "pe", "wim", "disk":
		if len(all) == 0 {
			t.Error("no line")
		}
	}
}

func countType(all []object, kind string) (n int) {
	for _, o := range all {
		if o["type"] == kind {
			n++
		}
	}
	return n
}

// What the truth says of a SYSTEM hive, asked of our records. SYSTEM_B is compared
// without its logs, as the truth is: below another name they do not belong to it.
func TestSystemHivesByRecord(t *testing.T) {
	dir := samples(t)
	truth := readTruth(t, dir)
	for _, name := range []string{"hive/regipy__SYSTEM", "hive/regipy__SYSTEM_B"} {
		t.Run(name, func(t *testing.T) {
			keys := keysOf(recordLines(t, alone(t, name)))
			want := truth[name]
			d := differences{}
			set := "ControlSet00" + flat(keys.value(`select`, "Current"))
			d.same("control set", keys.value(`select`, "Current"), want, "current_control_set")
			d.same("name", keys.value(set+`\control\computername\computername`, "ComputerName"), want, "computer_name")
			d.same("zone", keys.value(set+`\control\timezoneinformation`, "TimeZoneKeyName"), want, "timezone")
			d.same("mounted devices", len(asList(keys[`mounteddevices`]["values"])), want, "mounted_devices")
			d.same("services", keys.below(set+`\services`), want, "services")
			for service := range want.at("service_start").(map[string]any) {
				d.same(service, keys.value(set+`\services\`+service, "Start"), want, "service_start."+service)
			}
			for figure, pair := range d {
				t.Errorf("%s: ours %s, other tools %s", figure, pair[0], pair[1])
			}
		})
	}
}

// keyIndex finds keys by their path in lower case.
type keyIndex map[string]object

func keysOf(records []object) keyIndex {
	index := keyIndex{}
	for _, r := range records {
		index[strings.ToLower(r.text("key"))] = r
	}
	return index
}

func (k keyIndex) value(path, name string) any {
	for _, v := range asList(k[strings.ToLower(path)]["values"]) {
		if value := object(v.(map[string]any)); strings.EqualFold(value.text("name"), name) {
			return value["data"]
		}
	}
	return nil
}

// below counts the subkeys of a key.
func (k keyIndex) below(path string) (n int) {
	prefix := strings.ToLower(path) + `\`
	for name := range k {
		if rest, ok := strings.CutPrefix(name, prefix); ok && !strings.Contains(rest, `\`) {
			n++
		}
	}
	return n
}

// alone copies a sample into a folder of its own.
func alone(t *testing.T, name string) string {
	return testkit.WriteFile(t, "hive", testkit.SampleBytes(t, name))
}

// Without its logs SYSTEM_B gives the figures of the tools that know no logs.
func TestDirtyHiveAlone(t *testing.T) {
	path := alone(t, "hive/regipy__SYSTEM_B")
	_, out, _ := inspect(t, "--format", "json", path)
	got := decode(t, []byte(out))
	if got["keys"] != json.Number("33123") || got["values"] != json.Number("74957") || got["dirty"] != true || got["recovered"] != false {
		t.Errorf("keys %v, values %v, dirty %v, recovered %v", got["keys"], got["values"], got["dirty"], got["recovered"])
	}
}

// What Windows itself made of the dirty hives is what we make of them.
func TestDirtyHivesAsWindowsRecoveredThem(t *testing.T) {
	dir := filepath.Join(samples(t), "hive/yarp")
	for dirty, recovered := range map[string]string{"NewDirtyHive1/NewDirtyHive": "NewDirtyHive1/RecoveredHive_Windows10", "OldDirtyHive/OldDirtyHive": "OldDirtyHive/RecoveredHive_Windows7"} {
		ours, theirs := recordLines(t, filepath.Join(dir, dirty)), recordLines(t, filepath.Join(dir, recovered))
		for _, o := range slices.Concat(ours, theirs) {
			delete(o, "offset")
		}
		if len(ours) != len(theirs) || len(ours) < 5 {
			t.Fatalf("%s: %d keys, Windows has %d", dirty, len(ours), len(theirs))
		}
		for i := range ours {
			if flat(map[string]any(ours[i])) != flat(map[string]any(theirs[i])) {
				t.Errorf("%s: %v, Windows has %v", dirty, ours[i], theirs[i])
			}
		}
	}
}

// The rows of one table of a database, and of all.
func TestTableOfADatabase(t *testing.T) {
	path := testkit.WriteFile(t, "DataStore.edb", builtDatabase(t))
	all := recordLines(t, "--table", "TBHISTORY", path)
	if len(all) != 2 || all[0].text("table") != "tbHistory" || all[0].text("values.UpdateId") != "01ff" || all[0].text("values.Title") != "更新" ||
		all[0].text("values.Date") != "2024-03-20T10:00:00Z" || all[0].text("values.Weight") != "+Inf" || all[1].at("values.Title") != nil {
		t.Errorf("%v", all)
	}
	if all := recordLines(t, "--table", "tbStoreVersion", path); len(all) != 0 {
		t.Errorf("%v", all)
	}
}
