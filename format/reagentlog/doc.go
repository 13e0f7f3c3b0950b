// Package reagentlog reads %windir%\Logs\ReAgent\ReAgent.log, into which
// reagentc, Setup and the services around them note what they do with the
// Windows Recovery Environment: each command with its result, every partition
// with its free room at that time, and why one was chosen or refused.
//
// It may import the standard library and format/textlog. It must never take
// what the log says for the present: partitions change afterwards.
//
// The grammar is known from real logs of Windows 10 and 11 quoted in public
// reports; there is no specification. The words are English on every system.
package reagentlog
