// Package wulog reads WindowsUpdate.log: the text that the update agent of Windows 7 to
// 10 1507 wrote, with tabs, and the one that Get-WindowsUpdateLog makes of the traces of
// newer ones, with blanks. It keeps lines that say that a search, a download, an
// installation or a connection failed.
//
// It may import the standard library and format/textlog. It must never take a failed
// line for a failed update: healthy machines write hundreds of "*FAILED*".
//
// The grammar is known from real logs; there is no specification. The words are English
// on every system.
package wulog
