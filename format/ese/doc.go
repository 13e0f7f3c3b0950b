// Package ese reads (and, for test disks, writes) databases of the Extensible Storage
// Engine: DataStore.edb of Windows Update, catdb of the catalogue service, qmgr.db of
// the background transfer. It reads what the file holds and never replays its logs: of
// a database that was not closed the newest rows may be missing.
//
// It may import the standard library and codec. It must never write to what it reads,
// follow pages in circles, or take a page it cannot check for a sound one.
//
// The format is known from Microsoft's published source of the engine and from real
// databases; both foreign readers (libesedb and go-ese) are only asked in tests.
package ese
