package remedy

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"updoc/format/cab"
	"updoc/format/msu"
	"updoc/model"
)

const packageHash = "de14dbd6ed5ef56d1a5c0d9a1ce1ed8e7e0e4a6a"

// updated is Windows 10 22H2 with the cumulative update of 19045.4291.
func updated() *model.Machine {
	m := awake()
	m.OS.Build, m.OS.Revision, m.OS.InstallationType = known(int64(19045)), known(int64(4291)), known("Client")
	m.CBS.Stack = known("10.0.19041.4239")
	m.Packages = model.Complete([]model.Package{
		{Name: "Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.4291.1.6", Version: "19041.4291.1.6", State: "installed"},
		{Name: "Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.9999.1.1", Version: "19041.9999.1.1", State: "absent"},
		{Name: "Package_for_KB5011048~31bf3856ad364e35~amd64~~10.0.9166.1", Version: "10.0.9166.1", State: "superseded"},
		{Name: "Package_for_ServicingStack_4239~31bf3856ad364e35~amd64~~19041.4239.1.0", Version: "19041.4239.1.0", State: "permanent"},
	})
	return m
}

// rollup is the next cumulative update.
func rollup() *msu.Package {
	return &msu.Package{Name: "Package_for_RollupFix", Version: "19041.4355.1.5", Architecture: "amd64", Base: "10.0.19041.1",
		Stack: "10.0.19041.1161", Carries: []string{"10.0.19041.4351"}, Parents: [][]msu.Parent{{edition("Professional", "10.0.19041.1"), edition("Core", "10.0.19041.1")}}}
}

func edition(name, version string) msu.Parent {
	return msu.Parent{Name: "Microsoft-Windows-" + name + "Edition", Version: version, Architecture: "amd64", Language: "neutral"}
}

func named(says *msu.Package) model.Args {
	return model.Args{"standalone-package": `D:\windows10.0-kb5037768-x64_` + packageHash + ".msu", "standalone-package-sha1": packageHash, "standalone-package-says": says}
}

