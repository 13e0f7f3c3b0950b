package remedy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"updoc/format/msu"
	"updoc/model"
)

// suits compares what a package says about itself with this Windows. What it does not say,
// or what is not known of this Windows, is never guessed: it goes to unchecked.
type suits struct {
	m         *model.Machine
	says      *msu.Package
	again     bool // it may be there already
	unchecked []string
}

// check is the refusal of a package that does not suit.
func (s *suits) check(local string) error {
	for _, look := range []func() (string, model.Args){s.processor, s.build, s.edition, s.newer, s.base, s.parents, s.stack} {
		if code, args := look(); code != "" {
			args["path"] = local
			return refused(code, args)
		}
	}
	return nil
}

func (s *suits) pass(what string) (string, model.Args) {
	if !slices.Contains(s.unchecked, what) {
		s.unchecked = append(s.unchecked, what)
	}
	return "", nil
}

// What could not be compared.
const (
	packageTarget = "package-target" // whether it is for this Windows
	packageNewer  = "package-newer"  // whether it, or a newer one, is there
	packageBefore = "package-before" // whether what it needs is there
)

// shownProcessor is how processors are shown to people.
var shownProcessor = map[string]string{"amd64": "x64", "x86": "x86", "arm64": "ARM64"}

func (s *suits) processor() (string, model.Args) {
	has, want := shownProcessor[s.says.Architecture], shownProcessor[s.m.OS.Architecture.Value]
	switch {
	case has == "" || !s.m.OS.Architecture.Known || want == "":
		return s.pass(packageTarget)
	case has != want:
		return "refused-package-processor", model.Args{"has": has, "want": want}
	}
	return "", nil
}

// build compares the Windows that the package is for. Windows made by an enablement package
// take the updates of the one they are made from.
func (s *suits) build() (string, model.Args) {
	sets := s.builds()
	if len(sets) == 0 || !s.m.OS.Build.Known {
		return s.pass(packageTarget)
	}
	own := s.m.OS.Build.Value
	for _, set := range sets {
		if !slices.ContainsFunc(set, func(b int64) bool { return b == own || core(b) == core(own) }) {
			return "refused-package-build", model.Args{"has": strconv.FormatInt(set[0], 10), "want": strconv.FormatInt(own, 10)}
		}
	}
	return "", nil
}

// builds are the builds that the package names, each time one of which must be this one.
func (s *suits) builds() (sets [][]int64) {
	if v := numbers(s.says.Version); len(v) > 0 && v[0] >= firstBuild {
		sets = append(sets, []int64{v[0]})
	}
	if b, _, ok := windowsVersion(s.says.Base); ok {
		sets = append(sets, []int64{b})
	}
	for _, list := range s.says.Parents {
		if !editions(list) {
			continue
		}
		var set []int64
		for _, parent := range list {
			b, _, _ := windowsVersion(parent.Version)
			set = append(set, b)
		}
		sets = append(sets, set)
	}
	return sets
}

// firstBuild is the first build of Windows 10: a package version that begins with less
// does not begin with the build.
const firstBuild = 10240

// editionName is how packages of an edition are named: they have the version of Windows.
var editionName = regexp.MustCompile(`(?i)^microsoft-windows-(\w+edition|foundation-package)$`)

// editions tells whether all of the parents are editions of Windows 10 or later.
func editions(list []msu.Parent) bool {
	for _, p := range list {
		if _, _, ok := windowsVersion(p.Version); !ok || !editionName.MatchString(p.Name) {
			return false
		}
	}
	return len(list) > 0
}

// edition tells packages of Windows Server from others where the builds are the same
// (grade C: by the names of their parents).
func (s *suits) edition() (string, model.Args) {
	kind, judged := s.m.OS.InstallationType, false
	for _, list := range s.says.Parents {
		if !kind.Known || kind.Value == "" || !editions(list) {
			continue
		}
		judged = true
		server := strings.HasPrefix(kind.Value, "Server")
		if !slices.ContainsFunc(list, func(p msu.Parent) bool {
			name := strings.ToLower(p.Name)
			return strings.HasSuffix(name, "-foundation-package") || strings.HasPrefix(name, "microsoft-windows-server") == server
		}) {
			return "refused-package-other", model.Args{}
		}
	}
	if !judged && core(s.m.OS.Build.Value) == twoKinds {
		return s.pass(packageTarget)
	}
	return "", nil
}

// twoKinds is the build that Windows 11 24H2 and Windows Server 2025 share, each with
// cumulative updates of its own.
const twoKinds = 26100

// newer looks for the package itself, or a newer one, among those that are installed.
func (s *suits) newer() (string, model.Args) {
	version := numbers(s.says.Version)
	if s.says.Name == "" || len(version) < 3 {
		return s.pass(packageNewer)
	}
	have, known := s.installed(s.says.Name)
	if have == "" && strings.EqualFold(s.says.Name, rollupFix) {
		have, known = s.revision(version[0])
		version = version[:2]
	}
	at := numbers(have)
	switch {
	case s.again:
		return "", nil
	case !known:
		return s.pass(packageNewer)
	case at == nil || slices.Compare(at, version) < 0:
		return "", nil
	case slices.Compare(at, version) == 0:
		return "refused-package-there", model.Args{"version": s.says.Version}
	}
	return "refused-package-newer", model.Args{"version": s.says.Version, "have": have}
}

