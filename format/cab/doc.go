// Package cab reads cabinet files (.cab), into which Windows packs old logs and updates:
// stored, or compressed with MSZIP or LZX. Quantum is refused as unsupported, and so are
// files that go on in another cabinet.
//
// It may import the codec of LZX only. It must never trust a size for an allocation, hold
// more than a block and its dictionary or window, write a file, or use a name of the
// cabinet as a path. Everything before damage is given; the damage is the error.
//
// The format follows [MS-CAB]; the tests compare with gcab and cabextract.
package cab
