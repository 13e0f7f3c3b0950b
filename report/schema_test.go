package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/knowledge"
	"updoc/model"
)

// The JSON Schemas in docs/schemas are made from the types of model, so that they
// cannot drift: descriptions are the comments of the fields, enumerations the lists
// below. -update writes them; without it the test compares.

var documents = map[string]struct {
	value  any
	schema string
}{
	"diagnosis": {model.Diagnosis{}, model.DiagnosisSchema},
	"plan":      {model.Plan{}, model.PlanSchema},
	"receipt":   {model.Receipt{}, model.ReceiptSchema},
	"machine":   {model.Machine{}, model.MachineSchema},
	"manifest":  {model.Manifest{}, model.ManifestSchema},
	"error":     {model.Error{}, model.ErrorSchema},
	"followup":  {model.FollowUp{}, model.FollowUpSchema},
	"backup":    {model.Backup{}, model.BackupSchema},
	"explain":   {Explanation{}, ExplainSchema},
	"verify":    {model.Verification{}, model.VerificationSchema},
	"deferred":  {model.Deferred{}, model.DeferredSchema},
	"summary":   {model.Summary{}, model.SummarySchema},
	"history":   {model.History{}, model.HistorySchema},
	"ordered":   {model.Ordered{}, model.OrderedSchema},
}

var (
	stages  = []any{"", model.StageScan, model.StageDownload, model.StageInstall, model.StageCommit}
	reasons = []any{model.ReasonNotLooked, model.ReasonAbsent, model.ReasonDamaged, model.ReasonEncrypted, model.ReasonUnsupported, model.ReasonPermission, model.ReasonInUse, model.ReasonOffline, model.ReasonOutOfRange, model.ReasonNoDisk, model.ReasonMasked}
	hows    = []any{"", model.HowDisk, model.HowUnlock, model.HowLive, model.HowAdmin, model.HowOnline, model.HowOlderLogs, model.HowRaw, model.HowCopyFolder, model.HowRestart, model.HowNothing}
	roles   = []any{model.RoleESP, model.RoleMSR, model.RoleWindows, model.RoleRecovery, model.RoleOEM, model.RoleData, model.RoleExtended, model.RoleUnknown}
)

// What a repair can come to, and the states of a journal.
var (
	fixVerdicts   = []any{model.FixCured, model.FixNotCured, model.FixWaiting, model.FixRefused, model.FixHalfDone, model.FixUndone, model.FixNothing, model.FixDry}
	stepVerdicts  = []any{model.StepDone, model.StepSkipped, model.StepRefused, model.StepFailed, model.StepUndone, model.StepFollowUp}
	journalStates = []any{"PREPARED", "UNDO_SYNCED", "APPLYING", "APPLIED", "VERIFIED", "UNDOING", "UNDONE", "DISCARDED"}
)

