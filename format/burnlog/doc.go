// Package burnlog reads two kinds of logs of installers that carry several
// packages: those of WiX Burn bundles (dd_vcredist_….log, the runtimes of .NET,
// Visual Studio), and the HTML pages that the Setup of .NET Framework leaves.
//
// It may import the standard library, codec and format/textlog. It must never
// judge what a failure means for the machine.
package burnlog
