// Package casekit builds sick PCs from a short text, for tests and demonstrations:
// a folder with a Windows tree (needs only Go), or a real disk with partition table,
// NTFS and FAT32 volumes, registry hives, event logs and winre.wim (needs mkntfs,
// ntfsfallocate, wimlib-imagex and, for qcow2, qemu-img).
//
// A text says only what differs from a healthy Windows 10 22H2 PC with its usual
// noise; README.md and the type PC describe the language. The same text always gives
// the same bytes.
//
// It may import model, format, codec, disk and a YAML reader, and may run foreign
// programs. It must never be imported by anything but tests and its own command, and
// must never let the clock or a random number reach what it builds, or use the name of
// a real person.
package casekit
