// Package winapi is how a running Windows is asked and told: every documented call that
// this program makes is one named Call with plain values in and out. New is the real
// Windows; a Recording answers from a file, so that everything above runs and is tested
// anywhere; a Recorder writes down what the real one answered.
//
// Calls are thin: files named _windows.go translate values and call, nothing else. The
// package may import the standard library, golang.org/x/sys, the COM library and codec. It
// must never decide anything about a machine, and never read translated text to know what
// happened: errors are numbers.
package winapi
