// Package live is the source of the Windows that runs: it asks it by the calls of winapi
// and reads what it does not tell from its disks. It may import model, source, disk,
// format, codec and winapi, and must never change anything but the shadow copies it makes
// and deletes, with the notes of them, nor decide what it sees.
package live