var enums = map[string][]any{
	"Diagnosis.outcome":     {model.OutcomeFailing, model.OutcomeHealed, model.OutcomeFalseError, model.OutcomeHealthy, model.OutcomeCondition, model.OutcomeUnseen},
	"Diagnosis.exitCode":    {0, 1, 3},
	"Diagnosis.lang":        {"en", "ja"},
	"SourceInfo.kind":       {"disk", "folder", "bundle", "live"},
	"Failure.outcome":       {model.OutcomeFailing, model.OutcomeHealed, model.OutcomeFalseError},
	"Failure.classFrom":     {"", "update", "evidence"},
	"Failure.stage":         stages,
	"Attempt.stage":         stages,
	"Attempt.outcome":       {model.AttemptFailed, model.AttemptInstalled, model.AttemptPending, model.AttemptCancelled, model.AttemptOpen},
	"Cause.verdict":         {model.VerdictConfirmed, model.VerdictLikely, model.VerdictPossible, model.VerdictRuledOut},
	"Missing.reason":        reasons,
	"Missing.how":           hows,
	"Unseen.reason":         reasons,
	"Unseen.how":            hows,
	"UnseenEntry.reason":    reasons,
	"UnseenEntry.how":       hows,
	"Partition.role":        roles,
	"LayoutPartition.role":  roles,
	"Disk.table":            {"gpt", "mbr", "none"},
	"Step.risk":             {model.RiskLook, model.RiskReversible, model.RiskCostly, model.RiskHard, model.RiskPartition},
	"Step.where[]":          {model.WhereLive, model.WhereOffline, model.WherePerson},
	"Step.undoKind":         {"none-needed", "exact", "inverse-plan", "not-possible"},
	"Gate.state":            {model.GateOpen, model.GateClosed, model.GateUnseen},
	"Explanation.lang":      {"en", "ja"},
	"Explained.kind":        {knowledge.TopicCode, knowledge.TopicKB, knowledge.TopicCause, knowledge.TopicRemedy, knowledge.TopicHarm},
	"Section.id":            explainSections,
	"RemedyFacts.risk":      {model.RiskLook, model.RiskReversible, model.RiskCostly, model.RiskHard, model.RiskPartition},
	"ExplainSource.grade":   {"A", "B", "C", "L", "M", "U"},
	"KBFact.grade":          {"A", "B", "C", "L", "M", "U"},
	"Receipt.verdict":       fixVerdicts,
	"Receipt.state":         append([]any{""}, journalStates...),
	"ReceiptStep.verdict":   stepVerdicts,
	"ReceiptStep.risk":      {model.RiskLook, model.RiskReversible, model.RiskCostly, model.RiskHard, model.RiskPartition},
	"JournalInfo.state":     append([]any{""}, journalStates...),
	"Waiting.for":           {model.WaitRestart, model.WaitPerson, model.WaitAgent, model.WaitTime},
	"Stopped.code":          {model.StoppedSameAgain, model.StoppedRestarts},
	"Verification.stopped":  {"", model.StoppedSameAgain, model.StoppedTries, model.StoppedBudget},
	"Verification.verdict":  {model.VerifyCured, model.VerifyFailing, model.VerifyWaiting, model.VerifyUnseen},
	"Verification.exitCode": {0, 1, 3, 5},
	"Verified.state":        {model.UpdateInstalled, model.UpdateReplaced, model.UpdateWaiting, model.UpdateFailing, model.UpdateMissing, model.UpdateFalseError, model.UpdateUnseen},
	"Sign.kind":             {"build", "winre", "package", "history", "diagnosis"},
	"BackupSet.kind":        {"desktop", "documents", "pictures", "music", "videos", "downloads", "onedrive", "mail", "bookmarks", "other", "public", "data"},
	"BackupFile.problem":    {model.BackupOnline, model.BackupEncrypted, model.BackupUnread, model.BackupUnwritten, model.BackupDiffers, model.BackupUnknown},
	"Summary.verb":          {"diagnose", "fix"},
	"Summary.outcome":       slices.Concat([]any{model.SummaryError, model.SummaryCannotLook, model.OutcomeFailing, model.OutcomeHealed, model.OutcomeFalseError, model.OutcomeHealthy, model.OutcomeCondition, model.OutcomeUnseen}, fixVerdicts),
	"SummaryStep.risk":      {model.RiskLook, model.RiskReversible, model.RiskCostly, model.RiskHard, model.RiskPartition},
	"SummaryStep.verdict":   append([]any{model.StepReady}, stepVerdicts...),
	"Backup.stopped":        {"", "cancelled", "backup-no-room", "backup-unwritable"},
}

var patterns = map[string]string{
	"Failure.code": `^(0x[0-9a-f]{8})?$`, "Failure.innerCode": `^(0x[0-9a-f]{8})?$`,
	"Attempt.code": `^(0x[0-9a-f]{8})?$`, "Attempt.innerCode": `^0x[0-9a-f]{8}$`, "Record.code": `^0x[0-9a-f]{8}$`,
	"Explained.id": `^(0x[0-9a-f]{8}|KB[0-9]{4,7}|[a-z][a-z0-9-]*)$`,
	"Error.code":   `^[a-z][a-z0-9-]*$`, "Cause.id": `^[a-z][a-z0-9-]*$`, "Step.remedy": `^[a-z][a-z0-9-]*$`,
	"FollowUpStep.remedy": `^[a-z][a-z0-9-]*$`, "BackupFile.sha256": `^[0-9a-f]{64}$`,
	"Deferral.kb": `^KB[0-9]{6,7}$`, "Deferral.until": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	"Failure.kb": `^(KB[0-9]{6,7})?$`, "Attempt.kb": `^KB[0-9]{6,7}$`,
}

