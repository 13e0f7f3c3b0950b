//go:build !windows

package windows

import "updoc/winapi"

// OnDisk are the files of this PC, which is no Windows.
func OnDisk() Files { return noFiles{} }

type noFiles struct{}

// Open implements Files.
func (noFiles) Open(string) (File, error) { return nil, winapi.ErrUnsupported }

// Create implements Files.
func (noFiles) Create(string) (Sink, error) { return nil, winapi.ErrUnsupported }

// Rename implements Files.
func (noFiles) Rename(string, string) error { return winapi.ErrUnsupported }

// Remove implements Files.
func (noFiles) Remove(string) error { return winapi.ErrUnsupported }

// MakeFolder implements Files.
func (noFiles) MakeFolder(string) error { return winapi.ErrUnsupported }

// Stat implements Files.
func (noFiles) Stat(string) (Stat, error) { return Stat{}, winapi.ErrUnsupported }

// SetAttributes implements Files.
func (noFiles) SetAttributes(string, uint32) error { return winapi.ErrUnsupported }

// List implements Files.
func (noFiles) List(string) ([]string, error) { return nil, winapi.ErrUnsupported }
