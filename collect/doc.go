// Package collect turns a source.Source into a model.Machine: what a disk, a folder
// or a bundle's raw files hold becomes facts, each with the place it was read from or
// the reason it could not be seen.
//
// Each collector is one file; all.go is their ordered list. A collector reads through
// the desk, which opens every hive and log once and notes what came of it. A
// collector never fails the whole: what cannot be read leaves its facts unseen.
//
// It may import source, format and model. It must never write, judge (that is for
// diagnose), know a KB's meaning, or decide from translated text.
package collect