// Each thing that a package says is compared with this Windows; another remedy installs
// again what is there.
func TestPackageSuits(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(m *model.Machine, p *msu.Package)
		want string // code; empty: it suits
	}{
		"next":            {func(*model.Machine, *msu.Package) {}, ""},
		"processor":       {func(_ *model.Machine, p *msu.Package) { p.Architecture = "arm64" }, "refused-package-processor"},
		"Windows 11 22H2": {func(_ *model.Machine, p *msu.Package) { p.Version = "22621.3527.1.9" }, "refused-package-build"},
		"made on another": {func(_ *model.Machine, p *msu.Package) { p.Base = "10.0.22621.1" }, "refused-package-build"},
		"parents of others": {func(_ *model.Machine, p *msu.Package) {
			p.Parents[0][0].Version, p.Parents[0][1].Version = "10.0.17763.1", "10.0.18362.1"
		}, "refused-package-build"},
		"one parent fits": {func(_ *model.Machine, p *msu.Package) { p.Parents[0][0].Version = "10.0.17763.1" }, ""},
		"23H2": {func(m *model.Machine, p *msu.Package) {
			m.OS.Build, m.Packages.Items, p.Parents, p.Base, p.Version = known(int64(22631)), nil, nil, "10.0.22621.1", "22621.4292.1.1"
		}, ""},
		"26H2": {func(m *model.Machine, p *msu.Package) {
			m.OS.Build, m.Packages.Items, p.Parents, p.Base, p.Version = known(int64(26300)), nil, nil, "10.0.26100.1742", "26100.9000.1.1"
		}, ""},
		".NET version": {func(_ *model.Machine, p *msu.Package) {
			p.Name, p.Version, p.Base = "Package_for_DotNetRollup_481", "10.0.9236.4", ""
		}, ""},
		"server": {func(_ *model.Machine, p *msu.Package) {
			p.Parents = [][]msu.Parent{{edition("ServerStandard", "10.0.19041.1"), edition("ServerDatacenter", "10.0.19041.1")}}
		}, "refused-package-other"},
		"for both":         {func(m *model.Machine, p *msu.Package) { p.Parents[0][0] = edition("ServerStandard", "10.0.19041.1") }, ""},
		"client on server": {func(m *model.Machine, _ *msu.Package) { m.OS.InstallationType = known("Server Core") }, "refused-package-other"},
		"there":            {func(_ *model.Machine, p *msu.Package) { p.Version = "19041.4291.1.6" }, "refused-package-there"},
		"waits for restart": {func(m *model.Machine, p *msu.Package) {
			m.Packages.Items[0].State, p.Version = "install-pending", "19041.4291.1.6"
		}, "refused-package-there"},
		"older": {func(_ *model.Machine, p *msu.Package) { p.Version = "19041.4170.1.1" }, "refused-package-newer"},
		"older by revision": {func(m *model.Machine, p *msu.Package) {
			m.Packages.Items[0].State, p.Version = "absent", "19041.4170.1.1"
		}, "refused-package-newer"},
		"same revision": {func(m *model.Machine, p *msu.Package) {
			m.Packages.Items[0].State, p.Version = "absent", "19041.4291.1.7"
		}, "refused-package-there"},
		"KB there": {func(_ *model.Machine, p *msu.Package) { p.Name, p.Version = "Package_for_KB5011048", "10.0.9166.1" }, "refused-package-there"},
		"stack there": {func(_ *model.Machine, p *msu.Package) {
			p.Name, p.Version = "Package_for_ServicingStack_4100", "19041.4100.1.0"
		}, "refused-package-newer"},
		"checkpoint": {func(m *model.Machine, p *msu.Package) {
			m.OS.Build, m.Packages.Items, p.Parents, p.Base, p.Version = known(int64(26100)), nil, nil, "10.0.26100.4292", "26100.9000.1.1"
		}, "refused-package-checkpoint"},
		"checkpoint by parent": {func(_ *model.Machine, p *msu.Package) {
			p.Parents[0][0] = msu.Parent{Name: "Microsoft-Windows-ProfessionalEdition", Version: "10.0.19041.4292", Newer: true}
			p.Parents[0][1] = p.Parents[0][0]
		}, "refused-package-checkpoint"},
		"parent": {func(_ *model.Machine, p *msu.Package) {
			p.Parents = append(p.Parents, []msu.Parent{{Name: "Package_for_KB4562830", Version: "10.0.1.0"}})
		}, "refused-package-parent"},
		"parent too old": {func(_ *model.Machine, p *msu.Package) {
			p.Parents = append(p.Parents, []msu.Parent{{Name: "Package_for_KB5011048", Version: "10.0.9167.1"}})
		}, "refused-package-parent"},
		"parent, one of two": {func(_ *model.Machine, p *msu.Package) {
			p.Parents = append(p.Parents, []msu.Parent{{Name: "Package_for_KB1", Version: "10.0.1.0"}, {Name: "Package_for_KB5011048", Version: "10.0.9166.1"}})
		}, ""},
		"stack":        {func(_ *model.Machine, p *msu.Package) { p.Stack, p.Carries = "10.0.19041.4351", nil }, "refused-package-stack"},
		"stack inside": {func(_ *model.Machine, p *msu.Package) { p.Stack = "10.0.19041.4351" }, ""},
		"stack package": {func(m *model.Machine, p *msu.Package) {
			p.Stack, p.Carries, m.CBS.Stack = "10.0.19041.4200", nil, known("10.0.19041.1")
		}, ""},
		"old stack": {func(_ *model.Machine, p *msu.Package) { p.Stack, p.Carries = "6.0.0.0", nil }, ""},
	} {
		m, says := updated(), rollup()
		c.set(m, says)
		if c.want != "" {
			wantRefused(t, "install-standalone", m, named(says), c.want)
		} else if got := ops(t, "install-standalone", m, named(says)); len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
		if got := StandaloneUnchecked("install-standalone", m, named(says)); len(got) > 0 && name != ".NET version" && name != "26H2" && c.want == "" {
			t.Errorf("%s: %q was not checked", name, got)
		}
		again := c.want == "refused-package-there" || c.want == "refused-package-newer"
		if again && len(ops(t, "reinstall-missing-package", m, named(says))) != 2 {
			t.Errorf("%s: not installed again", name)
		}
	}
}

