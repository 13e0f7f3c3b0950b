package cbs

import (
	"bytes"
	"strings"
)

// subject finds what the line is about.
func subject(sign Sign, t []byte) (string, string) {
	switch sign {
	case SignInstallerFailed:
		return installer(t)
	case SignNewStackRequired:
		return stackVersions(t)
	case SignStoreCorruption:
		return clean(quoted(t), maxName), ""
	case SignPackageMissing:
		return packageName(t), ""
	case SignDriverQueue:
		return infName(t), ""
	case SignServiceFailed:
		return strings.ToLower(clean(quotedAfter(t, "StartService"), maxName)), ""
	case SignTaskFailed:
		return clean(quotedAfter(t, "RegisterTask"), maxText), ""
	case SignFileMissing, SignDeltaFailed, SignMarkedDeleted, SignEndOfLife, SignSideBySide, SignCatalogFailed:
		return clean(named(t), maxText), ""
	case SignAccessDenied, SignSharingViolation, SignReparsePoint, SignDriverCorrupt, SignDriverRepaired, SignFileUnreadable, SignPathMissing:
		return clean(pathIn(t), maxText), ""
	}
	return "", ""
}

// installer reads "Installer: Container Installer ({guid}) with HRESULT …" and
// "Installer: Container Installer\tBinary Name: containerai.dll\t…".
func installer(t []byte) (string, string) {
	rest, _ := after(t, "Installer: ")
	detail := ""
	if bin, ok := after(rest, "Binary Name: "); ok {
		detail = clean(before(bin, "\t"), maxName)
	} else if id, ok := after(rest, " ({"); ok {
		detail = "{" + clean(before(id, "}"), 36) + "}"
	}
	return clean(before(rest, " ({", "\t", " with HRESULT"), maxName), detail
}

// packageName reads the identity in "… package: X. […]" and "… package 'X' […]".
func packageName(t []byte) string {
	p, ok := after(t, "package: ")
	if !ok {
		p = quoted(t)
	}
	return clean(bytes.TrimRight(before(p, " ", ",", "\t"), "."), maxName)
}

// infName returns the INF that a line about drivers names: "…, inf: flpydisk.inf".
func infName(t []byte) string {
	for _, label := range []string{", inf: ", "for Inf: ", "INF: ", "inf: "} {
		if p, ok := after(t, label); ok {
			return clean(bytes.TrimRight(before(p, " ", ",", "\t"), "."), maxName)
		}
	}
	return ""
}

// named returns the file or component of "Failed to find file: X [HRESULT …",
// "… marked deleted: X", or the path the line names.
func named(t []byte) []byte {
	for _, label := range []string{"find file: ", "marked deleted: ", "component: ", "Component: "} {
		if p, ok := after(t, label); ok {
			if q := quoted(p); q != nil && (p[0] == '\'' || p[0] == '"') {
				return q
			}
			return bytes.TrimRight(before(p, " [", "[gle=", ",", "\t"), " .")
		}
	}
	return pathIn(t)
}

// quotedAfter returns what stands in quotes behind the word, nil if nothing does.
func quotedAfter(t []byte, word string) []byte {
	rest, _ := after(t, word)
	return quoted(rest)
}

// inStore reports whether a path lies in the component store.
func inStore(p []byte) bool {
	return bytes.Contains(bytes.ToLower(p), []byte(`\winsxs\`))
}

// stackVersions reads "… requires Servicing Stack v10.0.14393.5285 but current
// Servicing Stack is v10.0.14393.4349. […]".
func stackVersions(t []byte) (string, string) {
	required, _ := after(t, "requires Servicing Stack v")
	present, _ := after(t, "current Servicing Stack is v")
	return version(required), version(present)
}

func version(b []byte) string {
	n := 0
	for n < len(b) && n < 32 && (b[n] >= '0' && b[n] <= '9' || b[n] == '.') {
		n++
	}
	return string(bytes.TrimSuffix(b[:n], []byte(".")))
}

// pathIn returns the first path in t, in quotes or bare, without the prefix of
// the object manager; nil if there is none.
func pathIn(t []byte) []byte {
	rest := t
	for q := quoted(rest); q != nil; q = quoted(rest) {
		if bytes.IndexByte(q, '\\') >= 0 {
			return barePath(q)
		}
		rest = rest[bytes.IndexAny(rest, "'\"")+len(q)+2:]
	}
	i := bytes.Index(t, []byte(`:\`))
	if i < 1 {
		return nil
	}
	p := t[i-1:]
	if end := bytes.IndexAny(p, "\"'<>|,;[\t"); end >= 0 {
		p = p[:end]
	}
	return bytes.TrimRight(p, " .")
}

// barePath takes the prefix of the object manager off a path, and the name of the
// device where no letter is given.
func barePath(p []byte) []byte {
	if rest, ok := bytes.CutPrefix(p, []byte(`\Device\HarddiskVolume`)); ok {
		if i := bytes.IndexByte(rest, '\\'); i > 0 {
			return rest[i:]
		}
	}
	p = bytes.TrimPrefix(p, []byte(`\??\`))
	return bytes.TrimPrefix(p, []byte(`\\?\`))
}
