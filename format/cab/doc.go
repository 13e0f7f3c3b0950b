// Package cab reads cabinet files (.cab), into which Windows packs old logs: stored, or
// compressed with MSZIP. LZX and Quantum are refused as unsupported, and so are files
// that go on in another cabinet.
//
// It may import the standard library only. It must never trust a size for an
// allocation, hold more than a block and its dictionary, write a file, or use a name of
// the cabinet as a path. Everything before damage is given; the damage is the error.
//
// The format follows [MS-CAB]; the tests compare with gcab and cabextract.
package cab
