// Package bcd reads and writes boot configuration data: the small registry hive that tells Windows' boot manager what to start
// and where the recovery environment lies.
//
// It exists because the recovery environment counts only if the boot store points to it: a partition that was made anew has a
// new identifier, and a store that still holds the old one makes recovery, and its updates, fail.
//
// It may import the standard library, codec packages and format/regf. It must never write to a disk, resolve a partition
// identifier to a partition, or judge what it finds.
//
// The layout of objects, elements and devices was worked out from public descriptions (the BCD reference of Microsoft, the boot
// environment headers of ReactOS, BCD-SYS) and checked against sample ezregistry__BCD.
package bcd
