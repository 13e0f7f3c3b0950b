// Package evtx reads and writes Windows event logs (.evtx files, "ElfFile"
// and "ElfChnk"), fast and in bounded memory, from any io.ReaderAt.
//
// It exists because a sick PC's history lies in these files and a sick disk
// damages them: every chunk physically present is walked, whatever the file
// header says; checksums are checked and reported, never a reason to stop; and
// in a damaged chunk records are recovered one by one.
//
//	log, err := evtx.Open(file, size)
//	err = log.Records(ctx,
//		func(h evtx.Head) bool { return h.EventID == 20 },
//		func(r *evtx.Record) error { fmt.Println(r.Time, r.Get("errorCode")); return nil })
//	info := log.Info() // counts, damage, time range
//
// How it is fast: each template definition of a chunk is compiled once into a
// program (which substitution slot is which field), so a record costs a walk
// over its value table; values stay raw bytes until somebody asks for text.
//
// The layout follows two public descriptions: Microsoft's [MS-EVEN6] 2.2.12
// (binary XML) and "Windows XML Event Log (EVTX) format" of the libyal project.
//
// The package may import the standard library and codec. It must never touch
// the file system, run programs, or know which events matter: that is for
// collect and knowledge.
package evtx