// What a package does not say, or what is not known of this Windows, is no reason against
// it, and is named.
func TestPackageUnchecked(t *testing.T) {
	all := []string{"package-target", "package-newer", "package-before"}
	for name, c := range map[string]struct {
		set  func(m *model.Machine, p *msu.Package)
		want []string
	}{
		"nothing said": {func(_ *model.Machine, p *msu.Package) { *p = msu.Package{} }, all},
		"no processor": {func(_ *model.Machine, p *msu.Package) { p.Architecture = "" }, all[:1]},
		"another word": {func(_ *model.Machine, p *msu.Package) { p.Architecture = "neutral" }, all[:1]},
		"24H2, no parents": {func(m *model.Machine, p *msu.Package) {
			m.OS.Build, m.Packages.Items, p.Parents, p.Base, p.Version = known(int64(26100)), nil, nil, "10.0.26100.1742", "26100.9000.1.1"
		}, all[:1]},
		"no version": {func(_ *model.Machine, p *msu.Package) { p.Version = "" }, all[1:2]},
		"no packages": {func(m *model.Machine, p *msu.Package) {
			m.Packages, p.Name = model.List[model.Package]{}, "Package_for_KB1"
		}, all[1:2]},
		"no revision": {func(m *model.Machine, _ *msu.Package) { m.OS.Revision.Known = false }, all[2:]},
		"nothing known": {func(m *model.Machine, _ *msu.Package) {
			m.OS.Revision.Known, m.Packages = false, model.List[model.Package]{}
		}, all[1:]},
		"a feature": {func(_ *model.Machine, p *msu.Package) {
			p.Parents = [][]msu.Parent{{{Name: "Microsoft-Windows-NetFx4-OC-Package", Version: "10.0.19041.1"}}}
		}, all[2:]},
		"parent unseen": {func(m *model.Machine, p *msu.Package) {
			m.Packages.Coverage.Complete, p.Parents = false, [][]msu.Parent{{{Name: "Package_for_KB1", Version: "10.0.1.0"}}}
		}, all[2:]},
		"stack unseen": {func(m *model.Machine, p *msu.Package) {
			m.CBS.Stack, p.Stack, p.Carries = model.Fact[string]{}, "10.0.19041.9999", nil
		}, all[2:]},
		"odd versions":     {func(_ *model.Machine, p *msu.Package) { p.Version, p.Base, p.Stack = "19041", "10.0", "x" }, all[1:2]},
		"no base, parents": {func(_ *model.Machine, p *msu.Package) { p.Base = "" }, nil},
	} {
		m, says := updated(), rollup()
		c.set(m, says)
		if got := StandaloneUnchecked("install-standalone", m, named(says)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if len(ops(t, "install-standalone", m, named(says))) != 2 {
			t.Errorf("%s: refused", name)
		}
	}
	if got := StandaloneUnchecked("restart", updated(), nil); got != nil {
		t.Errorf("without a package: %q", got)
	}
	m, older := updated(), rollup()
	older.Version, older.Base, older.Parents = "19041.4170.1.1", "", nil
	if got := StandaloneUnchecked("reinstall-missing-package", m, named(older)); !slices.Equal(got, all[2:]) {
		t.Errorf("installed again: %q", got)
	}
}

// A real cabinet is read for the parameters of its step.
func TestStandaloneReads(t *testing.T) {
	raw := cab.WriteFiles([]cab.Content{{Name: "update.mum", Data: []byte(`<assembly><assemblyIdentity name="Package_for_RollupFix" version="22621.1.1.1" processorArchitecture="amd64"/></assembly>`)}}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	args, err := Standalone(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	p := named(args["standalone-package-says"].(*msu.Package))
	wantRefused(t, "install-standalone", updated(), p, "refused-package-build")
}
