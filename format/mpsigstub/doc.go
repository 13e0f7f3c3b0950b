// Package mpsigstub reads MpSigStub.log, in which the stub that applies Microsoft
// Defender's packages (definitions, engine, platform) notes every run.
//
// It may import the standard library and format/textlog. It must never judge a run
// beyond what the log itself says of it, nor open files.
//
// The format is known from real logs of Windows 11 and from lines that people
// published; there is no specification. The words are English on every Windows.
package mpsigstub
