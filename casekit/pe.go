package casekit

// program is a tiny PE file that carries a version.
func program(name string, v version) []byte { return []byte("MZ" + name) }
