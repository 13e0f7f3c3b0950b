// Package wine proves on Linux what Wine can prove of the program for Windows: that it
// starts and speaks UTF-8, that its package installs, upgrades and goes without a trace,
// that its signature holds, and that our own tests pass when built for Windows.
//
// It holds tests alone. It must never take Wine's word about disks, event logs, updates
// or permissions: there Wine answers without having looked (docs/live.md).
package wine
