// Package sd reads and writes self-relative security descriptors, as NTFS and registry hives keep them: who owns a thing and
// who may do what with it. Source: Microsoft's [MS-DTYP] sections 2.4.2 to 2.4.6.
//
// It may import the standard library only. It must never know what a right is needed for, nor believe a length it reads.
package sd
