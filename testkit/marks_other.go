//go:build !linux

package testkit

func ntfsMarks(string) string { return "" } // ntfs-3g tells them on Linux alone
