package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"updoc/model"
)

// validate checks a document against the part of JSON Schema that docs/schemas use:
// $ref, type, const, enum, pattern, minimum, properties, required,
// additionalProperties, items, oneOf.
func validate(root, schema map[string]any, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		def := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")]
		return validate(root, def.(map[string]any), v, at)
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if types, ok := schema["type"]; ok && !isType(v, types) {
		fault("%v is not %v", v, types)
		return faults
	}
	if c, ok := schema["const"]; ok && c != v {
		fault("%v is not %v", v, c)
	}
	if e, ok := schema["enum"].([]any); ok && !slices.Contains(e, v) {
		fault("%v is none of %v", v, e)
	}
	if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		fault("%v does not match %s", v, p)
	}
	if least, ok := schema["minimum"].(float64); ok && v.(float64) < least {
		fault("%v is below %v", v, least)
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		faults = append(faults, oneOf(root, choices, v, at)...)
	}
	switch v := v.(type) {
	case map[string]any:
		faults = append(faults, validateObject(root, schema, v, at)...)
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for i, item := range v {
				faults = append(faults, validate(root, items, item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		}
	}
	return faults
}

func oneOf(root map[string]any, choices []any, v any, at string) []string {
	fits := 0
	var all []string
	for _, c := range choices {
		faults := validate(root, c.(map[string]any), v, at)
		if len(faults) == 0 {
			fits++
		}
		all = append(all, faults...)
	}
	if fits == 1 {
		return nil
	}
	return append(all, fmt.Sprintf("%s: fits %d of %d choices", at, fits, len(choices)))
}

func validateObject(root, schema map[string]any, v map[string]any, at string) []string {
	var faults []string
	if required, ok := schema["required"].([]any); ok {
		for _, key := range required {
			if _, ok := v[key.(string)]; !ok {
				faults = append(faults, at+": lacks "+key.(string))
			}
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	rest, _ := schema["additionalProperties"].(map[string]any)
	for key, value := range v {
		s, ok := properties[key].(map[string]any)
		if !ok {
			s = rest
		}
		if s != nil {
			faults = append(faults, validate(root, s, value, at+"."+key)...)
		}
	}
	return faults
}

func isType(v, types any) bool {
	list, ok := types.([]any)
	if !ok {
		list = []any{types}
	}
	return slices.ContainsFunc(list, func(t any) bool {
		switch v := v.(type) {
		case nil:
			return t == "null"
		case bool:
			return t == "boolean"
		case string:
			return t == "string"
		case float64:
			return t == "number" || (t == "integer" && v == math.Trunc(v))
		case []any:
			return t == "array"
		}
		return t == "object"
	})
}

// check validates what a value becomes as JSON.
func check(t *testing.T, name string, value any) []string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteJSON(&out, value); err != nil {
		t.Fatal(err)
	}
	return checkJSON(t, name, out.Bytes())
}

func checkJSON(t *testing.T, name string, raw []byte) []string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	schema := readSchema(t, name)
	return validate(schema, schema, v, name)
}

func TestDocumentsFitTheirSchemas(t *testing.T) {
	b := base(t)
	for name, make := range fixtures {
		d := make()
		for _, fault := range check(t, "diagnosis", Fill(d, b, "ja")) {
			t.Errorf("%s: %s", name, fault)
		}
		for _, fault := range check(t, "machine", d.Machine) {
			t.Errorf("%s: %s", name, fault)
		}
		for _, fault := range check(t, "plan", FillPlan(d, b, "en")) {
			t.Errorf("%s: %s", name, fault)
		}
	}
	e := &model.Error{Code: "source-not-found", Args: model.Args{"path": "x.img"}, Err: os.ErrNotExist}
	var out bytes.Buffer
	if err := WriteErrorJSON(&out, e, b, "ja"); err != nil {
		t.Fatal(err)
	}
	for _, fault := range checkJSON(t, "error", out.Bytes()) {
		t.Error(fault)
	}
	for _, fault := range check(t, "manifest", model.Manifest{Schema: model.ManifestSchema, Source: model.SourceInfo{Kind: "disk"}, Time: day(1, 0, 0), Members: map[string]string{"machine.json": "00"}}) {
		t.Error(fault)
	}
	for _, fault := range check(t, "receipt", model.Receipt{Schema: model.ReceiptSchema, Source: model.SourceInfo{Kind: "disk"}, Started: day(1, 0, 0), Ended: day(1, 0, 1), Verdict: "cured"}) {
		t.Error(fault)
	}
}

// A validator that finds nothing wrong with wrong documents would prove nothing.
func TestSchemasRefuse(t *testing.T) {
	for what, spoil := range map[string]func(*model.Diagnosis){
		"a verdict outside the list":  func(d *model.Diagnosis) { d.Failures[0].Causes[0].Verdict = "sure" },
		"a code with capital letters": func(d *model.Diagnosis) { d.Failures[0].Code = "0x8007064A" },
		"another schema":              func(d *model.Diagnosis) { d.Schema = "updoc.diagnosis/2" },
		"a reason outside the list":   func(d *model.Diagnosis) { d.Unseen[0].Reason = "lost" },
		"a risk outside the list":     func(d *model.Diagnosis) { d.Plan.Steps[0].Risk = "R9" },
		"a place outside the list":    func(d *model.Diagnosis) { d.Plan.Steps[0].Where[0] = "moon" },
	} {
		d := confirmedDiagnosis()
		d.Lang = "en"
		if faults := check(t, "diagnosis", d); len(faults) > 0 {
			t.Fatalf("before: %v", faults)
		}
		spoil(d)
		if len(check(t, "diagnosis", d)) == 0 {
			t.Errorf("%s is let pass", what)
		}
	}
	if len(checkJSON(t, "machine", []byte(`{"schema":"updoc.machine/1"}`))) == 0 {
		t.Error("a machine without facts is let pass")
	}
	if len(checkJSON(t, "error", []byte(`{"schema":"updoc.error/1","code":"Bad Code","message":"","hints":[],"cause":[]}`))) == 0 {
		t.Error("a code with capitals is let pass")
	}
}
