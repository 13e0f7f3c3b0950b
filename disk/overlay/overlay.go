// Package overlay lets tools write to a disk without the disk being written: changed
// blocks are kept in a store of their own and laid over the base, which is only read.
//
// It may import the standard library. It must never write to the base.
package overlay

import "io"

// BlockSize is the unit of change in bytes. The last block of a disk may be shorter.
const BlockSize = 4096

// Store keeps the changed blocks, one behind the other: block number n of the store at
// n*BlockSize.
type Store interface {
	io.ReaderAt
	io.WriterAt
}

// Change is one changed block: its number on the disk and its number in the store.
type Change struct{ Block, Slot int64 }
