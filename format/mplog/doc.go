// Package mplog reads the two logs in which Microsoft Defender notes its own work:
// MPLog-*.log (the service) and MpCmdRun.log (its command line). Of both it keeps the
// lines that say that an update failed or that an engine, a platform or definitions
// could not be loaded.
//
// It may import the standard library and format/textlog. It must never decide by one
// exact sentence: how a failed load of definitions is worded is not known from a real
// log, so a line counts if it names one of Defender's parts, says that something
// failed, and carries a failing code.
package mplog
