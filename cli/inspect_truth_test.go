package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"updoc/testkit"
)

// samples is the folder of real artefacts beside the project.
func samples(t *testing.T) string { return filepath.Dir(testkit.Sample(t, "TRUTH.json")) }

// object is a JSON document whose numbers keep their digits.
type object map[string]any

func decode(t *testing.T, raw []byte) object {
	t.Helper()
	var o object
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&o); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return o
}

// at walks into a document: "header.dirty", "images.0.name". nil if there is nothing.
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for part := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(inner) {
				return nil
			}
			v = inner[i]
		default:
			return nil
		}
	}
	return v
}

func (o object) text(path string) string { return flat(o.at(path)) }

// flat writes a value so that equal facts give equal text: maps by key, null and
// absent alike.
func flat(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, k+"="+flat(v[k]))
		}
		return strings.Join(parts, " ")
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, flat(e))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}

// differences are the figures in which we and the other tools disagree.
type differences map[string][2]string // figure → ours, theirs

// same notes a difference of one figure that the truth states.
func (d differences) same(figure string, ours any, truth object, path string) {
	if want := truth.at(path); want != nil {
		if o, w := flat(ours), flat(want); o != w {
			d[figure] = [2]string{o, w}
		}
	}
}

func (d differences) equal(figure, ours, want string) {
	if ours != want {
		d[figure] = [2]string{ours, want}
	}
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// micro cuts a time of ours to the six digits the truth has.
func micro(v any) string {
	t, err := time.Parse(time.RFC3339Nano, flat(v))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(t.Truncate(time.Microsecond).Format("2006-01-02T15:04:05.000000"), ".000000")
}

func compareEvtx(d differences, o, t object) {
	d.same("records", o["records"], t, "libevtx_records")
	d.same("records not recovered", number(o["records"])-number(o["recovered"]), t, "libevtx_records")
	d.same("records by raw walk", o["records"], t, "records_by_raw_walk")
	d.same("damagedChunks", o["damagedChunks"], t, "chunk_event_crc_bad")
	d.same("chunks", o["chunks"], t, "chunks_with_magic")
	d.same("dirty", o["dirty"], t, "header.dirty")
	d.same("full", o["full"], t, "header.full")
	d.same("nextRecordId", o["nextRecordId"], t, "header.next_record_id")
	d.same("version", o["version"], t, "header.version")
	d.equal("firstTime", micro(o["firstTime"]), t.text("first_time"))
	d.equal("lastTime", micro(o["lastTime"]), t.text("last_time"))
	d.compareEvents(o, t)
	d.same("levels", o["levels"], t, "level_counts")
	d.same("computers", o["computers"], t, "computers")
	d.equal("providers", flat(o["providers"]), flat(providersOf(o["events"])))
}

// compareEvents: the truth lists the 40 most frequent events and how many there are.
func (d differences) compareEvents(o, t object) {
	ours := o["events"].(map[string]any)
	theirs := t.at("provider_event_counts").(map[string]any)
	shown := map[string]any{}
	for name := range theirs {
		shown[name] = ours[name]
	}
	d.equal("events", flat(shown), flat(theirs))
	d.same("kinds of events", len(ours), t, "distinct_provider_event")
}

// providersOf sums "provider/event" counts by provider.
func providersOf(events any) map[string]any {
	sums := map[string]int64{}
	for name, n := range events.(map[string]any) {
		count, _ := n.(json.Number).Int64()
		sums[name[:strings.LastIndexByte(name, '/')]] += count
	}
	out := map[string]any{}
	for name, n := range sums {
		out[name] = n
	}
	return out
}

func compareHive(d differences, o, t object) {
	d.same("keys", o["keys"], t, "keys")
	d.same("keys by hivexml", o["keys"], t, "hivexml_nodes")
	d.same("values", o["values"], t, "values")
	d.same("root", o["root"], t, "root_key")
	d.same("subkeys", o["subkeys"], t, "root_subkeys")
	d.same("dirty", o["dirty"], t, "base_block.dirty")
	d.same("primary", o["primary"], t, "base_block.primary_seq")
	d.same("secondary", o["secondary"], t, "base_block.secondary_seq")
	d.same("version", o["version"], t, "base_block.version")
	d.same("checksumOk", o["checksumOk"], t, "base_block.checksum_ok")
	d.same("name", o["name"], t, "base_block.name")
	if t.at("libregf_error") != nil || t.at("hivexml_err") != nil {
		d["readable"] = [2]string{"yes", t.text("libregf_error") + t.text("hivexml_err")}
	}
	if t.at("bcd_objects") != nil {
		d.equal("bcd", flat(bcdObjects(o)), flat(t.at("bcd_objects")))
	}
}

// bcdObjects puts our boot store into the form of the truth.
func bcdObjects(o object) map[string]any {
	out := map[string]any{}
	objects, _ := o.at("bcd.objects").([]any)
	for _, item := range objects {
		b := object(item.(map[string]any))
		entry := map[string]any{"type": b["type"], "elements": b["elements"]}
		if b["description"] != nil {
			entry["description"] = b["description"]
		}
		if b["path"] != nil {
			entry["path"] = b["path"]
		}
		if b.text("type") == "0x10100002" && o.at("bcd.default") != nil {
			entry["default"] = o.at("bcd.default")
		}
		out[b.text("id")] = entry
	}
	return out
}

func compareCBS(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("hresults", o["hresults"], t, "HRESULT")
	d.same("clients", o["clients"], t, "clients")
	if t.at("clients") != nil {
		d.equal("sessions", o.text("sessions"), sumOf(t.at("clients")))
	}
	d.same("levels", o["levels"], t, "level_counts")
	d.same("stampedLines", o["stampedLines"], t, "timestamped_lines")
	d.compareLocal(o, t)
	d.same("stackVersions", o["stackVersions"], t, "servicing_stack")
	d.same("corruption detected", o.at("corruption.0.detected"), t, "corruption_summaries.0.detected")
	d.same("corruption repaired", o.at("corruption.0.repaired"), t, "corruption_summaries.0.repaired")
	if list, ok := t.at("corruption_summaries").([]any); ok {
		d.equal("corruption", strconv.Itoa(len(o["corruption"].([]any))), strconv.Itoa(len(list)))
	}
	d.same("sfc cannot repair", o.at("sfc.cannotRepair"), t, "sr_cannot_repair")
	d.same("sfc files", o.at("sfc.files"), t, "sr_cannot_repair_files")
	d.same("sfc repaired", o.at("sfc.repaired"), t, "sr_repaired")
	d.same("codes", shortCodes(o["hresults"]), t, "codes")
}

func sumOf(counts any) string {
	sum := int64(0)
	for _, n := range counts.(map[string]any) {
		count, _ := n.(json.Number).Int64()
		sum += count
	}
	return fmt.Sprint(sum)
}

// shortCodes are failing codes in the form of the truth: without 0x.
func shortCodes(codes any) map[string]any {
	out := map[string]any{}
	for code, n := range codes.(map[string]any) {
		if strings.HasPrefix(code, "0x8") {
			out[code[2:]] = n
		}
	}
	return out
}

func (d differences) compareLocal(o, t object) {
	for ours, theirs := range map[string]string{"firstLocal": "first_ts", "lastLocal": "last_ts"} {
		if t.at(theirs) != nil {
			d.equal(ours, strings.Replace(o.text(ours), "T", " ", 1), t.text(theirs))
		}
	}
}

func compareSetup(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("stampedLines", o["stampedLines"], t, "timestamped_lines")
	d.compareLocal(o, t)
	d.same("codes", shortCodes(o["codes"]), t, "codes_8xxxxxxx")
}

func compareDriverLog(d differences, o, t object) { d.same("lines", o["lines"], t, "lines") }
func compareUpdateLog(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("stampedLines", o["stampedLines"], t, "timestamped_lines")
	d.same("components", o["components"], t, "components")
	if first := t.text("first_ts"); first != "" {
		d.equal("firstLocal", strings.NewReplacer("T", " ", "-", "/").Replace(o.text("firstLocal")), first)
	}
}

func compareReAgentLog(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("stampedLines", o["stampedLines"], t, "timestamped_lines")
	d.compareLocal(o, t)
}

// compareInstaller compares the lines that decide, where both name one, and the end that
// the log's own last report of a result gives.
func compareInstaller(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	if known := t.text("encoding"); known != "" {
		d.equal("encoding", strings.TrimSuffix(o.text("encoding"), "le"), known)
	}
	ours := map[string]string{}
	for _, l := range o["deciding"].([]any) {
		ours[object(l.(map[string]any)).text("line")] = object(l.(map[string]any)).text("text")
	}
	lead, _ := t["deciding_lines"].([]any)
	for _, l := range lead {
		theirs := object(l.(map[string]any))
		if text, ok := ours[theirs.text("line")]; ok {
			d.equal("line "+theirs.text("line"), fmt.Sprint(strings.HasSuffix(theirs.text("text"), text)), "true")
		}
		for _, mark := range []string{"MainEngineThread is returning ", "Exit code: "} {
			if _, result, ok := strings.Cut(theirs.text("text"), mark); ok {
				d.equal("result", o.text("result"), result)
			}
		}
	}
}

// compareStub: the lines that decide, as another tool counted them, are of runs that
// succeeded.
func compareStub(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("encoding", strings.TrimSuffix(o.text("encoding"), "le"), t, "encoding")
	d.same("codes", o["codes"], t, "codes")
}

func compareReporting(d differences, o, t object) {
	d.same("lines", o["lines"], t, "lines")
	d.same("hresults", o["hresults"], t, "error_codes")
	d.equal("kbs", strings.Join(slices.Sorted(maps.Keys(o["kbs"].(map[string]any))), ", "), t.text("kbs"))
	d.equal("encoding", strings.ReplaceAll(o.text("encoding"), "-", ""), strings.ReplaceAll(t.text("bom"), "-", ""))
}

func compareWIM(d differences, o, t object) {
	d.equal("compression", o.text("compression"), strings.ToLower(t.text("compression")))
	d.same("chunkSize", o["chunkSize"], t, "chunk")
	d.same("flags", o["flags"], t, "flags")
	d.same("version", o["version"], t, "version")
	d.same("imageCount", o["imageCount"], t, "image_count")
	d.equal("images", strconv.Itoa(len(o["images"].([]any))), t.text("wiminfo_images"))
	d.same("part", o["part"], t, "part")
	d.equal("valid", o.text("valid"), fmt.Sprint(t.text("wimverify_rc") == "0"))
	d.same("entries", o.at("images.0.entriesFound"), t, "wimdir_entries")
}

func compareReAgent(d differences, o, t object) {
	d.same("bcd", o["bcd"], t, "bcd")
	d.same("osBuild", o["osBuild"], t, "build")
	d.same("location.guid", o.at("location.guid"), t, "guid")
	d.same("location.offset", o.at("location.offset"), t, "offset")
	d.same("location.path", o.at("location.path"), t, "path")
	d.same("installState", o["installState"], t, "install_state")
	d.same("scheduledOperation", o["scheduledOperation"], t, "scheduled")
	d.same("winreStaged", o["winreStaged"], t, "staged")
	d.equal("state", o.text("state"), map[string]string{"0": "disabled", "1": "enabled"}[t.text("install_state")])
}

func compareESE(d differences, o, t object) {
	d.same("rawState", o["rawState"], t, "db_state")
	d.same("pageSize", o["pageSize"], t, "page_size")
	d.same("revision", o["revision"], t, "format_revision")
	d.same("version", o["version"], t, "format_version")
	d.same("tables", o["tables"], t, "tables")
	d.equal("state", o.text("state"), map[string]string{"2": "dirty", "3": "clean"}[t.text("db_state")])
	if t.at("libesedb_error") != nil {
		d["readable"] = [2]string{"yes", t.text("libesedb_error")}
	}
}
