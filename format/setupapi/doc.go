// Package setupapi reads %windir%\INF\setupapi.dev.log, in which Windows notes every installation of a driver: a section for
// each, with how it ended. Servicing installs the drivers of updates through it too.
//
// It may import the standard library and format/textlog. It must never judge whether a failure matters: devices without a
// driver leave failed sections on healthy machines.
//
// The grammar is described in Microsoft's "SetupAPI text logs"; the details follow real logs.
package setupapi
