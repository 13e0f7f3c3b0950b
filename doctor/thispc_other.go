//go:build !windows

package doctor

// programData: there is none.
func programData() string { return "" }
