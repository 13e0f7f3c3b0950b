// Package setupact reads setupact.log and setuperr.log, as Windows Setup, the
// servicing of the Windows Recovery Environment (%windir%\Logs\WinREAgent) and
// others of that family write them.
//
// What single lines mean differs from writer to writer and is not documented,
// for WinREAgent not even seen. So the reader is generic: warnings and errors,
// the codes in them, and the end of the log.
//
// It may import the standard library and format/textlog. It must never draw
// conclusions from words.
package setupact
