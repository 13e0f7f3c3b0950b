package expr

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"updoc/model"
)

// provider tells CEL the types of model: every struct reachable from the variables,
// with its JSON names. A Fact has the type of its value, a List that of a list.
type provider struct {
	structs map[string]map[string]*types.FieldType
	native  map[string]reflect.Type
}

var timeType = reflect.TypeFor[time.Time]()

func newProvider() (*provider, error) {
	p := &provider{structs: map[string]map[string]*types.FieldType{}, native: map[string]reflect.Type{}}
	for _, t := range []reflect.Type{reflect.TypeFor[model.Machine](), reflect.TypeFor[model.Failure](), reflect.TypeFor[model.UpdateFacts](), reflect.TypeFor[model.Lifecycle]()} {
		if _, err := p.typeOf(t); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func isFact(t reflect.Type) bool { return isGeneric(t, "Fact[") }
func isList(t reflect.Type) bool { return isGeneric(t, "List[") }

func isGeneric(t reflect.Type, prefix string) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == "updoc/model" && strings.HasPrefix(t.Name(), prefix)
}

func structName(t reflect.Type) string { return "model." + t.Name() }

func (p *provider) typeOf(t reflect.Type) (*types.Type, error) {
	switch {
	case t == timeType:
		return types.TimestampType, nil
	case isFact(t):
		return p.typeOf(t.Field(0).Type)
	case isList(t):
		return p.typeOf(t.Field(0).Type)
	}
	switch t.Kind() {
	case reflect.String:
		return types.StringType, nil
	case reflect.Bool:
		return types.BoolType, nil
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return types.IntType, nil
	case reflect.Float64:
		return types.DoubleType, nil
	case reflect.Slice:
		elem, err := p.typeOf(t.Elem())
		return types.NewListType(elem), err
	case reflect.Struct:
		return p.addStruct(t)
	}
	return types.DynType, nil // pointers, maps and interfaces are not facts
}

func (p *provider) addStruct(t reflect.Type) (*types.Type, error) {
	name := structName(t)
	if _, done := p.structs[name]; done {
		return types.NewObjectType(name), nil
	}
	fields := map[string]*types.FieldType{}
	p.structs[name], p.native[name] = fields, t
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" || key == "-" || f.Type.Kind() == reflect.Pointer {
			continue
		}
		ft, err := p.typeOf(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, key, err)
		}
		fields[key] = &types.FieldType{Type: ft, IsSet: func(any) bool { return true }, GetFrom: getter(i, key)}
	}
	return types.NewObjectType(name), nil
}

// getter reads field i of an object. An unseen object stays unseen in its parts.
func getter(i int, key string) ref.FieldGetter {
	return func(target any) (any, error) {
		switch o := target.(type) {
		case *types.Unknown:
			return o, nil
		case *object:
			return o.field(i, key), nil
		}
		return nil, fmt.Errorf("no field %s in %T", key, target)
	}
}

// EnumValue implements types.Provider: there are no enumerations.
func (p *provider) EnumValue(name string) ref.Val { return types.NewErr("unknown enum %s", name) }

// FindIdent implements types.Provider: expressions name no types.
func (p *provider) FindIdent(string) (ref.Val, bool) { return nil, false }

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.structs[name]; !ok {
		return nil, false
	}
	return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.structs[name]
	names := make([]string, 0, len(fields))
	for k := range fields {
		names = append(names, k)
	}
	slices.Sort(names)
	return names, ok
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	ft, ok := p.structs[name][field]
	return ft, ok
}

// NewValue implements types.Provider: expressions make no facts.
func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("expressions cannot make a %s", name)
}
