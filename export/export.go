// Package export writes ready packages for the tools that manage many PCs: scripts for
// Intune and ConfigMgr, templates for group policy, each with instructions in Japanese
// and English. It turns templates and a few values into files and does nothing else; it
// may import model and knowledge. It must never run, send or install anything, and never
// put a value into a script but through quote.
package export

import (
	"bytes"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"updoc/knowledge"
	"updoc/model"
)

// Options of a package. The zero value, with a Base, allows reversible remedies alone.
type Options struct {
	MaxRisk string          // highest risk: R1 or R2; empty: R1. What is riskier needs a person
	Only    []string        // ids of the only remedies; empty: all up to MaxRisk
	Exe     string          // full Windows path of updoc.exe on the PCs; empty: where the installer puts it, else beside the script
	Seconds int             // how long a script waits for updoc; 0: what suits the tool
	Version string          // of this program, for the instructions
	Base    *knowledge.Base // names and risks of the remedies
}

// File is a file of a package: its name with slashes, and its content.
type File struct {
	Name string
	Data []byte
}

// Packages are what Files knows, in order.
var Packages = []string{"intune", "configmgr", "admx"}

//go:embed templates
var templates embed.FS

// contents are the files of each package and the templates they are made from.
var contents = map[string][][2]string{
	"intune": {
		{"README.en.md", "intune.en.md"}, {"README.ja.md", "intune.ja.md"},
		{"detect.ps1", "detect.ps1"}, {"remediate.ps1", "remediate.ps1"},
	},
	"configmgr": {
		{"README.en.md", "configmgr.en.md"}, {"README.ja.md", "configmgr.ja.md"},
		{"ci-discovery.ps1", "discovery.ps1"}, {"ci-remediation.ps1", "remediate.ps1"},
		{"new-configuration-item.ps1", "new-configuration-item.ps1"}, {"run-script.ps1", "run-script.ps1"},
	},
	"admx": {
		{"README.en.md", "admx.en.md"}, {"README.ja.md", "admx.ja.md"}, {"en-US/updoc.adml", "en-US.adml"}, {"ja-JP/updoc.adml", "ja-JP.adml"}, {"updoc.admx", "updoc.admx"},
	},
}

// usual is how many seconds the scripts of a package wait. Intune states no limit of its
// own; less than ten minutes is safe. A configuration item is ended after 60 seconds unless
// the client setting says otherwise, which is too short for a cold disk and for any repair:
// the package is made for the longest that can be set, and its instructions say to set it.
// PowerShell's start, and ending updoc, take time too.
var usual = map[string]int{"intune": 480, "configmgr": 540, "admx": 0}

// Bounds of Seconds. Run Scripts gives a request an hour.
const (
	shortest = 30
	longest  = 3300
)

// Files makes the package what: intune, configmgr or admx. The same options give the
// same bytes. Errors are *model.Error.
func Files(what string, o Options) ([]File, error) {
	parts, ok := contents[what]
	if !ok {
		return nil, &model.Error{Code: "unknown-export", Args: model.Args{"what": what}}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	set, err := template.New("").Funcs(template.FuncMap{"q": quote, "qlist": quoteList, "join": strings.Join}).ParseFS(templates, "templates/*")
	if err != nil {
		return nil, err
	}
	values := o.values(what)
	var out []File
	for _, p := range parts {
		var text bytes.Buffer
		if err := set.ExecuteTemplate(&text, p[1], values); err != nil {
			return nil, fmt.Errorf("%s: %w", p[0], err)
		}
		out = append(out, File{Name: p[0], Data: bytes.ReplaceAll(text.Bytes(), []byte("\n"), []byte("\r\n"))})
	}
	return out, nil
}

var (
	// fullPath is a path with a drive or a share, and the name of a program.
	fullPath = regexp.MustCompile(`(?i)^([a-z]:|\\\\[^\\/:*?"<>|\x00-\x1f]+\\[^\\/:*?"<>|\x00-\x1f]+)(\\[^\\/:*?"<>|\x00-\x1f]+)*\\[^\\/:*?"<>|\x00-\x1f]+\.exe$`)
	remedyID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

func (o Options) check() error {
	switch {
	case !slices.Contains([]string{"", model.RiskReversible, model.RiskCostly}, o.MaxRisk):
		return &model.Error{Code: "export-risk", Args: model.Args{"what": o.MaxRisk}}
	case o.Exe != "" && !fullPath.MatchString(o.Exe):
		return &model.Error{Code: "export-exe", Args: model.Args{"what": o.Exe}}
	case o.Seconds != 0 && (o.Seconds < shortest || o.Seconds > longest):
		return &model.Error{Code: "export-time"}
	}
	for _, id := range o.Only {
		if !remedyID.MatchString(id) || o.Base.Remedies[id] == nil {
			return &model.Error{Code: "unknown-remedy", Args: model.Args{"what": id}}
		}
		if risk := o.Base.Remedies[id].Risk; risk > o.highest() {
			return &model.Error{Code: "export-remedy-risk", Args: model.Args{"what": id, "risk": risk, "highest": o.highest()}}
		}
	}
	return nil
}

func (o Options) highest() string {
	if o.MaxRisk == "" {
		return model.RiskReversible
	}
	return o.MaxRisk
}

// values are what the templates show.
type values struct {
	Version, Knowledge string
	Package            string
	MaxRisk            string
	Risks              []string // up to MaxRisk
	Only               []string
	Exe                string
	Seconds            int // for all that a script runs
	FixSeconds         int // of these for a fix, and
	LookSeconds        int // for looking again if it took too long
	Shortest, Longest  int
	RunSeconds         int // the same for Run Scripts, where no client setting cuts it short
	Schema             string
	LineLimit          int
	Remedies           []remedy
}

type remedy struct{ ID, Risk, EN, JA string }

func (o Options) values(what string) values {
	v := values{
		Version: o.Version, Knowledge: o.Base.Version, Package: what, MaxRisk: o.highest(), Only: o.Only, Exe: o.Exe,
		Seconds: o.Seconds, RunSeconds: o.Seconds, Schema: model.SummarySchema, LineLimit: model.SummaryLimit, Shortest: shortest, Longest: longest,
	}
	if o.Seconds == 0 {
		v.Seconds, v.RunSeconds = usual[what], 900
	}
	v.LookSeconds = min(60, v.Seconds*3/10)
	v.FixSeconds = v.Seconds - v.LookSeconds
	for _, risk := range []string{model.RiskReversible, model.RiskCostly} {
		if risk <= v.MaxRisk {
			v.Risks = append(v.Risks, risk)
		}
	}
	for _, id := range o.Only {
		r := o.Base.Remedies[id]
		v.Remedies = append(v.Remedies, remedy{id, r.Risk, r.Title.EN, r.Title.JA})
	}
	return v
}
