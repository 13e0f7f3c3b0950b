// Package msilog reads the logs of Windows Installer (MSI*.LOG, setup logs of
// single products), verbose or not: which product, when, how it ended, which
// action failed first and which error stands behind that.
//
// A log is written by the engine in the language of Windows in part: what is
// not translated (names of actions and properties, "Note:", "MainEngineThread")
// is preferred, and of the rest English, Japanese, German and French are known.
//
// It may import the standard library, codec and format/textlog. It must never
// judge what a failure means for the machine.
package msilog
