// Package reportingevents reads (and, for test disks, writes)
// %windir%\SoftwareDistribution\ReportingEvents.log, the history in which the
// Windows Update agent notes every search, download and installation.
//
// It may import the standard library, codec and format/textlog. It must never match
// on the message, which is in the language of the machine, nor on the number
// of an event where its name is known: only the names are the same in all
// versions.
//
// The format is known from real lines of Windows Vista to 11 and from
// Microsoft's published support articles; there is no specification.
package reportingevents