// schemaOf describes a document.
func schemaOf(name string, comments map[string]string) map[string]any {
	doc := documents[name]
	g := generator{defs: map[string]any{}, comments: comments}
	t := reflect.TypeOf(doc.value)
	root := g.object(t)
	root["properties"].(map[string]any)["schema"] = map[string]any{"const": doc.schema}
	root["$schema"], root["$id"] = "https://json-schema.org/draft/2020-12/schema", "urn:"+strings.ReplaceAll(strings.Replace(doc.schema, ".", ":", 1), "/", ":")
	root["title"], root["$defs"] = doc.schema, g.defs
	return root
}

type generator struct {
	defs     map[string]any
	comments map[string]string
}

// of describes a type; at is "Type.key" of the field that has it.
func (g *generator) of(t reflect.Type, at string) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$`}
	case t == reflect.TypeFor[model.Plan]() && at == "Diagnosis.plan":
		return g.ref(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem(), at)
	case reflect.Struct:
		return g.ref(t)
	case reflect.Slice:
		return map[string]any{"type": []any{"array", "null"}, "items": g.of(t.Elem(), at+"[]")}
	case reflect.Map:
		if t.Elem().Kind() == reflect.String {
			return map[string]any{"type": []any{"object", "null"}, "additionalProperties": map[string]any{"type": "string"}}
		}
		return map[string]any{"type": []any{"object", "null"}}
	case reflect.Interface:
		return map[string]any{}
	}
	return g.scalar(t, at)
}

func (g *generator) scalar(t reflect.Type, at string) map[string]any {
	out := map[string]any{}
	switch t.Kind() {
	case reflect.Bool:
		out["type"] = "boolean"
	case reflect.String:
		out["type"] = "string"
	case reflect.Float64:
		out["type"] = "number"
	case reflect.Uint64:
		out["type"], out["minimum"] = "integer", 0
	default:
		out["type"] = "integer"
	}
	if e := enums[at]; e != nil {
		out["enum"] = e
	}
	if p := patterns[at]; p != "" {
		out["pattern"] = p
	}
	return out
}

// ref describes a struct once and refers to it.
func (g *generator) ref(t reflect.Type) map[string]any {
	name := strings.NewReplacer("updoc/model.", "", "[", "-", "]", "", "time.", "").Replace(t.Name())
	name = strings.TrimSuffix(name, "-")
	if _, ok := g.defs[name]; !ok {
		g.defs[name] = nil // a type that holds itself ends here
		if strings.HasPrefix(t.Name(), "Fact[") {
			g.defs[name] = g.fact(t)
		} else {
			g.defs[name] = g.object(t)
		}
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// fact is known with its origin, or unseen with a reason.
func (g *generator) fact(t reflect.Type) map[string]any {
	value, _ := t.FieldByName("Value")
	return map[string]any{"oneOf": []any{
		map[string]any{"type": "object", "required": []any{"value", "origin"}, "properties": map[string]any{"value": g.of(value.Type, ""), "origin": g.of(reflect.TypeFor[model.Origin](), "")}},
		map[string]any{"type": "object", "required": []any{"unseen"}, "properties": map[string]any{"unseen": g.of(reflect.TypeFor[model.Unseen](), "")}},
	}}
}

func (g *generator) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []any{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "-" || key == "" {
			continue
		}
		p := g.of(f.Type, t.Name()+"."+key)
		if c := g.comments[t.Name()+"."+f.Name]; c != "" {
			p["description"] = c
		}
		properties[key] = p
		if options == "" {
			required = append(required, key)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": true}
	if c := g.comments[t.Name()]; c != "" {
		out["description"] = c
	}
	return out
}

// commentsOfModel reads what the source of model says about types and fields.
func commentsOfModel(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	clean := func(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
	err := fs.WalkDir(os.DirFS("../model"), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../model", path), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				return true
			}
			spec := decl.Specs[0].(*ast.TypeSpec)
			out[spec.Name.Name] = clean(decl.Doc)
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						out[spec.Name.Name+"."+name.Name] = clean(f.Comment)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchemas(t *testing.T) {
	comments := commentsOfModel(t)
	for name := range documents {
		var got bytes.Buffer
		if err := WriteJSON(&got, schemaOf(name, comments)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("..", "docs", "schemas", name+".json")
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not what model says; go test ./report -run Schemas -update", path)
		}
	}
}

func readSchema(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "docs", "schemas", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}