const (
	rollupFix     = "Package_for_RollupFix" // every cumulative update
	stackPackages = "package_for_servicingstack"
)

// installed is the newest version of a package that is in, or waits for a restart only;
// empty: there is none. known tells that one that is there would have been seen.
func (s *suits) installed(name string) (version string, known bool) {
	for _, p := range s.m.Packages.Items {
		if !slices.Contains([]string{"installed", "permanent", "superseded", "install-pending"}, p.State) || !samePackage(p.Name, name) {
			continue
		}
		if slices.Compare(numbers(p.Version), numbers(version)) > 0 {
			version = p.Version
		}
	}
	return version, version != "" || s.m.Packages.Coverage.Complete
}

// samePackage compares a package with a name. Each servicing stack has a number in its name.
func samePackage(full, name string) bool {
	have, _, _ := strings.Cut(strings.ToLower(full), "~")
	name = strings.ToLower(name)
	return have == name || strings.HasPrefix(have, stackPackages) && strings.HasPrefix(name, stackPackages)
}

// revision is build and revision of this Windows as versions of cumulative updates have
// them.
func (s *suits) revision(build int64) (version string, known bool) {
	if !s.m.OS.Revision.Known || !s.m.OS.Build.Known {
		return "", false
	}
	return strconv.FormatInt(build, 10) + "." + strconv.FormatInt(s.m.OS.Revision.Value, 10), true
}

// base looks whether the update that the package was made on is in: a checkpoint.
// Source: Microsoft, "Checkpoint cumulative updates" (grade C: that OSVersion names it).
func (s *suits) base() (string, model.Args) {
	build, revision, ok := windowsVersion(s.says.Base)
	if !ok {
		if len(s.says.Parents) == 0 {
			return s.pass(packageBefore)
		}
		return "", nil
	}
	return s.atLeast(build, revision)
}

func (s *suits) atLeast(build, revision int64) (string, model.Args) {
	have, known := s.revision(build)
	switch {
	case !known:
		return s.pass(packageBefore)
	case s.m.OS.Revision.Value < revision:
		need := strconv.FormatInt(build, 10) + "." + strconv.FormatInt(revision, 10)
		return "refused-package-checkpoint", model.Args{"need": need, "have": have}
	}
	return "", nil
}

// parents looks for the packages one of which must be there: updates by their names, the
// Windows itself by its revision. Other packages are not among the facts.
func (s *suits) parents() (string, model.Args) {
	for _, list := range s.says.Parents {
		code, args := s.parent(list)
		if code != "" {
			return code, args
		}
	}
	return "", nil
}

func (s *suits) parent(list []msu.Parent) (code string, args model.Args) {
	for _, p := range list {
		code, args = s.one(p)
		if code == "" {
			return "", nil
		}
	}
	return code, args
}

func (s *suits) one(p msu.Parent) (string, model.Args) {
	if build, revision, ok := windowsVersion(p.Version); ok && editionName.MatchString(p.Name) {
		if !p.Newer {
			return "", nil
		}
		return s.atLeast(build, revision)
	}
	if !strings.HasPrefix(strings.ToLower(p.Name), "package_for_") {
		return s.pass(packageBefore)
	}
	have, known := s.installed(p.Name)
	switch {
	case !known:
		return s.pass(packageBefore)
	case have == "" || slices.Compare(numbers(have), numbers(p.Version)) < 0:
		return "refused-package-parent", model.Args{"need": p.Name + " " + p.Version}
	}
	return "", nil
}

// stack looks whether the servicing stack is new enough, of this Windows or inside the
// package (grade C: that installerAssembly names the oldest that will do).
func (s *suits) stack() (string, model.Args) {
	build, need, ok := windowsVersion(s.says.Stack)
	if !ok {
		return "", nil
	}
	have := int64(-1)
	for _, version := range append(s.stacks(), s.says.Carries...) {
		if b, revision, ok := windowsVersion(version); ok && core(b) == core(build) {
			have = max(have, revision)
		}
	}
	switch {
	case have >= need:
		return "", nil
	case have < 0 || !s.m.CBS.Stack.Known || !s.m.Packages.Coverage.Complete:
		return s.pass(packageBefore)
	}
	return "refused-package-stack", model.Args{"need": s.says.Stack, "have": "10.0." + strconv.FormatInt(build, 10) + "." + strconv.FormatInt(have, 10)}
}

// stacks are the versions of servicing stacks of this Windows: the one that ran last, and
// the newest package.
func (s *suits) stacks() (versions []string) {
	if s.m.CBS.Stack.Known {
		versions = append(versions, s.m.CBS.Stack.Value)
	}
	if have, _ := s.installed(stackPackages); have != "" {
		if v := numbers(have); v[0] >= firstBuild {
			have = "10.0." + have
		}
		versions = append(versions, have)
	}
	return versions
}

// windowsVersion reads build and revision of 10.0.26100.1742, and of more numbers behind.
func windowsVersion(version string) (build, revision int64, ok bool) {
	v := numbers(version)
	if len(v) < 4 || v[0] != 10 || v[2] < firstBuild {
		return 0, 0, false
	}
	return v[2], v[3], true
}

// numbers are the parts of a version; nil: it is none.
func numbers(version string) []int64 {
	var out []int64
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil
		}
		out = append(out, int64(n))
	}
	return out
}
