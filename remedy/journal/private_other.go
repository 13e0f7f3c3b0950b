//go:build !windows

package journal

import "os"

// replace renames from to to.
func replace(from, to string) error { return os.Rename(from, to) }

// makeFolder makes the folder of journals for its user alone.
func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }

// checkFolder: a folder that lets others in was made so by its user.
func checkFolder(string) error { return nil }

// Share makes a folder in which everybody may read. keep means nothing here.
func Share(path string, _ bool) error { return os.MkdirAll(path, 0o755) }
