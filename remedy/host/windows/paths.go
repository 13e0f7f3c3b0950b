package windows

import (
	"io/fs"
	"regexp"
	"strings"
	"syscall"
)

// roots are the forms of a volume's root, without a backslash behind.
var roots = regexp.MustCompile(`(?i)^(?:\\\\\?\\)?(?:[A-Z]:|Volume\{[^\\]*\}|GLOBALROOT\\Device\\Harddisk\d+\\Partition\d+)$`)

func isRoot(path string) bool { return roots.MatchString(strings.TrimRight(path, `\`)) }

// longPath is a path that may be longer than 260 characters, and whose dots and spaces
// Windows leaves alone. Source: "Naming Files, Paths, and Namespaces".
func longPath(path string) string {
	if strings.HasPrefix(path, `\\`) || len(path) < 3 || path[1] != ':' {
		return path
	}
	return `\\?\` + path
}

// Codes of Windows that Files tells apart. Source: winerror.h.
const (
	codeDenied   = 5
	codeSharing  = 32
	codeLocked   = 33
	codeFull     = 39
	codeDiskFull = 112
	codeMapped   = 1224
)

// fileError is an error of Windows as Files promises it.
func fileError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if number, ok := err.(syscall.Errno); ok {
		switch number {
		case codeSharing, codeLocked, codeMapped:
			err = ErrInUse
		case codeFull, codeDiskFull:
			err = ErrFull
		}
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
