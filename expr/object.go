package expr

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"updoc/model"
)

// trace belongs to one evaluation. It numbers the unseen facts that were met, so
// that an unknown result leads back to them, and remembers the last fact read.
type trace struct {
	v       Vars
	closed  bool // lists count as complete
	unseen  []Missing
	last    Cited
	hasLast bool
}

func newTrace(v Vars, closed bool) *trace { return &trace{v: v, closed: closed} }

func (t *trace) vars() map[string]any {
	return map[string]any{
		"machine": t.root("machine", reflect.ValueOf(t.v.Machine)),
		"failure": t.root("failure", reflect.ValueOf(t.v.Failure)),
		"kb":      t.root("kb", reflect.ValueOf(t.v.KB)),
		"windows": t.root("windows", reflect.ValueOf(t.v.Windows)),
	}
}

// absentRoot names what is lacking when a variable has no value.
var absentRoot = map[string]string{"kb": "knowledge", "windows": "knowledge"}

func (t *trace) root(path string, v reflect.Value) any {
	if v.IsNil() {
		return t.unknown(path, model.Unseen{Artifact: absentRoot[path], Reason: model.ReasonAbsent, How: model.HowNothing})
	}
	return &object{v: v.Elem(), path: path, t: t}
}

func (t *trace) unknown(path string, why model.Unseen) *types.Unknown {
	t.unseen = append(t.unseen, Missing{Path: path, Why: why})
	return types.NewUnknown(int64(len(t.unseen)), nil)
}

func (t *trace) missing(u *types.Unknown) []Missing {
	var out []Missing
	seen := map[string]bool{}
	for _, id := range u.IDs() {
		if id < 1 || id > int64(len(t.unseen)) {
			continue
		}
		if m := t.unseen[id-1]; !seen[m.Path] {
			seen[m.Path] = true
			out = append(out, m)
		}
	}
	return out
}

func (t *trace) cited(out ref.Val) []Cited {
	switch x := out.(type) {
	case *object:
		if c, ok := x.cite(); ok {
			return []Cited{c}
		}
	case traits.Lister:
		var all []Cited
		for it := x.Iterator(); it.HasNext() == types.True; {
			all = append(all, t.cited(it.Next())...)
		}
		return all
	case types.Bool, types.String, types.Int, types.Double, types.Timestamp:
		if t.hasLast {
			return []Cited{t.last}
		}
	}
	return nil
}

// object is a struct of model inside an expression.
type object struct {
	v    reflect.Value
	path string
	t    *trace
}

func (o *object) cite() (Cited, bool) {
	if origin, ok := o.v.Interface().(model.Origin); ok {
		return Cited{Path: o.path, Origin: origin}, origin != model.Origin{}
	}
	f := o.v.FieldByName("Origin")
	if !f.IsValid() {
		return Cited{}, false
	}
	origin, ok := f.Interface().(model.Origin)
	return Cited{Path: o.path, Origin: origin}, ok
}

func (o *object) field(i int, key string) any {
	return o.t.convert(o.v.Field(i), o.path+"."+key, o)
}

// convert turns a field into what CEL works with: the bare value of a known fact,
// an unknown for an unseen one.
func (t *trace) convert(v reflect.Value, path string, owner *object) any {
	switch typ := v.Type(); {
	case isFact(typ):
		return t.fact(v, path)
	case isList(typ):
		return t.list(v.Field(0), path, v.Field(1).Interface().(model.Coverage))
	case typ.Kind() == reflect.Slice:
		return t.list(v, path, model.Coverage{Complete: true})
	case typ.Kind() == reflect.Struct && typ != timeType:
		return &object{v: v, path: path, t: t}
	}
	if owner != nil {
		if c, ok := owner.cite(); ok {
			c.Path, c.Value = path, plain(v)
			t.last, t.hasLast = c, true
		}
	}
	return bare(v)
}

func (t *trace) fact(v reflect.Value, path string) any {
	if !v.FieldByName("Known").Bool() {
		why := v.MethodByName("Reason").Call(nil)[0].Interface().(model.Unseen)
		return t.unknown(path, why)
	}
	value := v.Field(0)
	t.last, t.hasLast = Cited{Path: path, Value: plain(value), Origin: v.FieldByName("Origin").Interface().(model.Origin)}, true
	return t.convert(value, path, nil)
}

// list is complete, or ends in an unknown element: then "none of them" is unseen,
// while "one of them" can still be true.
func (t *trace) list(v reflect.Value, path string, c model.Coverage) any {
	elems := make([]ref.Val, 0, v.Len()+1)
	for i := range v.Len() {
		elems = append(elems, adapter{}.NativeToValue(t.convert(v.Index(i), fmt.Sprintf("%s[%d]", path, i), nil)))
	}
	if t.closed || c.Covers(t.v.At) {
		return types.NewRefValList(adapter{}, elems)
	}
	u := t.unknown(path, c.Reason())
	return &openList{Lister: types.NewRefValList(adapter{}, append(elems, u)), tail: u}
}

// openList is a list of which a part was not seen.
type openList struct {
	traits.Lister
	tail *types.Unknown
}

// Size is unseen: there may be more.
func (l *openList) Size() ref.Val { return l.tail }

// Fold implements traits.Foldable: CEL's own fold asks for a size, which is unseen.
func (l *openList) Fold(f traits.Folder) {
	i := types.IntZero
	for it := l.Iterator(); it.HasNext() == types.True; i++ {
		if !f.FoldEntry(i, it.Next()) {
			return
		}
	}
}

// Contains is true or unseen, never false.
func (l *openList) Contains(v ref.Val) ref.Val {
	if l.Lister.Contains(v) == types.True {
		return types.True
	}
	return l.tail
}

func bare(v reflect.Value) any {
	switch v.Kind() {
	case reflect.String:
		return types.String(v.String())
	case reflect.Bool:
		return types.Bool(v.Bool())
	case reflect.Int, reflect.Int64:
		return types.Int(v.Int())
	case reflect.Uint64:
		return types.Int(int64(min(v.Uint(), math.MaxInt64)))
	case reflect.Float64:
		return types.Double(v.Float())
	}
	if tm, ok := v.Interface().(time.Time); ok {
		return types.Timestamp{Time: tm}
	}
	return types.NewErr("no fact: %s", v.Type())
}

func plain(v reflect.Value) any {
	if b, ok := bare(v).(ref.Val); ok {
		n, _ := native(b)
		return n
	}
	return nil
}

type adapter struct{}

// NativeToValue implements types.Adapter.
func (adapter) NativeToValue(v any) ref.Val {
	if r, ok := v.(ref.Val); ok {
		return r
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s does not become a %s", o.path, t)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("%s does not become a %s", o.path, t.TypeName())
}

// Equal implements ref.Val: two objects are equal if they are the same fact.
func (o *object) Equal(other ref.Val) ref.Val {
	x, ok := other.(*object)
	return types.Bool(ok && x.path == o.path)
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return types.NewObjectType(structName(o.v.Type())) }

// Value implements ref.Val.
func (o *object) Value() any { return o }
