// Package msu reads what a stand-alone update (.msu, .cab) says about itself: which package
// it installs, for which Windows, and what must be there before.
//
// An .msu is a cabinet, or since Windows 11 24H2 an image (WIM). It tells this in up to four
// places, of which the first wins:
//
//   - onepackage.AggregatedMetadata.cab, in which each update has a composition database
//     (LCUCompDB_KB….xml): processor, the Windows it was made on and the one it makes;
//   - an answer file (Windows10.0-KB….xml) with the identity of the package;
//   - update.mum of the package inside, as in a .cab: identity, parents, servicing stack;
//   - …-pkgProperties.txt: the processor.
//
// None of this is documented as a whole. Sources: Microsoft, "Description of the Windows
// Update Standalone Installer" (KB934307: the members of an .msu) and "Use the unattended
// answer file" (package, assemblyIdentity); public readings of packages of 2016 to 2026,
// which agree (grade C: members, CompDB attributes, revisionCompare, installerAssembly).
//
// It may import the readers of cabinets and images, and codecs. It must never unpack more
// than it needs, write a file, or guess: what is not said stays empty, and what could not be
// read is in Unread.
package msu
