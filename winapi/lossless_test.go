package winapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lossless are all calls with what proves that a recording of each loses nothing.
var lossless = map[string]func(*testing.T){
	string(System): kept(System), string(Token): kept(Token), string(RegistryKey): kept(RegistryKey), string(Events): kept(Events), string(Channel): kept(Channel),
	string(Disks): kept(Disks), string(Volumes): kept(Volumes), string(Encryption): kept(Encryption), string(Services): kept(Services),
	string(SecurityProducts): kept(SecurityProducts), string(Filters): kept(Filters), string(Defender): kept(Defender), string(DiskHealth): kept(DiskHealth),
	string(UpdateHistory): kept(UpdateHistory), string(SearchUpdates): kept(SearchUpdates), string(AppControl): kept(AppControl), string(AgentBusy): kept(AgentBusy),
	string(Power): kept(Power), string(Clock): kept(Clock), string(FileSecurity): kept(FileSecurity), string(KeySecurity): kept(KeySecurity),
	string(SetValue): kept(SetValue), string(DeleteValue): kept(DeleteValue), string(DeleteKey): kept(DeleteKey), string(SetStart): kept(SetStart),
	string(StartService): kept(StartService), string(StopService): kept(StopService), string(Dependents): kept(Dependents), string(Run): kept(Run),
	string(MicrosoftSigned): kept(MicrosoftSigned), string(Restart): kept(Restart), string(Resize): kept(Resize), string(Create): kept(Create),
	string(Delete): kept(Delete), string(SetType): kept(SetType), string(Format): kept(Format), string(SuspendProtection): kept(SuspendProtection),
	string(ResumeProtection): kept(ResumeProtection), string(InstallUpdate): kept(InstallUpdate), string(HideUpdate): kept(HideUpdate),
	string(RegisterTask): kept(RegisterTask), string(DeleteTask): kept(DeleteTask), string(SetFileSecurity): kept(SetFileSecurity),
	string(FileSystem): kept(FileSystem), string(Installers): kept(Installers), string(ShadowCopy): kept(ShadowCopy), string(DeleteShadow): kept(DeleteShadow),
	string(Console): kept(Console), string(Sequences): kept(Sequences), string(Discard): kept(Discard), string(Open): kept(Open),
}

// Every call that the source names is among them: looking, acting and the console alike.
func TestEveryCallCanBeRecorded(t *testing.T) {
	named := callsInSource(t)
	if len(named) < 45 {
		t.Fatalf("only %d calls are found in the source", len(named))
	}
	for _, name := range named {
		if lossless[name] == nil {
			t.Errorf("nothing proves that %s can be recorded", name)
		}
	}
	for name, prove := range lossless {
		if !slices.Contains(named, name) {
			t.Errorf("%s is no call any more", name)
		}
		t.Run(name, prove)
	}
}

// callsInSource are the names of all constants of the type Call.
func callsInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) > 0 && isCall(v.Type) {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, text)
			}
			return true
		})
	}
	return names
}

func isCall(e ast.Expr) bool {
	of, ok := e.(*ast.IndexListExpr)
	if !ok {
		return false
	}
	id, ok := of.X.(*ast.Ident)
	return ok && id.Name == "Call"
}

// answering answers each question with the next of these, once.
type answering struct {
	answers []any
	errs    []error
}

func (a *answering) Call(_ context.Context, _ string, _, answer any) error {
	if got := a.answers[0]; a.errs[0] == nil {
		reflect.ValueOf(answer).Elem().Set(reflect.ValueOf(got))
	}
	err := a.errs[0]
	a.answers, a.errs = a.answers[1:], a.errs[1:]
	return err
}

// moments are times as calls give them: UTC, and the zero one.
var moments = rapid.Custom(func(t *rapid.T) any {
	if rapid.Bool().Draw(t, "none") {
		return time.Time{}
	}
	return time.Unix(rapid.Int64Range(-1<<33, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()
})

func anything[T any]() *rapid.Generator[T] {
	return rapid.MakeCustom[T](rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{reflect.TypeFor[time.Time](): moments}})
}

// kept proves it of a call: whatever was asked and answered, and every error, comes back
// from the recording as it was.
func kept[A, R any](c Call[A, R]) func(*testing.T) {
	return func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			one, other := anything[A]().Draw(t, "args"), anything[A]().Draw(t, "other args")
			asks := []A{one, one, one, one}
			first, second, last := anything[R]().Draw(t, "first"), anything[R]().Draw(t, "second"), anything[R]().Draw(t, "last")
			refused := &Error{Call: string(c), Code: rapid.Uint32().Draw(t, "code"), Text: rapid.String().Draw(t, "text")}
			windows := &answering{answers: []any{first, second, nil, nil}, errs: []error{nil, nil, refused, ErrUnsupported}}
			if text(one) != text(other) {
				asks, windows.answers, windows.errs = append(asks, other), append(windows.answers, last), append(windows.errs, nil)
			}
			var written bytes.Buffer
			recorder := &Recorder{Of: windows, Out: &written}
			want, wantErrs := doAll(c, recorder, asks)
			again, err := ReadRecording(strings.NewReader(written.String()))
			if err != nil {
				t.Fatal(err)
			}
			got, gotErrs := doAll(c, again, asks)
			for i := range asks {
				if !reflect.DeepEqual(plainly(got[i]), plainly(want[i])) || !sameError(gotErrs[i], wantErrs[i]) {
					t.Errorf("%s, call %d:\n%+v %v\n%+v %v", c, i, got[i], gotErrs[i], want[i], wantErrs[i])
				}
			}
			asked(t, written.Bytes(), asks)
		})
	}
}

func doAll[A, R any](c Call[A, R], w Caller, asks []A) (answers []R, errs []error) {
	for _, args := range asks {
		r, err := c.Do(context.Background(), w, args)
		answers, errs = append(answers, r), append(errs, err)
	}
	return answers, errs
}

func text(v any) string {
	s, _ := compact(v) // arguments always have a JSON form
	return s
}

// asked: the lines also say what was asked.
func asked[A any](t *rapid.T, written []byte, asks []A) {
	for i, line := range bytes.Split(bytes.TrimSpace(written), []byte("\n")) {
		var e entry
		var args A
		if err := errors.Join(json.Unmarshal(line, &e), json.Unmarshal(e.Args, &args)); err != nil || !reflect.DeepEqual(plainly(args), plainly(asks[i])) {
			t.Errorf("asked %+v, written %s (%v)", asks[i], line, err)
		}
	}
}

func sameError(a, b error) bool {
	var x, y *Error
	if errors.As(a, &x) && errors.As(b, &y) {
		return *x == *y
	}
	return errors.Is(a, ErrUnsupported) == errors.Is(b, ErrUnsupported) && (a == nil) == (b == nil)
}

// plainly is a value with no list where it has an empty one: nobody tells them apart.
func plainly(v any) any {
	if v == nil {
		return nil
	}
	copied := reflect.New(reflect.TypeOf(v)).Elem()
	copied.Set(reflect.ValueOf(v))
	return withoutEmpty(copied).Interface()
}

func withoutEmpty(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Slice:
		if v.Len() == 0 {
			return reflect.Zero(v.Type())
		}
		all := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			all.Index(i).Set(withoutEmpty(v.Index(i)))
		}
		return all
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			out.Field(i).Set(withoutEmpty(v.Field(i)))
		}
		return out
	}
	return v
}
