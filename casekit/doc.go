// Package casekit builds sick PCs from a short text, for tests and demonstrations:
// a folder with a Windows tree (needs only Go), or a real disk with partition table,
// NTFS and FAT32 volumes, registry hives, event logs and winre.wim (needs mkntfs,
// wimlib-imagex, mkfs.fat, mtools and, for qcow2, qemu-img).
//
// A text says only what differs from a healthy Windows 10 22H2 PC with its usual
// noise; docs/casekit.md of the casebook and the type PC describe the language. The
// same text always gives the same identifiers, serials and times.
//
// It may import model, format, codec, disk and a YAML reader, and may run foreign
// programs. It must never be imported by anything but tests and its own command, and
// must never use the clock, random numbers, or the name of a real person.
package casekit
