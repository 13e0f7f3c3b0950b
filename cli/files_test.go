package cli

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"updoc/knowledge"
)

// Every file that a remedy can ask for has a flag, and no flag is for nothing.
func TestFilesOfRemedies(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, r := range base.Remedies {
		if r.File != "" {
			asked[r.File] = true
		}
	}
	var flags fileFlags
	v := reflect.ValueOf(&flags).Elem()
	for i := range v.NumField() {
		v.Field(i).SetString("x")
	}
	have := slices.Sorted(maps.Keys(flags.files()))
	if want := slices.Sorted(maps.Keys(asked)); !slices.Equal(have, want) {
		t.Errorf("flags for %v, remedies ask for %v", have, want)
	}
	if len((fileFlags{}).files()) != 0 {
		t.Error("a file nobody named")
	}
}
