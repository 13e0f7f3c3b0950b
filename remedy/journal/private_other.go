//go:build !windows

package journal

import "os"

// replace renames from to to.
func replace(from, to string) error { return os.Rename(from, to) }

// makeFolder makes the folder of journals for its user alone.
func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }
