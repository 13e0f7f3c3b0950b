package remedy

import (
	"crypto/sha1"
	"encoding/hex"
	"io"
	"regexp"
	"strings"

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

// packageName is how the Microsoft Update Catalog names files:
// windows10.0-kb5034441-x64_<sha1>.msu. Source: field guide, remedies R12.
var packageName = regexp.MustCompile(`^windows(10\.0|11\.0)-(kb\d+)(?:-[a-z0-9.]+)*?-(x64|x86|arm64)(?:[-_][a-z0-9.]+)*?_([0-9a-f]{40})\.(msu|cab)$`)

// architectures by the words of file names.
var architectures = map[string]string{"x64": "amd64", "x86": "x86", "arm64": "arm64"}

// Standalone measures the package that the person names, for the parameters of its step.
// The error is that of r.
func Standalone(r io.Reader) (model.Args, error) {
	h := sha1.New() // the hash that the catalog puts into names, no proof of who made it
	if _, err := io.Copy(h, r); err != nil {
		return nil, err
	}
	return model.Args{standalonePackage + "-sha1": hex.EncodeToString(h.Sum(nil))}, nil
}

// installStandalone installs a package that the person has downloaded. Its name tells
// architecture, Windows and hash; what Standalone measured must agree. The host runs a copy
// that it has compared once more and whose signature it has asked for. Build and prerequisite
// DISM and wusa check by themselves, and change nothing then (0x800f081e, 0x800f0823).
func installStandalone(m *model.Machine, p model.Args) ([]host.Op, error) {
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
