package remedy

import (
	"crypto/sha1"
	"encoding/hex"
	"io"
	"regexp"
	"strings"

	"updoc/format/msu"
	"updoc/model"
	"updoc/remedy/host"
)

const (
	standalonePackage = "standalone-package" // local path that the person names

	// firstMSUByDISM is the build from which DISM installs an .msu on the running Windows.
	// Source: Microsoft, "Checkpoint cumulative updates" (Windows 11 24H2).
	firstMSUByDISM = 26100
	// alreadyIn is wusa's WU_S_ALREADY_INSTALLED. Source: Microsoft, "Error 2359302".
	alreadyIn = 0x240006
)

// reinstallMissing is the remedy that installs what Windows may count as installed.
const reinstallMissing = "reinstall-missing-package"

// packageName is how the Microsoft Update Catalog names files:
// windows10.0-kb5034441-x64_<sha1>.msu. Source: field guide, remedies R12.
var packageName = regexp.MustCompile(`^windows(10\.0|11\.0)-(kb\d+)(?:-[a-z0-9.]+)*?-(x64|x86|arm64)(?:[-_][a-z0-9.]+)*?_([0-9a-f]{40})\.(msu|cab)$`)

// architectures by the words of file names.
var architectures = map[string]string{"x64": "amd64", "x86": "x86", "arm64": "arm64"}

// Standalone measures the package that the person names, and reads what it says about
// itself, for the parameters of its step. One that says nothing is no error: Windows decides
// then. The error is that of r.
func Standalone(r io.ReaderAt, size int64) (model.Args, error) {
	h := sha1.New() // the hash that the catalog puts into names, no proof of who made it
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	args := model.Args{standalonePackage + "-sha1": hex.EncodeToString(h.Sum(nil))}
	if says, err := msu.Read(r, size); err == nil {
		args[standalonePackage+"-says"] = says
	}
	return args, nil
}

// installStandalone installs a package that the person has downloaded, if it suits this
// Windows and is not there yet. Its name tells Windows and hash; what Standalone measured
// must agree. The host runs a copy that it has compared once more and whose signature it has
// asked for. What the package does not say DISM and wusa check by themselves, and change
// nothing then (0x800f081e, 0x800f0823).
func installStandalone(m *model.Machine, p model.Args) ([]host.Op, error) {
	return standalone(m, p, suits{m: m, says: packageSays(p)})
}

// reinstallStandalone installs a package again of which Windows lacks files: Windows may
// count it, or a newer one, as installed.
func reinstallStandalone(m *model.Machine, p model.Args) ([]host.Op, error) {
	return standalone(m, p, suits{m: m, says: packageSays(p), again: true})
}

// StandaloneUnchecked names what could not be compared before the package in the parameters
// of a step of the remedy is installed: package-target, package-newer, package-before. Nil:
// all of it was, or no package is there.
func StandaloneUnchecked(id string, m *model.Machine, p model.Args) []string {
	local := textParam(p, standalonePackage)
	if local == "" {
		return nil
	}
	s := suits{m: m, says: packageSays(p), again: id == reinstallMissing}
	_ = s.check(local) // whoever prepared the step has refused already
	return s.unchecked
}

func packageSays(p model.Args) *msu.Package {
	says, _ := p[standalonePackage+"-says"].(*msu.Package)
	if says == nil {
		says = &msu.Package{}
	}
	return says
}

func standalone(m *model.Machine, p model.Args, s suits) ([]host.Op, error) {
	if err := storeTools(m); err != nil {
		return nil, err
	}
	local, err := namedFile(p, standalonePackage, ".msu", ".cab")
	if err != nil {
		return nil, err
	}
	if err := packageFits(m, p, local); err != nil {
		return nil, err
	}
	if err := s.check(local); err != nil {
		return nil, err
	}
	if strings.HasSuffix(strings.ToLower(local), ".msu") && m.OS.Build.Value < firstMSUByDISM {
		op := tool("wusa", longest, local, "/quiet", "/norestart")
		op.Exits, op.Restarts = []uint32{0, alreadyIn}, []uint32{exitRestart}
		return []host.Op{op, restartIfAsked()}, nil
	}
	return []host.Op{dism("/Add-Package", "/PackagePath:"+local), restartIfAsked()}, nil
}

// packageFits compares a package with this Windows, and with what its name says.
func packageFits(m *model.Machine, p model.Args, local string) error {
	name := packageName.FindStringSubmatch(strings.ToLower(baseName(local)))
	if name == nil {
		return refused("refused-package-name", model.Args{"path": local})
	}
	arch, err := seen(m.OS.Architecture, "os.architecture")
	if err != nil {
		return err
	}
	switch {
	case architectures[name[3]] != arch, name[1] == "11.0" && m.OS.Build.Value < firstWindows11:
		return refused("refused-package-other", model.Args{"path": local})
	case !strings.EqualFold(textParam(p, standalonePackage+"-sha1"), name[4]):
		return refused("refused-package-hash", model.Args{"path": local})
	}
	return nil
}

// firstWindows11 is the first build of Windows 11.
const firstWindows11 = 22000
