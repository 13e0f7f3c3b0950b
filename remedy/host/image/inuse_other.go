//go:build !linux

package image

import "updoc/disk/partfs"

func mayWrite(string) error { return nil }

func (t *Target) lock() error { return fuseError(partfs.ErrUnsupported) }

func (t *Target) users() error { return nil }
