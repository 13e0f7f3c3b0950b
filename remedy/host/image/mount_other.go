//go:build !linux

package image

import "updoc/disk/partfs"

func isMountPoint(string) bool { return false }

func unmount(string) error { return partfs.ErrUnsupported }

func setMark(string, string, []byte) error { return partfs.ErrUnsupported }
