// Package cbs reads %windir%\Logs\CBS\CBS.log and its rotated forms
// CbsPersist_YYYYMMDDhhmmss.log: what the servicing stack did, session by
// session, and what failed first.
//
// A log is read as a stream in pieces of fixed size, by one or several
// workers, in bounded memory whatever its size. A worker only looks at line
// heads (scan.go) and marks the few lines that can matter; one reader then
// interprets the marked lines in order (interp*.go). Everything reported
// carries its line number and byte offset.
//
// It may import the standard library and format/textlog. It must never decide
// what the cause of a failure is, and never hold a whole log.
//
// The grammar is known from real logs of Windows 7 to 11 and from Microsoft's
// troubleshooting articles; there is no published specification.
package cbs
