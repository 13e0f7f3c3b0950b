// Package regf reads and writes Windows registry hives.
//
// It exists because most of what is known about a sick Windows lies in hives, and because those hives are often dirty: the
// reader replays both kinds of transaction logs in memory, survives damage and cycles, and reads only the pages a question
// needs. The writer makes complete new hives, and logs for them.
//
// It may import the standard library and codec packages only. It must never write to the hive it reads, run another program,
// trust a length found in the file for an allocation, or know what a key means to Windows Update.
//
// The layout follows the public "Windows registry file format specification" by Maxim Suhanov; where the tests say so it was
// confirmed by real hives.
package regf
