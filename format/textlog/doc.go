// Package textlog is what the readers of Windows' text logs share: the
// encoding of a file, a line reader that keeps line numbers and byte offsets
// and never holds more than a bounded piece of a line, and the head
// "YYYY-MM-DD HH:MM:SS, Level   text" that CBS.log, ReAgent.log, DISM.log and
// setupact.log have in common.
//
// It may import the standard library only. It must never guess what a line
// means, open files, or keep a slice of one line after the next was asked for.
package textlog
