package expr

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// nameFunctions compare what an update is called with what is installed: titles are
// the only thing that names the product of an update.
func nameFunctions() []cel.EnvOption {
	texts := []*cel.Type{cel.StringType, cel.StringType}
	pair := func(name string, fn func(a, b string) bool) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_string_string", texts, cel.BoolType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val { return types.Bool(fn(string(a.(types.String)), string(b.(types.String)))) })))
	}
	return []cel.EnvOption{pair("sameProduct", sameProduct), pair("newerThanTitle", newerThanTitle), pair("sameBand", sameBand)}
}

// commonWords name no product: what vendors, kinds of updates and builds are called, in the
// languages of titles.
var commonWords = strings.Fields(`microsoft windows update updates security cumulative preview quality critical feature pack service
	for the of and in on with version edition editions x64 x86 arm64 amd64 64bit 32bit bit based system systems client tool tools
	runtime minimum additional redistributable host shared framework core desktop sdk setup installer package hotfix kb
	für von und der die das mit sicherheitsupdate kumulatives qualitätsupdate systeme basierte paket sicherheit plattform
	用 の 更新プログラム セキュリティ更新プログラム セキュリティ 累積更新プログラム の更新プログラム のセキュリティ更新プログラム の累積更新プログラム ベース システム システム用 バージョン ランタイム`)

var plainNumber = regexp.MustCompile(`^v?[0-9][0-9.]*$`)

// productWords are the words of a name that tell products apart: "Windows Subsystem for
// Linux Update - 5.4.91" has subsystem and linux.
func productWords(name string) []string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(" \t　-–_()[]{},;:/\"'®™", r) })
	var out []string
	for _, f := range fields {
		f = strings.TrimRight(f, ".")
		if len(f) < 2 || plainNumber.MatchString(f) || slices.Contains(commonWords, f) || strings.HasPrefix(f, "kb") && plainNumber.MatchString(f[2:]) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// sameProduct reports whether the title of an update can be about a product: they share
// a word that tells products apart, and two if both have as many.
func sameProduct(title, product string) bool {
	a, b := productWords(title), productWords(product)
	shared := 0
	for _, w := range b {
		if i := slices.Index(a, w); i >= 0 {
			a, shared = slices.Delete(a, i, i+1), shared+1
		}
	}
	return shared >= 2 || shared == 1 && (len(b) == 1 || len(a) == 0)
}

var versionInTitle = regexp.MustCompile(`(?:^|[\s(v-])(\d{1,5}(?:\.\d{1,6}){2,3})(?:$|[\s),-])`)

// titleVersion is the version that a title names, of three or four numbers; "" if none.
func titleVersion(title string) string {
	if m := versionInTitle.FindStringSubmatch(title); m != nil {
		return m[1]
	}
	return ""
}

// release is a version without the name of its preview: 9.0.100 of 9.0.100-rc.1.
func release(version string) string {
	v, _, _ := strings.Cut(version, "-")
	return v
}

// newerThanTitle reports whether a version is later than the one that a title names.
// Neither a title without version nor an odd version is older or newer.
func newerThanTitle(version, title string) bool {
	have, okA := splitVersion(release(version))
	offered, okB := splitVersion(titleVersion(title))
	if !okA || !okB {
		return false
	}
	for i := range max(len(have), len(offered)) {
		if x, y := part(have, i), part(offered, i); x != y {
			return x > y
		}
	}
	return false
}

// sameBand reports whether a version and the one that a title names begin with the same
// two numbers: .NET versions replace each other only within such a band.
func sameBand(version, title string) bool {
	have, okA := splitVersion(release(version))
	offered, okB := splitVersion(titleVersion(title))
	return okA && okB && len(have) > 1 && len(offered) > 1 && have[0] == offered[0] && have[1] == offered[1]
}
