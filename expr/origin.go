package expr

import (
	"reflect"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/types"

	"updoc/model"
)

var pathPattern = regexp.MustCompile(`^(machine|failure|kb)(\.[A-Za-z][A-Za-z0-9]*)+$`)

// hasOrigin decides from types alone whether a cited expression leads to a place.
func (p *provider) hasOrigin(source string, t *types.Type) bool {
	if t.Kind() == types.ListKind {
		return p.hasOrigin("", t.Parameters()[0])
	}
	if t.Kind() == types.StructKind {
		return carriesOrigin(p.native[t.TypeName()])
	}
	return pathPattern.MatchString(source) && p.pathHasOrigin(source)
}

func carriesOrigin(t reflect.Type) bool {
	if t == nil {
		return false
	}
	if t == reflect.TypeFor[model.Origin]() {
		return true
	}
	f, ok := t.FieldByName("Origin")
	return ok && f.Type == reflect.TypeFor[model.Origin]()
}

// pathHasOrigin follows a path of names: it must end in a Fact, or in a plain field
// of a record that has an origin.
func (p *provider) pathHasOrigin(source string) bool {
	names := strings.Split(source, ".")
	t := map[string]reflect.Type{
		"machine": reflect.TypeFor[model.Machine](), "failure": reflect.TypeFor[model.Failure](), "kb": reflect.TypeFor[model.UpdateFacts](),
	}[names[0]]
	for i, name := range names[1:] {
		f, ok := fieldNamed(t, name)
		if !ok {
			return false
		}
		if i == len(names)-2 {
			return isFact(f.Type) || carriesOrigin(t)
		}
		t = f.Type
	}
	return false
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for i := range t.NumField() {
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); key == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}
