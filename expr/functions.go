package expr

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// functions are what expressions have beside CEL's own: versions compare by number,
// not by letter, and an empty or odd version answers "unseen" nowhere but false.
func functions() []cel.EnvOption {
	return append(nameFunctions(),
		cel.Function("versionAtLeast", cel.Overload("version_at_least_string_string",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.BoolType, cel.BinaryBinding(versionAtLeast))),
		cel.Function("mib", cel.Overload("mib_int", []*cel.Type{cel.IntType}, cel.IntType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return v.(types.Int) << 20 }))),
		cel.Function("larger", cel.Overload("larger_int_int", []*cel.Type{cel.IntType, cel.IntType}, cel.IntType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val { return max(a.(types.Int), b.(types.Int)) }))),
	)
}

func versionAtLeast(have, want ref.Val) ref.Val {
	a, okA := splitVersion(string(have.(types.String)))
	b, okB := splitVersion(string(want.(types.String)))
	if !okA || !okB {
		return types.False
	}
	for i := range max(len(a), len(b)) {
		if x, y := part(a, i), part(b, i); x != y {
			return types.Bool(x > y)
		}
	}
	return types.True
}

func splitVersion(s string) ([]uint64, bool) {
	fields := strings.Split(strings.TrimSpace(s), ".")
	out := make([]uint64, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

func part(v []uint64, i int) uint64 {
	if i < len(v) {
		return v[i]
	}
	return 0
}
