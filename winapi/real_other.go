//go:build !windows

package winapi

// calls knows none.
func calls() real { return real{} }
